"""Files only their owner may read."""

import os
import tempfile
from pathlib import Path


def private_folder(path: Path) -> Path:
    """Make `path` and its parents up to an existing one; `path` itself is 0700."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Put `text` at `path`, mode 0600, whole or not at all: an interruption leaves the old file."""
    private_folder(path.parent)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
