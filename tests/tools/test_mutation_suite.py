"""Which rules and which cases belong to one changed rule."""

from datetime import timedelta
from typing import Any

import yaml

from tools.mutation.suite import Subject, subjects

FIRST = """
groups:
  - name: records
    rules:
      - {record: "a:rate", expr: "rate(a[5m])"}
      - {record: "a:share", expr: "a:rate / b"}
      - {record: "only:dashboards", expr: "sum(c)"}
  - name: alerts
    interval: 1m
    rules:
      - {alert: Share, expr: "a:share > 85", labels: {severity: warning}}
      - {alert: Share, expr: "a:share > 95", labels: {severity: critical}}
      - {alert: Other, expr: "c > 1"}
"""
SECOND = """
groups:
  - name: more
    rules:
      - {alert: Rate, expr: "a:rate > 1"}
      - {alert: AnythingFires, expr: 'count(ALERTS{alertstate="firing"}) > 0'}
"""


def case(name: str, *alerts: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "alert_rule_test": [{"eval_time": "1m", "alertname": alert} for alert in alerts], **more}


def of(files: dict[str, str], tests: dict[str, Any], name: str) -> list[Subject]:
    texts = {test: yaml.safe_dump(document) for test, document in tests.items()}
    return [subject for subject in subjects(files, texts) if subject.name == name]


def names(subject: Subject) -> list[str]:
    """Alerts and records of the reduced rule file."""
    groups = yaml.safe_load(subject.rule_file(subject.rule))["groups"]
    return [rule.get("alert") or rule["record"] for group in groups for rule in group["rules"]]


def seen(subject: Subject) -> list[tuple[str, list[str]]]:
    """Cases of the reduced tests, with what they expect something of."""
    return [
        (
            case["name"],
            [one["alertname"] for one in case["alert_rule_test"]] + [one["expr"] for one in case["promql_expr_test"]],
        )
        for test in subject.tests
        for case in yaml.safe_load(test)["tests"]
    ]


ONE_FILE = {
    "first": {
        "rule_files": ["first.yml"],
        "evaluation_interval": "15s",
        "tests": [
            case("share", "Share"),
            case("both", "Share", "Other"),
            case("other", "Other"),
            case("series", promql_expr_test=[{"expr": "a:share", "eval_time": "1m"}, {"expr": "a", "eval_time": "1m"}]),
            case("by pattern", promql_expr_test=[{"expr": '{__name__=~"a:.+"}', "eval_time": "1m"}]),
        ],
    }
}


def test_an_alert_is_tried_with_what_it_reads_and_its_namesake() -> None:
    warning, critical = of({"first.yml": FIRST}, ONE_FILE, "Share")
    assert names(warning) == names(critical) == ["a:rate", "a:share", "Share", "Share"]
    assert seen(warning) == [("share", ["Share"]), ("both", ["Share"])]
    assert warning.interval == timedelta(seconds=15)


def test_only_the_changed_rule_is_changed() -> None:
    _, critical = of({"first.yml": FIRST}, ONE_FILE, "Share")
    document = yaml.safe_load(critical.rule_file({**critical.rule, "expr": "changed"}))
    assert [rule["expr"] for group in document["groups"] for rule in group["rules"]] == [
        "rate(a[5m])",
        "a:rate / b",
        "a:share > 85",
        "changed",
    ]
    assert document["groups"][1]["interval"] == "1m"


def test_a_recording_rule_is_tried_with_the_alerts_that_depend_on_it() -> None:
    [rate] = of({"first.yml": FIRST}, ONE_FILE, "a:rate")
    assert names(rate) == ["a:rate", "a:share", "Share", "Share"]
    assert seen(rate) == [
        ("share", ["Share"]),
        ("both", ["Share"]),
        ("series", ["a:share"]),
        ("by pattern", ['{__name__=~"a:.+"}']),
    ]


def test_a_recording_rule_that_no_alert_reads_is_left_out() -> None:
    assert of({"first.yml": FIRST}, ONE_FILE, "only:dashboards") == []


def test_a_test_of_several_files_tries_rules_across_them() -> None:
    both = {"second": {"rule_files": ["first.yml", "second.yml"], "tests": [case("rate", "Rate")]}}
    [rate] = of({"first.yml": FIRST, "second.yml": SECOND}, {**ONE_FILE, **both}, "a:rate")
    assert set(names(rate)) >= {"a:rate", "Share", "Rate"}
    assert ("rate", ["Rate"]) in seen(rate)
    assert rate.interval == timedelta(seconds=15)
    assert [subject.file for subject in of({"first.yml": FIRST, "second.yml": SECOND}, both, "Rate")] == ["second.yml"]


def test_an_alert_about_alerts_is_tried_with_all_of_them() -> None:
    tests = {"all": {"rule_files": ["*.yml"], "tests": [case("any", "AnythingFires", "Other")]}}
    [other] = of({"first.yml": FIRST, "second.yml": SECOND}, tests, "Other")
    assert seen(other) == [("any", ["AnythingFires", "Other"])]
    assert {"Share", "Rate", "Other", "AnythingFires"} <= set(names(other))


def test_an_alert_without_a_test_has_none() -> None:
    [other] = of({"first.yml": FIRST}, {}, "Other")
    assert other.tests == ()
    assert names(other) == ["Other"]


def test_quick_cases_come_first() -> None:
    def at(time: str | int, name: str) -> dict[str, Any]:
        return {"name": name, "alert_rule_test": [{"eval_time": time, "alertname": "Other"}]}

    tests = {
        "fine": {
            "rule_files": ["first.yml"],
            "evaluation_interval": "15s",
            "tests": [at("1h", "long"), at(0, "none"), at("0m", "no time"), at("5m", "short")],
        },
        "coarse": {"rule_files": ["first.yml"], "evaluation_interval": "1h", "tests": [at("1d", "days")]},
    }
    [other] = of({"first.yml": FIRST}, tests, "Other")
    assert [name for name, _ in seen(other)] == ["none", "no time", "short", "days", "long"]
    assert all(len(yaml.safe_load(test)["tests"]) == 1 for test in other.tests)
