"""Deciding between official downloads and the kit: fast, never hanging, by hand when asked."""

import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from pulumi.automation import PulumiCommand

from airgap import online
from airgap.errors import KitError
from airgap.online import choose_mode, ensure_official_pulumi, has_internet


def _fine(_seconds: float) -> None:
    pass


def _refuse(_seconds: float) -> None:
    raise OSError("refused")


def _hang(_seconds: float) -> None:
    Event().wait(30)


def test_both_answer_means_official() -> None:
    assert choose_mode(env={}, probes={"a": _fine, "b": _fine}).internet


def test_a_refusal_decides_at_once() -> None:
    started = time.monotonic()
    mode = choose_mode(env={}, seconds=10, probes={"a": _hang, "b": _refuse})
    assert (mode.internet, mode.why) == (False, "no answer from b")
    assert time.monotonic() - started < 2


def test_silence_decides_when_the_time_is_up() -> None:
    started = time.monotonic()
    mode = choose_mode(env={}, seconds=0.5, probes={"a": _fine, "b": _hang})
    assert (mode.internet, mode.why) == (False, "no answer from b")
    assert 0.4 < time.monotonic() - started < 2


@pytest.mark.parametrize(("value", "internet"), [("1", False), ("0", True)])
def test_by_hand(value: str, internet: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online, "_probes", lambda _host: pytest.fail("asked the network"))
    assert has_internet(env={"AIRGAP": value}) is internet
    assert choose_mode(env={"AIRGAP": value}).why == f"AIRGAP={value}"


def test_another_value_is_refused() -> None:
    with pytest.raises(KitError, match="AIRGAP is 'yes'; set it to 1"):
        has_internet(env={"AIRGAP": "yes"})


@pytest.fixture
def black_hole() -> Iterator[str]:
    """An address that takes connections and never says anything."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_black_hole_takes_seconds_not_minutes(
    black_hole: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(online, "_PULUMI", black_hole)
    monkeypatch.setattr(online, "_REGISTRY", black_hole)
    started = time.monotonic()
    assert not choose_mode(f"unix://{tmp_path}/none.sock", env={}, seconds=1).internet
    assert time.monotonic() - started < 3


class _Filter(BaseHTTPRequestHandler):
    """Answers everything with a friendly page, as filters in company networks do."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"blocked by policy")

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


def test_a_filter_is_not_a_registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), _Filter) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        monkeypatch.setattr(online, "_PULUMI", address)
        monkeypatch.setattr(online, "_REGISTRY", address)
        mode = choose_mode(f"unix://{tmp_path}/none.sock", env={})
        server.shutdown()
    assert (mode.internet, mode.why) == (False, "no answer from the image registry")


def test_a_cli_on_path_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pulumi").write_text("#!/bin/sh\n")
    (tmp_path / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ensure_official_pulumi(tmp_path / "cache") == tmp_path


def test_the_official_cli_goes_into_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(root: str) -> PulumiCommand:
        command = object.__new__(PulumiCommand)
        command.command = f"{root}/bin/pulumi"
        return command

    monkeypatch.setattr(PulumiCommand, "install", install)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ensure_official_pulumi(tmp_path / "cache") == tmp_path / "cache" / "pulumi-official" / "bin"


def test_a_failed_download_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(root: str) -> PulumiCommand:
        raise OSError(f"connection reset,\nnothing in {root}")

    monkeypatch.setattr(PulumiCommand, "install", install)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KitError, match=r"can't be downloaded: connection reset, nothing in .*AIRGAP=1"):
        ensure_official_pulumi(tmp_path / "cache")
