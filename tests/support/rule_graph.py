"""Which rules read what other rules make."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.support.expressions import ALERTS, reads, reads_alert

Rule = dict[str, Any]
Group = Mapping[str, Any]
Position = tuple[int, int]  # group, rule


class RuleGraph:
    """Rules that are tested together."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.groups = groups
        self.rules: dict[Position, Rule] = {
            (number, index): rule for number, group in enumerate(groups) for index, rule in enumerate(group["rules"])
        }
        self._sources: dict[Position, set[Position]] = {
            reader: {made for made, rule in self.rules.items() if reads_rule(self.rules[reader]["expr"], rule)}
            for reader in self.rules
        }

    def affected(self, changed: Position) -> set[Position]:
        """The rule itself, and all that read what it makes, directly or not."""
        found = {changed}
        while more := {position for position in self.rules.keys() - found if self._sources[position] & found}:
            found |= more
        return found

    def needed(self, wanted: Iterable[Position]) -> set[Position]:
        """These rules, other rules of the same alerts, and all that they read."""
        found = set(wanted)
        alerts = {self.rules[position].get("alert") for position in found} - {None}
        found |= {position for position, rule in self.rules.items() if rule.get("alert") in alerts}
        while more := {source for position in found for source in self._sources[position]} - found:
            found |= more
        return found

    def looked_at(self, alerts: Iterable[str], expressions: Iterable[str]) -> set[Position]:
        """The rules of these alerts, and those whose series these expressions read."""
        names, expressions = set(alerts), list(expressions)
        return {
            position
            for position, rule in self.rules.items()
            if rule.get("alert") in names or any(reads_rule(expr, rule) for expr in expressions)
        }

    def only(self, kept: set[Position]) -> list[dict[str, Any]]:
        """The groups with these rules only; a group without any is left out."""
        reduced = [
            {**group, "rules": [rule for index, rule in enumerate(group["rules"]) if (number, index) in kept]}
            for number, group in enumerate(self.groups)
        ]
        return [group for group in reduced if group["rules"]]


def makes(rule: Rule) -> frozenset[str]:
    """Names of the series that a rule makes."""
    return frozenset(ALERTS) if "alert" in rule else frozenset({rule["record"]})


def reads_rule(expression: str, rule: Rule) -> bool:
    """Does an expression read what a rule makes?"""
    return reads_alert(expression, rule["alert"]) if "alert" in rule else reads(expression, [rule["record"]])
