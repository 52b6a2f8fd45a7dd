"""promtool, where it is at hand: on PATH, or built by the kit in this checkout."""

import os
import shutil
import subprocess
from pathlib import Path

BUILT = Path(__file__).parents[2] / ".state" / "bin"
SECONDS = 540  # tests of many days take their time


def find() -> str | None:
    """Where promtool is; None where there is none."""
    return shutil.which("promtool", path=os.pathsep.join((os.environ.get("PATH", ""), str(BUILT))))


def run(promtool: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run it in a folder; its exit code and what it says.

    Raises:
        subprocess.TimeoutExpired: it takes longer than nine minutes.
    """
    return subprocess.run(
        [promtool, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS
    )
