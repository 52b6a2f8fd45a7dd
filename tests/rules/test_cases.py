"""A test file cut into its cases: what each of them looks at stays, and what that reads."""

import yaml

from tests.rules.cases import cases

FILES = {
    "shop.yml": """
groups:
  - name: records
    rules:
      - {record: "shop:rate", expr: "rate(a[5m])"}
      - {record: "shop:share", expr: "shop:rate / b"}
      - {record: "other:rate", expr: "rate(c[5m])"}
  - name: alerts
    interval: 1m
    rules:
      - {alert: Share, expr: "shop:share > 85", labels: {severity: warning}}
      - {alert: Share, expr: "shop:share > 95", labels: {severity: critical}}
      - {alert: Other, expr: "other:rate > 1"}
""",
    "meta.yml": 'groups: [{name: meta, rules: [{alert: SomethingFires, expr: "count(ALERTS) > 0"}]}]',
}


def names(case: dict[str, object], **more: object) -> list[str]:
    """Alerts and records that stay for a case."""
    whole = {"rule_files": ["*.yml"], "group_eval_order": ["records", "alerts", "meta"], "tests": [case], **more}
    [(rules, test)] = cases(yaml.safe_dump(whole), FILES)
    assert yaml.safe_load(test)["tests"] == [case]
    groups = yaml.safe_load(rules)["groups"]
    assert yaml.safe_load(test)["group_eval_order"] == [group["name"] for group in groups]
    return [rule.get("alert") or rule["record"] for group in groups for rule in group["rules"]]


def alerts(*expected: str) -> dict[str, object]:
    return {"alert_rule_test": [{"eval_time": "1m", "alertname": name} for name in expected]}


def asked(expr: str) -> dict[str, object]:
    return {"promql_expr_test": [{"expr": expr, "eval_time": "1m"}]}


def test_an_alert_keeps_its_namesakes_and_what_they_read() -> None:
    assert names(alerts("Share")) == ["shop:rate", "shop:share", "Share", "Share"]
    assert names(alerts("Other"), rule_files=["shop.yml"], group_eval_order=["records", "alerts"]) == [
        "other:rate", "Other",
    ]  # fmt: skip


def test_what_is_asked_of_recorded_series_keeps_their_rules() -> None:
    assert names(asked("shop:rate > 1")) == ["shop:rate"]
    assert names(asked("a > 1 or c")) == []


def test_what_is_asked_of_alerts_keeps_those_that_it_can_see() -> None:
    assert names(asked('ALERTS{alertname="Other"}')) == ["other:rate", "Other"]
    assert names(asked('ALERTS_FOR_STATE{alertname=~"Oth.*"}')) == ["other:rate", "Other"]
    assert names(asked('ALERTS{alertname!~"Sh.+", alertname!="SomethingFires"}')) == ["other:rate", "Other"]
    every = ["shop:rate", "shop:share", "other:rate", "Share", "Share", "Other", "SomethingFires"]
    assert names(asked('ALERTS{severity="critical"}')) == every
    assert names(asked('{__name__=~"AL.*"}')) == every


def test_one_that_reads_alerts_keeps_them_all() -> None:
    assert len(names(alerts("SomethingFires"))) == 7
