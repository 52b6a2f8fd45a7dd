"""A checkout for `make new-alert`, and a way to run it there."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner, Result

from tools.new_alert.__main__ import app
from tools.new_alert.texts import SKELETON

ROOT = Path(__file__).parents[2]


def make_checkout(root: Path) -> Path:
    """What the command reads of a checkout; the rest it takes from the tests' own stacks and lists."""
    root.mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", root / "Pulumi.yaml")
    return root


def describe(root: Path, changes: Mapping[str, Any] | None = None, alert: str = "OrdersStalled") -> None:
    """Write a description: the example's, with changes; None removes a key."""
    document = {**yaml.safe_load(SKELETON.read_text()), **(changes or {})}
    text = yaml.safe_dump({key: value for key, value in document.items() if value is not None})
    (root / f"{alert}.yml").write_text(text)


def new_alert(*arguments: str) -> Result:
    """`python -m tools.new_alert ARGUMENTS`."""
    return CliRunner().invoke(app, arguments, prog_name="new-alert")


def complaints(result: Result, code: int) -> list[str]:
    """What is said on standard error, line by line."""
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    first, *others = result.stderr.splitlines()
    return [first.removeprefix("new-alert: "), *others]


def made(root: Path) -> set[str]:
    """Files that a new alert consists of, below the checkout."""
    return {
        str(path.relative_to(root))
        for folder in ("teams", "docs")
        for path in (root / folder).rglob("*")
        if path.is_file()
    }
