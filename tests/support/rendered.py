"""Rule files as a stack deploys them, and promtool to judge them."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from config.prometheus.rules import rules
from config.settings.load import parse
from config.settings.stack import Settings
from config.settings.teams import TEAMS
from tests.support.documents import document
from tests.support.late import told_of_latency
from tests.support.program import raw, stack_config
from tests.support.promtool import find, run

TESTS = Path(__file__).parents[1] / "rules"
TEAM_TESTS = "*/tests/*.yml"
TOOLS = Path(__file__).parents[2] / ".state" / "bin"


def settings_of(stack: str, values: Mapping[str, Any], teams: Path = TEAMS) -> Settings:
    """Settings with these values."""
    return parse(stack, {key: raw(value) for key, value in values.items()}, teams)


def settings(stack: str, **changes: Any) -> Settings:
    """The settings of one of the tests' own stacks, with changes on top; None removes one."""
    values = {**stack_config(stack), **changes}
    return settings_of(stack, {key: value for key, value in values.items() if value is not None})


def rendered(stack: str, **changes: Any) -> dict[str, str]:
    """Rule files by name, as the stack deploys them."""
    return rules(settings(stack, **changes))


def promtool_tests(teams: Path = TEAMS) -> dict[str, str]:
    """promtool's test files by name: those of the monitoring, and those of teams as `<team>-<file>`."""
    own = {path.stem: path.read_text() for path in sorted(TESTS.glob("*.yml"))}
    own |= {f"{name}_late": told_of_latency(own[name]) for name in ("slo", "slo_windows")}
    return own | {f"{path.parents[1].name}-{path.stem}": path.read_text() for path in sorted(teams.glob(TEAM_TESTS))}


def alerts(files: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Every alert of the rule files."""
    for content in files.values():
        for group in document(content)["groups"]:
            yield from (rule for rule in group["rules"] if "alert" in rule)


def promtool(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run promtool in a folder; its exit code and what it says."""
    found = find()
    if found is None:
        raise FileNotFoundError("promtool is not built; run `make rules`, which builds it, or `make tools`")
    return run(found, *arguments, folder=folder)
