"""Alerts changed by name: what `alerts` in a stack's file says of our own rules and of teams'."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import yaml

from config.settings.alerts import AlertOverride
from config.settings.channels.base import SEVERITIES
from config.settings.errors import SettingsError

Rule = dict[str, Any]

WATCHDOG = "Watchdog"
_NONE = AlertOverride.model_construct()


def overridden(files: Mapping[str, str], overrides: Mapping[str, AlertOverride]) -> dict[str, str]:
    """Rule files with the overrides in them; what none of them is about stays as it is, to the letter.

    What alerts compare (recorded series) stays, too: dashboards and other alerts need it.

    Args:
        files: rule files by name.
        overrides: what is changed, by the alert's name.

    Raises:
        SettingsError: with one line for each name that no alert has.
    """
    if not overrides:
        return dict(files)
    documents = {name: yaml.safe_load(content) for name, content in files.items()}
    names = {rule["alert"] for document in documents.values() for rule in _alerts(document)}
    if problems := [line for name in overrides for line in _problems(name, names)]:
        raise SettingsError(problems)
    return {
        name: _changed(documents[name], overrides)
        if any(rule["alert"] in overrides for rule in _alerts(documents[name]))
        else content
        for name, content in files.items()
    }


def _alerts(document: Any) -> Iterator[Rule]:
    return (rule for group in document["groups"] for rule in group["rules"] if "alert" in rule)


def _problems(name: str, names: set[str]) -> Iterator[str]:
    if name == WATCHDOG:
        yield f"alerts.{name}: it shows that the monitoring works, and pages nobody; leave it as it is"
    elif name not in names:
        folded = {other.lower(): other for other in sorted(names)}
        near = [folded[match] for match in get_close_matches(name.lower(), folded, cutoff=0.75)]
        way_out = f"is {' or '.join(near)} meant?" if near else "docs/runbooks/ and teams/*/rules/ have their names"
        yield f"alerts.{name}: there is no alert '{name}'; {way_out}"


def _changed(document: Any, overrides: Mapping[str, AlertOverride]) -> str:
    superfluous = _superfluous_steps(document, overrides)
    for group in document["groups"]:
        group["rules"] = [
            _with(rule, override)
            for rule in group["rules"]
            if (override := overrides.get(rule.get("alert", ""), _NONE)).enabled and id(rule) not in superfluous
        ]
    document["groups"] = [group for group in document["groups"] if group["rules"]]
    return yaml.safe_dump(document, sort_keys=False, width=120, allow_unicode=True)


def _with(rule: Rule, override: AlertOverride) -> Rule:
    changed = dict(rule)
    if override.severity:
        changed["labels"] = {**rule.get("labels", {}), "severity": override.severity}
    if override.hold:
        changed["for"] = override.hold
    return changed


def _superfluous_steps(document: Any, overrides: Mapping[str, AlertOverride]) -> set[int]:
    """Rules that would make an alert that a milder step of theirs makes already, and earlier.

    Of an alert with a warning and a critical step that is to be `info` (or `critical`), one step is left.
    """
    steps: dict[tuple[str, ...], list[Rule]] = defaultdict(list)
    for rule in _alerts(document):
        override = overrides.get(rule["alert"])
        if override and override.severity:
            labels = {key: value for key, value in rule.get("labels", {}).items() if key != "severity"}
            steps[rule["alert"], *map(str, sorted(labels.items()))].append(rule)
    order = {severity: index for index, severity in enumerate(SEVERITIES)}
    found = set()
    for rules in steps.values():
        ranks = [order.get(rule["labels"]["severity"], -1) for rule in rules]
        found |= {id(rule) for rule, rank in zip(rules, ranks, strict=True) if rank < max(ranks)}
    return found
