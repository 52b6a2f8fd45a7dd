"""A clone of this checkout, with whatever isn't committed, in which tests change things."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.program import ROOT

Change = Callable[[str, str, str], None]


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """One stack, `prod`, of the tests' own; committed."""
    folder = tmp_path / "clone"
    listed = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    for name in listed:
        if not name.startswith(("tests/", "docs/", "airgap/", "Pulumi.")) and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    shutil.copy(ROOT / "tests/stacks/prod.yaml", folder / "Pulumi.prod.yaml")
    git(folder, "init", "-q")
    commit(folder)
    if (programs := ROOT / ".state/bin").is_dir():
        (folder / ".state").mkdir(exist_ok=True)
        (folder / ".state/bin").symlink_to(programs)
    return folder


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "a change")


@pytest.fixture
def change(clone: Path) -> Change:
    """Replaces a text that is in a file of the clone."""

    def replace(file: str, before: str, after: str) -> None:
        text = (clone / file).read_text()
        assert before in text, f"{before!r} isn't in {file}"
        (clone / file).write_text(text.replace(before, after))

    return replace
