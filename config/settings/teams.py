"""The folder in which teams keep what they bring: rules, tests, routes."""

import re
from pathlib import Path

from yaml import YAMLError

TEAMS = Path(__file__).parents[2] / "teams"
NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


def team_problem(team: str) -> str | None:
    """What is wrong with a folder's name as that of a team."""
    if NAME.fullmatch(team):
        return None
    return f"'{team}' can't be a team's name; use lower-case letters, digits and dashes"


def yaml_problem(error: YAMLError) -> str:
    """Why a team's file can't be read, and where."""
    mark = getattr(error, "problem_mark", None)
    place = f", line {mark.line + 1}" if mark else ""
    return f"this is no valid YAML{place}: {getattr(error, 'problem', None) or error}"
