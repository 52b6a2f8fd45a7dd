"""The air-gapped kit from nothing: no build cache of its own and none of Go's."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.system import System
from tools.bench.figure import Figure


def first_build(system: System) -> list[Figure]:
    """Build every program and every root filesystem, as if the engine had no image; a quarter of an hour."""
    empty = Path(tempfile.mkdtemp(prefix="first-build-"))
    environment = system.environment() | {
        "AUTONOMICA_CACHE": str(empty / "kit"),
        "GOCACHE": str(empty / "gocache"),
        "GOMODCACHE": str(empty / "gomodcache"),
        "PATH": os.environ["PATH"],
    }
    try:
        begun = time.monotonic()
        for words in (("images", "--rebuild"), ("tools",)):
            subprocess.run([sys.executable, "-m", "airgap", *words], cwd=system.root, env=environment, check=True)
        took = time.monotonic() - begun
    finally:
        # Go makes its module cache read-only
        subprocess.run(["chmod", "-R", "u+w", str(empty)], check=False)
        shutil.rmtree(empty)
    note = f"all tools and images, {os.cpu_count()} cores"
    return [Figure(name="first_build_seconds", value=took, target=15 * 60, note=note)]
