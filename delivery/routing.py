"""Alertmanager's way through a routing tree: who is told about an alert, and how."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

Route = Mapping[str, Any]
_MATCHER = re.compile(r'\s*([^\s=!~]+)\s*(=~|!~|!=|=)\s*"?(.*?)"?\s*', re.DOTALL)
# a regular expression that is a list of words can be tried with each of them
_WORDS = re.compile(r"[\w.-]+(\|[\w.-]+)*")
INHERITED = ("receiver", "group_by", "group_wait", "group_interval", "repeat_interval")
_NOT_INHERITED = ("mute_time_intervals", "active_time_intervals")


@cache
def _parts(matcher: str) -> tuple[str, str, str]:
    parts = _MATCHER.fullmatch(matcher)
    if not parts:
        raise ValueError(f"{matcher!r} is no matcher")
    label, operator, value = parts.groups()
    return label, operator, re.sub(r'\\(["\\])', r"\1", value)


def _matches(matcher: str, labels: Mapping[str, str]) -> bool:
    label, operator, expected = _parts(matcher)
    value = labels.get(label, "")
    same = bool(re.fullmatch(expected, value)) if "~" in operator else value == expected
    return same != operator.startswith("!")


def taken(route: Route, labels: Mapping[str, str], above: Route | None = None) -> list[dict[str, Any]]:
    """The routes that an alert takes, in order, each with what it inherits.

    The first that matches is taken, and those after one that continues.
    """
    if not all(_matches(matcher, labels) for matcher in route.get("matchers") or ()):
        return []
    here = {key: route.get(key, (above or {}).get(key)) for key in INHERITED}
    here |= {key: route.get(key) for key in _NOT_INHERITED}
    below: list[dict[str, Any]] = []
    for child in route.get("routes") or ():
        found = taken(child, labels, here)
        below += found
        if found and not child.get("continue"):
            break
    return below or [here]


def mentioned(route: Route, above: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
    """For each route labels with which an alert gets there, as far as its matchers, and those above it, name values."""
    sets = [dict(above or {})]
    for matcher in route.get("matchers") or ():
        label, operator, value = _parts(matcher)
        if operator == "=" and value:
            values = [value]
        elif operator == "=~" and _WORDS.fullmatch(value):
            values = value.split("|")
        else:
            continue
        sets = [{**each, label: value} for each in sets for value in values]
    for each in sets:
        yield each
        for child in route.get("routes") or ():
            yield from mentioned(child, each)


def destinations(receiver: Mapping[str, Any]) -> list[str]:
    """Whom a receiver tells: addresses and channels; of what is a secret, or might be, the kind alone."""
    found = []
    for key, configs in receiver.items():
        if not key.endswith("_configs"):
            continue
        kind = {"email_configs": "e-mail", "slack_configs": "Slack"}.get(key, key.removesuffix("_configs"))
        for config in configs or ():
            place = config.get("to") or config.get("channel") or ""
            resolved = "" if config.get("send_resolved", True) else ", without the end of an alert"
            found.append(f"{kind}{' ' + place if place else ''}{resolved}")
    return found
