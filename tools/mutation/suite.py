"""Rules with the part of the promtool tests that can notice a change in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatch
from typing import Any

import promql_parser as promql
import yaml

from tests.support.documents import document as document_of
from tests.support.expressions import reads
from tests.support.rule_graph import Position, RuleGraph, makes
from tools.mutation.mutants import Rule

RULES = "rules.yml"
DEFAULT_INTERVAL = "1m"  # promtool's own

Document = dict[str, Any]


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
    documents = [document_of(text) for text in tests.values()]
    for file in files:
        looking = [document for document in documents if _loads(document, file)]
        together = [file, *(other for other in files if other != file and any(_loads(d, other) for d in looking))]
        graph = RuleGraph([group for name in together for group in document_of(files[name])["groups"]])
        own = len(document_of(files[file])["groups"])
        for position in graph.rules:
            affected = graph.affected(position)
            if position[0] < own and any("alert" in graph.rules[other] for other in affected):
                yield _subject(file, graph, position, affected, looking)


def _loads(document: Document, file: str) -> bool:
    return any(fnmatch(file, pattern) for pattern in document["rule_files"])


def _subject(
    file: str, graph: RuleGraph, position: Position, affected: set[Position], looking: Sequence[Document]
) -> Subject:
    rule = graph.rules[position]
    names = {graph.rules[other]["alert"] for other in affected if "alert" in graph.rules[other]}
    series = frozenset[str]().union(*(makes(graph.rules[other]) for other in affected))
    groups, moved = _reduced(graph, graph.needed(affected), position)
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


def _reduced(graph: RuleGraph, kept: set[Position], followed: Position) -> tuple[tuple[Document, ...], Position]:
    """The groups with these rules only, and where one of them is now."""
    group, rule = followed
    before = {number for number, index in kept if number < group}
    return tuple(graph.only(kept)), (len(before), sum((group, index) in kept for index in range(rule)))


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
