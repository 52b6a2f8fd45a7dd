"""A rule's mutants: the rule with one small wrong change each, which its tests should notice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import promql_parser as promql

from tools.mutation.expression import expression_mutants

Rule = dict[str, Any]

SEVERITIES = {"critical": "warning", "warning": "critical", "info": "warning"}
EVALUATIONS = 4  # by how many evaluations durations get longer and shorter


@dataclass(frozen=True)
class Mutant:
    """One wrong change.

    Attributes:
        change: what was changed, in words.
        rule: the changed rule, as in a rule file.
    """

    change: str
    rule: Rule


def mutants(rule: Rule, interval: timedelta) -> Iterator[Mutant]:
    """Every mutant of a rule.

    Args:
        rule: an alerting or recording rule, as in a rule file.
        interval: time between two evaluations, the smallest change that a test could see.

    Raises:
        ValueError: the expression isn't PromQL.
    """
    for change, expression in expression_mutants(rule["expr"]):
        yield Mutant(f"expr: {change}", {**rule, "expr": expression})
    if "alert" in rule:
        yield from _durations(rule, interval * EVALUATIONS)
        yield from _labels(rule)


def _durations(rule: Rule, step: timedelta) -> Iterator[Mutant]:
    for key in ("for", "keep_firing_for"):
        given = promql.parse_duration(rule[key]) if key in rule else timedelta()
        if given:
            yield Mutant(f"{key}: removed", {name: value for name, value in rule.items() if name != key})
        if given > step:
            yield _duration(rule, key, given - step)
        yield _duration(rule, key, given + step)


def _duration(rule: Rule, key: str, changed: timedelta) -> Mutant:
    text = promql.display_duration(changed)
    return Mutant(f"{key}: {rule.get(key, 'none')} to {text}", {**rule, key: text})


def _labels(rule: Rule) -> Iterator[Mutant]:
    labels = rule.get("labels") or {}
    for name, value in labels.items():
        changed = SEVERITIES[value] if name == "severity" else f"{value}-changed"
        yield Mutant(f"labels: {name} changed", {**rule, "labels": {**labels, name: changed}})
