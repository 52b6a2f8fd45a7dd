"""An engine started by hand beside the running one, and ended without a trace."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from airgap.engine import ensure_engine, find_engine, stop_engine

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("dockerd"), reason="needs root and dockerd"),
]


def _processes(mark: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
            if mark in command:
                found.append(command)
    return found


def _interfaces() -> set[str]:
    """The bridges Docker makes; the pairs of cables to containers come and go."""
    return {path.name for path in Path("/sys/class/net").iterdir() if path.name == "docker0"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for an engine that has a network of its own.

    Two engines in one network take each other's bridge and firewall rules away: one without a bridge deletes docker0.
    """
    wrapper = tmp_path / "bin" / "dockerd"
    wrapper.parent.mkdir()
    real = shutil.which("dockerd")
    wrapper.write_text(f"""#!/bin/sh
exec unshare --net sh -c 'ip link set lo up; exec {real} "$@"' dockerd "$@"
""")
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    yield tmp_path
    stop_engine(tmp_path / "state")


def test_start_and_stop(folder: Path) -> None:
    host = f"unix://{folder}/docker.sock"
    options = [
        *(f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/docker.pid"),
        *("--bridge=none", "--iptables=false"),
    ]
    interfaces = _interfaces()
    found = ensure_engine(host, state=folder / "state", options=options)
    assert "started dockerd by hand" in found.actions
    again = ensure_engine(host, state=folder / "state", options=options)
    assert again.actions == ()
    assert len(_processes(f"{folder}/")) == 2  # dockerd and its containerd
    assert stop_engine(folder / "state") is True
    assert find_engine(host) is None
    assert _interfaces() == interfaces
    assert _processes(f"{folder}/") == []
    assert not (folder / "docker.sock").exists()
    assert stop_engine(folder / "state") is False
