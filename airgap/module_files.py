"""Files that Go modules carry beside their code, out of the module cache."""

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from airgap.catalog import Share
from airgap.errors import KitError

Run = Callable[[Sequence[str], Path, dict[str, str]], None]
"""Runs a command in a folder with an environment; raises when it fails."""


def fetch(folder: Path, module: str, environment: dict[str, str], run: Run) -> Path:
    """Where the cache holds the module that the folder's go.mod names.

    It is downloaded and checked against go.sum when it isn't there.
    """
    run(["go", "mod", "download", module], folder, environment)
    listed = subprocess.run(
        ["go", "list", "-mod=readonly", "-m", "-json=Dir", module],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(str(json.loads(listed.stdout)["Dir"]))


def copy_share(share: Share, module: Path, into: Path) -> None:
    """Copy what the patterns match, under the same paths.

    Raises:
        KitError: a pattern matches nothing.
    """
    for pattern in share.patterns:
        found = sorted(module.glob(pattern))
        if not found:
            raise KitError(f"{share.module} has no {pattern}; correct the patterns in airgap/catalog.py")
        for path in found:
            target = into / path.relative_to(module)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
