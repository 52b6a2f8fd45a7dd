"""Rules with the part of the promtool tests that can notice a change in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatch
from typing import Any

import promql_parser as promql
import yaml

from tests.mutation.mutants import Rule
from tests.rules.expressions import reads

RULES = "rules.yml"
ALERTS = frozenset({"ALERTS", "ALERTS_FOR_STATE"})  # series that Prometheus itself makes of alerts
DEFAULT_INTERVAL = "1m"  # promtool's own

Document = dict[str, Any]
Position = tuple[int, int]  # group, rule


@dataclass(frozen=True)
class Subject:
    """One rule to be changed.

    Attributes:
        file: the rule file it is in.
        name: of the alert or of the recorded series.
        rule: the rule.
        interval: time between two evaluations in its tests.
        tests: promtool test files that load `rules.yml`, one for each case that looks at the rule, quick ones first.
    """

    file: str
    name: str
    rule: Rule
    interval: timedelta
    tests: tuple[str, ...]
    _groups: tuple[Document, ...]
    _position: Position

    @property
    def area(self) -> str:
        """What the rule file is about: its name."""
        return self.file.removesuffix(".yml")

    def rule_file(self, changed: Rule) -> str:
        """A rule file with the changed rule and those that it works together with, and no others."""
        groups = [{**group, "rules": list(group["rules"])} for group in self._groups]
        group, rule = self._position
        groups[group]["rules"][rule] = changed
        return _yaml({"groups": groups})


def subjects(files: Mapping[str, str], tests: Mapping[str, str]) -> Iterator[Subject]:
    """Every alerting rule, and every recording rule that an alert depends on.

    Args:
        files: rule files, name -> content.
        tests: promtool test files, name -> content.

    Raises:
        ValueError: an expression isn't PromQL.
    """
    documents = [yaml.safe_load(text) for text in tests.values()]
    for file in files:
        looking = [document for document in documents if _loads(document, file)]
        together = [file, *(other for other in files if other != file and any(_loads(d, other) for d in looking))]
        area = _Area([group for name in together for group in yaml.safe_load(files[name])["groups"]])
        own = len(yaml.safe_load(files[file])["groups"])
        for position in area.rules:
            affected = area.affected(position)
            if position[0] < own and any("alert" in area.rules[other] for other in affected):
                yield _subject(file, area, position, affected, looking)


def _loads(document: Document, file: str) -> bool:
    return any(fnmatch(file, pattern) for pattern in document["rule_files"])


def _subject(
    file: str, area: "_Area", position: Position, affected: set[Position], looking: Sequence[Document]
) -> Subject:
    rule = area.rules[position]
    names = {area.rules[other]["alert"] for other in affected if "alert" in area.rules[other]}
    series = frozenset[str]().union(*(_makes(area.rules[other]) for other in affected))
    groups, moved = area.reduced(area.needed(affected), position)
    cases = [case for document in looking for case in _cases(document, names, series)]
    intervals = [document.get("evaluation_interval", DEFAULT_INTERVAL) for document in looking]
    return Subject(
        file=file,
        name=rule.get("alert") or rule["record"],
        rule=rule,
        interval=min(map(promql.parse_duration, intervals or [DEFAULT_INTERVAL])),
        tests=tuple(map(_yaml, sorted(cases, key=_evaluations))),
        _groups=groups,
        _position=moved,
    )


class _Area:
    """Rules that are tested together, and who of them reads whom."""

    def __init__(self, groups: Sequence[Document]) -> None:
        self.groups = groups
        self.rules: dict[Position, Rule] = {
            (number, index): rule for number, group in enumerate(groups) for index, rule in enumerate(group["rules"])
        }

        for rule in self.rules.values():
            reads(rule["expr"], ())  # said here, once for all, when it can't be read

    def affected(self, changed: Position) -> set[Position]:
        """The rule itself, and all that read what it makes, directly or not."""
        found = {changed}
        while more := {
            position
            for position, rule in self.rules.items()
            if position not in found and any(reads(rule["expr"], _makes(self.rules[other])) for other in found)
        }:
            found |= more
        return found

    def needed(self, affected: set[Position]) -> set[Position]:
        """These rules, other rules of the same alerts, and all that they read."""
        alerts = {self.rules[position].get("alert") for position in affected} - {None}
        found = affected | {position for position, rule in self.rules.items() if rule.get("alert") in alerts}
        while more := {
            position
            for position, rule in self.rules.items()
            if position not in found and any(reads(self.rules[other]["expr"], _makes(rule)) for other in found)
        }:
            found |= more
        return found

    def reduced(self, kept: set[Position], followed: Position) -> tuple[tuple[Document, ...], Position]:
        """The groups with these rules only, and where one of them is now."""
        groups: list[Document] = []
        place = followed
        for number, group in enumerate(self.groups):
            indexes = [index for index in range(len(group["rules"])) if (number, index) in kept]
            if number == followed[0]:
                place = (len(groups), indexes.index(followed[1]))
            if indexes:
                groups.append({**group, "rules": [group["rules"][index] for index in indexes]})
        return tuple(groups), place


def _makes(rule: Rule) -> frozenset[str]:
    return ALERTS if "alert" in rule else frozenset({rule["record"]})


def _cases(document: Document, alerts: set[str], series: frozenset[str]) -> Iterator[Document]:
    """The cases of a test file that look at these alerts and series, each as a file, with nothing else expected."""
    for case in document["tests"]:
        of_alerts = [expected for expected in case.get("alert_rule_test", []) if expected["alertname"] in alerts]
        of_series = [expected for expected in case.get("promql_expr_test", []) if reads(expected["expr"], series)]
        if of_alerts or of_series:
            reduced = {**case, "alert_rule_test": of_alerts, "promql_expr_test": of_series}
            yield {**document, "rule_files": [RULES], "tests": [reduced]}


def _evaluations(document: Document) -> float:
    """How long a case takes: promtool evaluates every rule from its beginning to the last thing it expects."""
    [case] = document["tests"]
    expected = [*case["alert_rule_test"], *case["promql_expr_test"]]
    last = max(_time(one["eval_time"]) for one in expected)
    return last / _time(document.get("evaluation_interval", DEFAULT_INTERVAL))


def _time(text: str | int) -> timedelta:
    # `0`, `0m` and the like are no duration to the parser
    return promql.parse_duration(str(text)) if str(text).strip("0smhdwy") else timedelta()


def _yaml(document: Document) -> str:
    # without the limit, long strings would be folded, which takes time and helps nobody here
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=float("inf"))
