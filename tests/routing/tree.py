"""Alertmanager's way through a routing tree, to tell which routes a set of alerts has tried out."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Route = dict[str, Any]
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"(.*)"', re.DOTALL)


def leaves(route: Route) -> Iterator[Route]:
    """Every route without routes below it."""
    if "routes" not in route:
        yield route
    for child in route.get("routes", []):
        yield from leaves(child)


def taken(route: Route, labels: Mapping[str, str]) -> list[Route]:
    """The routes that an alert takes, in order; the first that matches, and those after one that continues."""
    if not all(_matches(matcher, labels) for matcher in route.get("matchers", [])):
        return []
    found: list[Route] = []
    for child in route.get("routes", []):
        here = taken(child, labels)
        found += here
        if here and not child.get("continue"):
            break
    return found or [route]


def _matches(matcher: str, labels: Mapping[str, str]) -> bool:
    parts = _MATCHER.fullmatch(matcher)
    assert parts, matcher
    label, operator, quoted = parts.groups()
    wanted, value = re.sub(r"\\(.)", r"\1", quoted), labels.get(label, "")
    same = bool(re.fullmatch(wanted, value)) if "~" in operator else value == wanted
    return same != operator.startswith("!")
