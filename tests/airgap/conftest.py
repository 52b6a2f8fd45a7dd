"""A Go toolchain that builds in no time, and places of their own for every test."""

from dataclasses import dataclass
from pathlib import Path

import pytest

# Writes what it was asked to a file, and does what the real one would do as far as the kit can tell.
_FAKE_GO = """#!/bin/sh
set -eu
echo "$@" >>"$FAKE_GO/calls"
case "$1" in
    env) printf '%s\\nlinux\\namd64\\n' "${FAKE_GO_VERSION:-go1.26.8}" ;;
    mod) ;;
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
                .) echo "built $word" >"$out/$(basename "$PWD")" ;;
                *) echo "built $word" >"$out/$(basename "$word")" ;;
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
        log = self.folder / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line for line in lines if line.split()[0] == command]

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
    program = folder / "bin" / "go"
    program.parent.mkdir()
    program.write_text(_FAKE_GO)
    program.chmod(0o755)
    monkeypatch.setenv("FAKE_GO", str(folder))
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return FakeGo(folder)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """An empty build cache."""
    return tmp_path / "cache"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone without generated files."""
    return tmp_path / "clone"
