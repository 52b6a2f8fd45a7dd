"""Where the kit keeps things: caches outside the clone, links to exactly what this clone uses inside it."""

import os
from collections.abc import Mapping
from pathlib import Path

REPO = Path(__file__).parents[1]
KIT = Path(__file__).parent


def cache_dir(env: Mapping[str, str] = os.environ) -> Path:
    """The build cache that all clones on a machine share; not created here."""
    if chosen := env.get("AUTONOMICA_CACHE"):
        return Path(chosen).expanduser().absolute()
    base = env.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().absolute() / "autonomica-monitoring"


def state_dir(repo: Path = REPO) -> Path:
    """What belongs to one clone: its generated files, git-ignored; not created here."""
    return repo / ".state"


def bin_dir(repo: Path = REPO) -> Path:
    """The folder to put first on PATH: links to the built programs."""
    return state_dir(repo) / "bin"
