"""Building once, keeping by content, surviving failures and interruptions."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from airgap import golang
from airgap.catalog import TOOLS
from airgap.errors import KitError
from airgap.places import REPO
from airgap.tools import ensure_tools
from tests.airgap.conftest import FakeGo


def _wait_until_exists(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists() or not path.read_text():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_programs_are_built_and_linked(fake_go: FakeGo, cache: Path, clone: Path) -> None:
    folder = ensure_tools(["alertmanager"], cache=cache, repo=clone)
    assert folder == clone / ".state" / "bin"
    assert sorted(path.name for path in folder.iterdir()) == ["alertmanager", "amtool"]
    assert all(path.is_symlink() and os.access(path, os.X_OK) for path in folder.iterdir())
    assert (folder / "amtool").read_text() == "built github.com/prometheus/alertmanager/cmd/amtool\n"
    build, _ = fake_go.calls("build")
    assert "version.Version=0.35.0" in build
    assert "-mod=readonly" in build
    assert "CGO_ENABLED=0" in build


@pytest.mark.usefixtures("fake_go")
def test_the_language_host_has_its_helper_beside_it(cache: Path, clone: Path) -> None:
    folder = ensure_tools(["pulumi-language-python"], cache=cache, repo=clone)
    host, helper = folder / "pulumi-language-python", folder / "pulumi-language-python-exec"
    assert os.access(helper, os.X_OK)
    assert host.resolve().parent == helper.resolve().parent


@pytest.mark.usefixtures("fake_go")
def test_every_tool_builds_under_its_own_name(cache: Path, clone: Path) -> None:
    folder = ensure_tools(cache=cache, repo=clone)
    assert {path.name for path in folder.iterdir()} == {program for tool in TOOLS.values() for program in tool.programs}
    assert not list((cache / "tools").glob(".building-*"))


def test_a_second_run_builds_nothing(fake_go: FakeGo, cache: Path, clone: Path) -> None:
    ensure_tools(["caddy", "redis_exporter"], cache=cache, repo=clone)
    ensure_tools(["caddy", "redis_exporter"], cache=cache, repo=clone)
    assert len(fake_go.calls("build")) == 2


def test_another_clone_shares_the_cache(fake_go: FakeGo, cache: Path, clone: Path, tmp_path: Path) -> None:
    ensure_tools(["caddy"], cache=cache, repo=clone)
    ensure_tools(["caddy"], cache=cache, repo=tmp_path / "other")
    assert len(fake_go.calls("build")) == 1
    assert (tmp_path / "other" / ".state" / "bin" / "caddy").exists()


@pytest.mark.parametrize(("tool", "file"), [("caddy", "caddy/go.sum")])
def test_a_changed_go_sum_builds_again_and_moves_the_link(
    tool: str, file: str, fake_go: FakeGo, cache: Path, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toolchain = tmp_path / "toolchain"
    shutil.copytree(golang.TOOLCHAIN, toolchain)
    monkeypatch.setattr(golang, "TOOLCHAIN", toolchain)
    link = ensure_tools([tool], cache=cache, repo=clone) / tool
    before = link.resolve()
    with (toolchain / file).open("a") as sums:
        sums.write("\n")
    ensure_tools([tool], cache=cache, repo=clone)
    assert len(fake_go.calls("build")) == 2
    assert link.resolve() != before


def test_another_go_version_builds_again(
    fake_go: FakeGo, cache: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_tools(["caddy"], cache=cache, repo=clone)
    monkeypatch.setattr(golang, "GO", "go1.27.9")
    monkeypatch.setenv("FAKE_GO_VERSION", "go1.27.9")
    ensure_tools(["caddy"], cache=cache, repo=clone)
    assert len(fake_go.calls("build")) == 2


def test_a_failed_build_says_which_why_and_where(fake_go: FakeGo, cache: Path, clone: Path) -> None:
    fake_go.behave("fail")
    with pytest.raises(KitError) as failure:
        ensure_tools(["caddy"], cache=cache, repo=clone)
    message = str(failure.value)
    assert "building caddy failed" in message
    assert "undefined: everything" in message
    assert str(cache / "logs" / "caddy.log") in message
    assert "again" in message
    assert not list((cache / "tools").glob("caddy-*"))
    fake_go.behave("fail", on=False)
    ensure_tools(["caddy"], cache=cache, repo=clone)
    assert not list((cache / "tools").glob(".building-*"))


def test_an_interrupt_ends_the_builds_and_leaves_no_half_tool(fake_go: FakeGo, cache: Path) -> None:
    fake_go.behave("hang")
    run = subprocess.Popen(
        [sys.executable, "-m", "airgap", "tools", "caddy"],
        cwd=REPO,
        env={**os.environ, "AUTONOMICA_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _wait_until_exists(fake_go.folder / "grandchild")
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=20)
    assert run.returncode == 130
    assert out == ""
    assert err.strip().splitlines() == ["interrupted; run the same command again to go on from here"]
    assert not _alive(int((fake_go.folder / "pid").read_text()))
    assert not _alive(int((fake_go.folder / "grandchild").read_text()))
    assert not list((cache / "tools").glob("caddy-*"))


def test_two_runs_at_once_build_once(fake_go: FakeGo, cache: Path, tmp_path: Path) -> None:
    runs = [
        threading.Thread(
            target=ensure_tools, args=(["caddy"],), kwargs={"cache": cache, "repo": tmp_path / str(number)}
        )
        for number in range(4)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(fake_go.calls("build")) == 1


@pytest.mark.usefixtures("fake_go")
def test_an_unknown_tool_is_named(cache: Path, clone: Path) -> None:
    with pytest.raises(KitError, match=r"no tool is called 'loki'; there are: alertmanager, "):
        ensure_tools(["loki"], cache=cache, repo=clone)


def test_without_go_it_says_what_to_install(
    cache: Path, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KitError, match="Go isn't installed"):
        ensure_tools(cache=cache, repo=clone)


@pytest.mark.usefixtures("fake_go")
def test_an_old_go_is_refused(cache: Path, clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_GO_VERSION", "go1.19.8")
    with pytest.raises(KitError, match=r"go1\.19\.8 is too old"):
        ensure_tools(["caddy"], cache=cache, repo=clone)
