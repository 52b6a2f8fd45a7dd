"""Finding an engine, and what is said when none can be started here."""

import json
import os
import shutil
from pathlib import Path

import pytest

from airgap import daemon, engine
from airgap.engine import docker_socket_gid, ensure_engine, find_engine
from airgap.errors import KitError


@pytest.fixture
def nothing_there(tmp_path: Path) -> str:
    return f"unix://{tmp_path}/docker.sock"


def _ordinary_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


def test_no_engine_is_none(nothing_there: str) -> None:
    assert find_engine(nothing_there) is None


def test_an_ordinary_user_is_told_how_to_start_it(nothing_there: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _ordinary_user(monkeypatch)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/sbin/{name}")
    with pytest.raises(KitError, match=r"no Docker engine answers at .*: sudo systemctl start docker") as failure:
        ensure_engine(nothing_there)
    assert "\n" not in str(failure.value)


def test_an_ordinary_user_is_told_where_to_get_it(nothing_there: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _ordinary_user(monkeypatch)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(KitError, match=r"https://docs\.docker\.com/engine/install/"):
        ensure_engine(nothing_there)


def test_root_on_another_distribution_is_told_where_to_get_it(
    nothing_there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(engine, "_is_debian", lambda: False)
    with pytest.raises(KitError, match="only Debian's can be installed from here"):
        ensure_engine(nothing_there)


def test_an_engine_elsewhere_is_never_started() -> None:
    with pytest.raises(KitError, match=r"answers at tcp://127\.0\.0\.1:9 .*start it there"):
        ensure_engine("tcp://127.0.0.1:9")


def test_a_missing_engine_is_installed_once_and_then_started(
    nothing_there: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    running = engine.EngineInfo(host=nothing_there, version="27.0")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(engine, "_is_debian", lambda: True)
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "dockerd" else f"/usr/bin/{name}")
    monkeypatch.setattr(engine, "_install", lambda: done.append("install"))
    monkeypatch.setattr(daemon, "share_mounts", lambda: True)
    monkeypatch.setattr(daemon, "start", lambda *_: done.append("start"))
    monkeypatch.setattr(engine, "find_engine", lambda _host: running if "start" in done else None)
    found = ensure_engine(nothing_there, state=tmp_path)
    assert done == ["install", "start"]
    assert found.version == "27.0"
    assert found.actions == ("installed docker.io", "made / a shared mount", "started dockerd by hand")


@pytest.mark.parametrize(
    ("text", "is_debian"), [('NAME="Debian"\nID=debian\n', True), ("ID=ubuntu\nID_LIKE=debian\n", False)]
)
def test_debian_is_told_from_its_descendants(text: str, is_debian: bool, tmp_path: Path) -> None:
    (tmp_path / "os-release").write_text(text)
    assert engine._is_debian(tmp_path / "os-release") is is_debian


def test_a_process_that_took_over_the_number_is_left_alone(tmp_path: Path) -> None:
    note = tmp_path / "dockerd.json"
    note.write_text(json.dumps({"pid": os.getpid(), "started": "1"}))
    assert daemon.stop(tmp_path) is False
    assert not note.exists()


def test_nothing_started_means_nothing_stopped(tmp_path: Path) -> None:
    assert daemon.stop(tmp_path) is False


def test_the_group_of_the_socket(tmp_path: Path) -> None:
    (tmp_path / "docker.sock").touch()
    assert docker_socket_gid(f"unix://{tmp_path}/docker.sock") == (tmp_path / "docker.sock").stat().st_gid
    assert docker_socket_gid("ssh://server") is None
    assert docker_socket_gid(f"unix://{tmp_path}/none.sock") is None
