"""A Go toolchain that builds in no time, places of their own for every test, and containers that go with it."""

import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.models.containers import Container

from airgap import golang
from airgap.catalog import TOOLS
from airgap.images import ensure_images
from config.images import reference
from config.settings.base import AIRGAP_REGISTRY
from tests.airgap.containers import Start

# Writes what it was asked to a file, and does what the real one would do as far as the kit can tell.
_FAKE_GO = """#!/bin/sh
set -eu
echo "$@ CGO_ENABLED=${CGO_ENABLED:-}" >>"$FAKE_GO/calls"
case "$1" in
    env) printf '%s\\nlinux\\namd64\\n' "${FAKE_GO_VERSION:-go1.27.3}" ;;
    mod)
        if [ "$3" = -json ]; then
            printf '{"Dir": "%s/module", "Sum": "%s"}\\n' "$FAKE_GO" "$(grep "^$4 " "$FAKE_GO/sums" | cut -d' ' -f2)"
        fi
        ;;
    list) printf '{"Dir": "%s/module"}\\n' "$FAKE_GO" ;;
    build)
        if [ -e "$FAKE_GO/hang" ]; then
            echo $$ >"$FAKE_GO/pid"
            sleep 300 &
            echo $! >"$FAKE_GO/grandchild"
            wait
        fi
        if [ -e "$FAKE_GO/fail" ]; then
            echo "main.go:1: undefined: everything" >&2
            exit 1
        fi
        for word in "$@"; do
            case "$word" in
                -o=*) out="${word#-o=}" ;;
                -* | build) ;;
                *) echo "built $word" >"$out" ;;
            esac
        done
        ;;
esac
"""


@dataclass(frozen=True)
class FakeGo:
    """What the stand-in for Go was asked, and how it is to behave."""

    folder: Path

    def calls(self, command: str) -> list[str]:
        """The command lines of one subcommand so far."""
        return [line for line in self.everything() if line.split()[0] == command]

    def everything(self) -> list[str]:
        """All command lines so far."""
        log = self.folder / "calls"
        return log.read_text().splitlines() if log.exists() else []

    def behave(self, how: str, on: bool = True) -> None:
        """Switch "fail" or "hang"."""
        (self.folder / how).touch() if on else (self.folder / how).unlink()


@pytest.fixture
def fake_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGo:
    """`go` on PATH is a script that builds at once."""
    folder = tmp_path / "fake-go"
    exec_file = folder / "module" / "python" / "cmd" / "pulumi-language-python-exec"
    exec_file.parent.mkdir(parents=True)
    exec_file.write_text("#!/usr/bin/env python\n")
    copies = [tool.copy for tool in TOOLS.values() if tool.copy]
    (folder / "sums").write_text("".join(f"{copy.module}@{copy.version} {copy.sum}\n" for copy in copies))
    # what prepares a module needs the real one
    toolchain = tmp_path / "toolchain-without-scripts"
    shutil.copytree(golang.TOOLCHAIN, toolchain, ignore=shutil.ignore_patterns("prepare.sh"))
    monkeypatch.setattr(golang, "TOOLCHAIN", toolchain)
    programs = folder / "bin"
    programs.mkdir()
    for name, text in (("go", _FAKE_GO), ("node", "#!/bin/sh\necho v22.1.0\n"), ("npm", "#!/bin/sh\n")):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("FAKE_GO", str(folder))
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return FakeGo(folder)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """An empty build cache."""
    return tmp_path / "cache"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone without generated files."""
    return tmp_path / "clone"


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    """The engine, with all images of the kit on it."""
    ensure_images()
    engine = docker.from_env()
    yield engine
    engine.close()


@pytest.fixture
def start(client: docker.DockerClient) -> Iterator[Start]:
    """Start a container of an image of the kit; it is gone after the test."""
    started: list[Container] = []

    def run(name: str, command: Sequence[str] = (), **options: Any) -> Container:
        image = reference(name, AIRGAP_REGISTRY)
        container: Container = client.containers.create(image, list(command), **options)
        started.append(container)  # before it starts: one that can't start is to go, too
        container.start()
        return container

    yield run
    for container in started:
        container.remove(force=True, v=True)


@pytest.fixture
def volume(client: docker.DockerClient) -> Iterator[str]:
    """A new volume; it is gone after the test."""
    made = client.volumes.create(f"airgap-test-{secrets.token_hex(4)}")
    yield made.name
    made.remove(force=True)
