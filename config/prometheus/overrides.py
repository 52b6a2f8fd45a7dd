"""Alerts changed by name: what `alerts` in a stack's file says of our own rules and of teams'."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import yaml

from config.prometheus.team_rules import document
from config.settings.alerts import AlertOverride
from config.settings.channels.base import SEVERITIES
from config.settings.errors import SettingsError

Group = dict[str, Any]
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
    documents = {name: document(content) for name, content in files.items()}
    names = {rule["alert"] for each in documents.values() for _, rule in _alerts(each)}
    if problems := [line for name in overrides for line in _problems(name, names)]:
        raise SettingsError(problems)
    return {
        name: _changed(documents[name], overrides)
        if any(rule["alert"] in overrides for _, rule in _alerts(documents[name]))
        else content
        for name, content in files.items()
    }


def _alerts(content: Any) -> Iterator[tuple[Group, Rule]]:
    """Each alert, with its group: a group may have no rules, and labels for all of them."""
    return ((group, rule) for group in content["groups"] for rule in group.get("rules") or [] if "alert" in rule)


def _problems(name: str, names: set[str]) -> Iterator[str]:
    if name == WATCHDOG:
        yield f"alerts.{name}: it shows that the monitoring works, and pages nobody; leave it as it is"
    elif name not in names:
        folded = {other.lower(): other for other in sorted(names)}
        near = [folded[match] for match in get_close_matches(name.lower(), folded, cutoff=0.75)]
        way_out = f"is {' or '.join(near)} meant?" if near else "docs/runbooks/ and teams/*/rules/ have their names"
        yield f"alerts.{name}: there is no alert '{name}'; {way_out}"


def _changed(content: Any, overrides: Mapping[str, AlertOverride]) -> str:
    superfluous = _superfluous_steps(content, overrides)
    groups = [
        group
        | {
            "rules": [
                _with(rule, override)
                for rule in group.get("rules") or []
                if (override := overrides.get(rule.get("alert", ""), _NONE)).enabled and id(rule) not in superfluous
            ]
        }
        for group in content["groups"]
    ]
    changed = content | {"groups": [group for group in groups if group["rules"]]}
    return yaml.safe_dump(changed, sort_keys=False, width=120, allow_unicode=True)


def _with(rule: Rule, override: AlertOverride) -> Rule:
    changed = dict(rule)
    if override.severity:
        changed["labels"] = {**(rule.get("labels") or {}), "severity": override.severity}
    if override.hold:
        changed["for"] = override.hold
    return changed


def _superfluous_steps(content: Any, overrides: Mapping[str, AlertOverride]) -> set[int]:
    """Rules that would make an alert that a milder step of theirs makes already, and earlier.

    Of an alert with a warning and a critical step that is to be `info` (or `critical`), one step is left.
    """
    steps: dict[tuple[str, ...], dict[int, int]] = defaultdict(dict)
    order = {severity: index for index, severity in enumerate(SEVERITIES)}
    for group, rule in _alerts(content):
        override = overrides.get(rule["alert"])
        if override and override.severity:
            labels = {**(group.get("labels") or {}), **(rule.get("labels") or {})}
            rank = order.get(labels.pop("severity", ""), -1)
            steps[rule["alert"], *map(str, sorted(labels.items()))][id(rule)] = rank
    return {rule for ranks in steps.values() for rule, rank in ranks.items() if rank < max(ranks.values())}
