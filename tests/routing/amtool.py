"""amtool, and Alertmanager itself, as the kit builds them."""

import shutil
import subprocess

from tests.support.rendered import TOOLS


def program(name: str) -> str:
    """Where a program is."""
    found = shutil.which(name, path=str(TOOLS)) or shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not built; run `make rules`, which builds it, or `make tools`")
    return found


def amtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run amtool; its exit code and what it says."""
    return subprocess.run([program("amtool"), *arguments], capture_output=True, text=True, check=False, timeout=60)
