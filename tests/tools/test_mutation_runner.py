"""promtool's verdict, and the score that is made of it."""

from datetime import timedelta

import pytest
import yaml

from tools.mutation.equivalent import Equivalent
from tools.mutation.mutants import mutants
from tools.mutation.report import Outcome, Report, score_of
from tools.mutation.runner import BATCH, Trial, verdicts
from tools.mutation.suite import Subject, subjects

RULES = """
groups:
  - name: one
    rules:
      - {alert: High, expr: "a > 85", for: 1m, keep_firing_for: 1m, labels: {severity: warning}}
"""
SLOPPY = """
rule_files: [one.yml]
evaluation_interval: 15s
tests:
  - name: far above fires, far below doesn't
    interval: 15s
    input_series: [{series: a, values: "0x20 1000x20"}]
    alert_rule_test:
      - {eval_time: 0m, alertname: High}
      - {eval_time: 10m, alertname: High, exp_alerts: [{exp_labels: {severity: warning}}]}
"""
STRICT = """
rule_files: [one.yml]
evaluation_interval: 15s
tests:
  - name: above for a minute
    interval: 15s
    input_series: [{series: a, values: "85x3 86x7 85x20"}]
    alert_rule_test:
      - {eval_time: 1m45s, alertname: High}
      - {eval_time: 2m, alertname: High, exp_alerts: [{exp_labels: {severity: warning}}]}
      - {eval_time: 3m30s, alertname: High, exp_alerts: [{exp_labels: {severity: warning}}]}
      - {eval_time: 4m, alertname: High}
  - name: at the limit
    interval: 15s
    input_series: [{series: a, values: "85x40"}]
    alert_rule_test: [{eval_time: 10m, alertname: High}]
"""


def outcomes(tests: dict[str, str]) -> list[Outcome]:
    [subject] = subjects({"one.yml": RULES}, tests)
    found = list(mutants(subject.rule, subject.interval))
    trials = [Trial(subject.rule_file(mutant.rule), subject.tests) for mutant in found]
    passed = dict(verdicts(trials, jobs=2))
    return [Outcome(subject, mutant.change, killed=not passed[index]) for index, mutant in enumerate(found)]


def test_strict_tests_notice_everything() -> None:
    found = outcomes({"one": STRICT})
    assert [one.change for one in found if not one.killed] == []
    assert len(found) > BATCH, "more than one batch"


def test_sloppy_tests_notice_what_they_can() -> None:
    found = outcomes({"one": SLOPPY})
    assert {one.change for one in found if one.killed} == {"expr: > to < in `a > 85`", "labels: severity changed"}


def test_several_test_files_notice_together() -> None:
    assert all(one.killed for one in outcomes({"one": SLOPPY, "two": STRICT}))


def test_without_tests_nothing_is_noticed() -> None:
    assert not any(one.killed for one in outcomes({}))


def test_a_rule_file_that_is_broken_is_no_success() -> None:
    broken = yaml.safe_dump({"groups": [{"name": "x", "rules": [{"alert": "High", "expr": "a >"}]}]})
    with pytest.raises(RuntimeError, match="promtool can't read"):
        list(verdicts([Trial(broken, (STRICT.replace("one.yml", "rules.yml"),))], jobs=1))


def subject(name: str) -> Subject:
    return Subject("system.yml", name, {"labels": {"severity": "info"}}, timedelta(seconds=15), (), (), (0, 0))


def report(*found: Outcome, broken: tuple[Subject, ...] = (), complete: bool = False) -> Report:
    return Report(found, broken, seconds=1, complete=complete)


def test_the_score_and_the_survivors() -> None:
    found = [Outcome(subject("A"), f"change {number}", killed=number > 0) for number in range(20)]
    document = report(*found).document()
    assert (document["score"], document["mutants"], document["killed"]) == (95.0, 20, 19)
    assert document["survivors"] == [
        {"file": "system.yml", "alert": "A", "severity": "info", "change": "change 0"},
    ]
    assert document["areas"] == {"system": {"score": 95.0, "mutants": 20, "killed": 19}}
    assert report(*found).problems == []
    assert report(*found[:-1]).problems == ["the score is 94.7 %; at least 95 % of the mutants must be noticed"]


SAME = Equivalent("AlwaysOn", "for: none to 1m", "it always fires")


@pytest.fixture
def _one_equivalent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.mutation.report.EQUIVALENT", (SAME,))


@pytest.mark.usefixtures("_one_equivalent")
def test_equivalent_mutants_are_named_and_not_counted() -> None:
    survived = Outcome(subject(SAME.alert), SAME.change, killed=False)
    document = report(survived, Outcome(subject("A"), "x", killed=True), complete=True).document()
    assert (document["score"], document["mutants"], document["survivors"]) == (100.0, 1, [])
    assert document["equivalent"] == [{"alert": SAME.alert, "change": SAME.change, "why": SAME.why}]


@pytest.mark.usefixtures("_one_equivalent")
def test_a_wrongly_named_equivalent_is_a_problem() -> None:
    noticed = Outcome(subject(SAME.alert), SAME.change, killed=True)
    assert report(noticed).problems[0] == "AlwaysOn, for: none to 1m: named equivalent, but a test notices it"
    other = Outcome(subject("A"), "x", killed=True)
    assert report(other, complete=True).problems == [
        "AlwaysOn, for: none to 1m: named equivalent, but there is no such mutant"
    ]
    assert report(other).problems == []


def test_rules_whose_tests_fail_anyway_are_a_problem() -> None:
    [line] = report(broken=(subject("A"),)).problems
    assert line.startswith("system.yml: the tests of A fail without any change")
    assert score_of([]) == 100.0
