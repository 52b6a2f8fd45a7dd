"""Starting a plugin as the CLI does, and as a Python does that lacks the modules."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "airgap/plugins/bin"


def environment(python: Path = Path(sys.executable)) -> dict[str, str]:
    """With this Python first on PATH."""
    return {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}


def start(command: Path, folder: Path) -> tuple[subprocess.Popen[str], int]:
    """The plugin, for an engine that isn't there, and the port it listens on."""
    process = subprocess.Popen(
        [command, "127.0.0.1:1"], stdout=subprocess.PIPE, text=True, cwd=folder, env=environment()
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def start_with_a_bare_python(script: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run it with a Python that has nothing but itself."""
    bare = folder / "bin" / "python3"
    bare.parent.mkdir()
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E "$@"\n')
    bare.chmod(0o755)
    return subprocess.run([script], capture_output=True, text=True, env=environment(bare), timeout=20)
