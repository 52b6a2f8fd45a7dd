"""Blocks of a database on disk, written by the Go program beside this file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from airgap.golang import TOOLCHAIN

_HERE = Path(__file__).parent


def write_blocks(directory: Path, series: Sequence[dict[str, object]], *, start: int, end: int, step: int) -> None:
    """Write a block for each day.

    Args:
        directory: where Prometheus keeps its data.
        series: what `fleet` gives.
        start: of the first day, in seconds of the epoch.
        end: of the last sample.
        step: seconds between two samples.

    Raises:
        subprocess.CalledProcessError: it can't be built, or doesn't end well.
    """
    times = {"start": 1000 * start, "end": 1000 * end, "step": 1000 * step}
    document = {"directory": str(directory), "series": list(series), **times}
    with tempfile.TemporaryDirectory(prefix="synthetic-blocks-") as folder:
        program = _built(Path(folder))
        environment = {**os.environ, "TMPDIR": folder}
        subprocess.run([program], input=json.dumps(document), text=True, check=True, env=environment)


def _built(folder: Path) -> Path:
    """With the very modules of the Prometheus that will read the blocks."""
    for path in (TOOLCHAIN / "prometheus").iterdir():
        shutil.copy2(path, folder)
    shutil.copy2(_HERE / "main.go", folder)
    environment = {**os.environ, "GOFLAGS": "", "GOWORK": "off", "CGO_ENABLED": "0"}
    subprocess.run(["go", "build", "-mod=mod", "-o", "blocks", "."], cwd=folder, check=True, env=environment)
    return folder / "blocks"
