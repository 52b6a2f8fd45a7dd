"""Rule files as a stack deploys them, and promtool to judge them."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from config.prometheus.rules import rules
from config.settings import Settings, parse
from tests.unit.program import raw, stack_config

TOOLS = Path(__file__).parents[2] / ".state" / "bin"


def settings(stack: str) -> Settings:
    """The committed settings of a stack."""
    return parse(stack, {key: raw(value) for key, value in stack_config(stack).items()})


def rendered(stack: str) -> dict[str, str]:
    """Rule files by name, as the stack deploys them."""
    return rules(settings(stack))


def alerts(files: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Every alert of the rule files."""
    for content in files.values():
        for group in yaml.safe_load(content)["groups"]:
            yield from (rule for rule in group["rules"] if "alert" in rule)


def promtool(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run promtool in a folder; its exit code and what it says."""
    found = shutil.which("promtool", path=str(TOOLS)) or shutil.which("promtool")
    if found is None:
        raise FileNotFoundError("promtool is not built; run `make rules`, which builds it, or `make tools`")
    return subprocess.run([found, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=120)
