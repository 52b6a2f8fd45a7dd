"""`alerts` in a stack's file: severity, `for` or no alert at all, by name."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.prometheus.rules import own_rules, rules
from config.settings.errors import SettingsError
from config.settings.load import parse

TEAM_RULES = """
groups:
  - name: shop
    rules:
      - {record: 'shop:orders:rate5m', expr: 'sum(rate(orders_total[5m]))'}
      - {alert: OrdersStalled, expr: 'shop:orders:rate5m == 0', for: 5m, labels: {severity: critical, team: shop}}
"""


def files(alerts: dict[str, Any], folder: Path, team_rules: str = TEAM_RULES) -> dict[str, str]:
    team = folder / "teams" / "shop" / "rules"
    team.mkdir(parents=True, exist_ok=True)
    (team / "orders.yml").write_text(team_rules)
    values = {"notifications": {"slack": {}}, "alerts": alerts}
    settings = parse("prod", {key: json.dumps(value) for key, value in values.items()}, teams=folder / "teams")
    return rules(settings, folder / "teams")


def found(content: dict[str, str], name: str, key: str = "alert") -> list[dict[str, Any]]:
    documents = [yaml.safe_load(text) for text in content.values()]
    return [
        rule
        for document in documents
        for group in document["groups"]
        for rule in group["rules"]
        if rule.get(key) == name
    ]


def problem(alerts: dict[str, Any], folder: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        files(alerts, folder)
    [line] = caught.value.problems
    return line


def test_a_severity_and_a_time_are_changed_and_nothing_else(tmp_path: Path) -> None:
    before = files({}, tmp_path)
    changed = files({"HostCpuHigh": {"severity": "info"}, "HostSwapping": {"for": "1h30m"}}, tmp_path)
    [old], [new] = found(before, "HostCpuHigh"), found(changed, "HostCpuHigh")
    assert old["labels"]["severity"] == "warning"
    assert new == {**old, "labels": {**old["labels"], "severity": "info"}}
    [old], [new] = found(before, "HostSwapping"), found(changed, "HostSwapping")
    assert new == {**old, "for": "1h30m"}
    assert {name for name in before if before[name] != changed[name]} == {"system.yml"}
    assert found(changed, "HostMemoryHigh") == found(before, "HostMemoryHigh")


def test_an_alert_is_switched_off_and_what_it_compares_stays(tmp_path: Path) -> None:
    before = files({}, tmp_path)
    without = files({"RedisMaxmemoryUnset": False, "PostgresWraparoundNear": False}, tmp_path)
    for name in ("RedisMaxmemoryUnset", "PostgresWraparoundNear"):
        assert found(before, name)
        assert found(without, name) == []
    assert len(found(without, "datname:pg_wraparound:ratio", "record")) == 2
    assert len(found(without, "RedisMemoryHigh")) == 2


def test_a_group_without_rules_is_gone(tmp_path: Path) -> None:
    groups = yaml.safe_load(files({"ReportNotSent": False}, tmp_path)["monitoring.yml"])["groups"]
    assert "report" not in [group["name"] for group in groups]
    assert all(group["rules"] for group in groups)


def test_a_teams_alert_is_changed_by_its_name_too(tmp_path: Path) -> None:
    [rule] = found(files({"OrdersStalled": {"severity": "warning", "for": "15m"}}, tmp_path), "OrdersStalled")
    assert (rule["labels"], rule["for"]) == ({"severity": "warning", "team": "shop"}, "15m")
    off = files({"OrdersStalled": False}, tmp_path)
    assert found(off, "OrdersStalled") == []
    assert len(found(off, "shop:orders:rate5m", "record")) == 1


@pytest.mark.parametrize(
    "groups",
    [
        "[{name: empty}, {name: g, rules: [{alert: OrdersStalled, expr: x, labels: {severity: warning, team: shop}}]}]",
        "[{name: g, labels: {severity: warning, team: shop}, rules: [{alert: OrdersStalled, expr: x}]}]",
        "[{name: g, labels: {severity: warning, team: shop}, rules: [{alert: OrdersStalled, expr: x, labels: null}]}]",
    ],
)
def test_whatever_shape_prometheus_takes_can_be_changed(groups: str, tmp_path: Path) -> None:
    [rule] = found(files({"OrdersStalled": {"severity": "info"}}, tmp_path, f"groups: {groups}"), "OrdersStalled")
    assert rule["labels"]["severity"] == "info"


@pytest.mark.parametrize(
    ("severity", "limit"), [("info", "> 85"), ("warning", "> 85"), ("critical", "> 85")], ids=lambda value: value
)
def test_two_steps_of_one_severity_are_the_milder_one(severity: str, limit: str, tmp_path: Path) -> None:
    [rule] = found(files({"HostMemoryHigh": {"severity": severity}}, tmp_path), "HostMemoryHigh")
    assert rule["labels"]["severity"] == severity
    assert limit in rule["expr"]


def test_steps_that_labels_tell_apart_all_stay(tmp_path: Path) -> None:
    burns = found(files({"ErrorBudgetBurn": {"severity": "warning"}}, tmp_path), "ErrorBudgetBurn")
    assert [(rule["labels"]["window"], rule["labels"]["severity"]) for rule in burns] == [
        (window, "warning") for window in ("1h", "6h", "1d", "3d")
    ] * 2


def test_without_overrides_files_are_what_was_written(tmp_path: Path) -> None:
    settings = parse("prod", {"notifications": json.dumps({"slack": {}})}, teams=tmp_path)
    assert rules(settings, tmp_path) == own_rules(settings)


@pytest.mark.parametrize(
    ("alerts", "line"),
    [
        ({"HostCpuHi": False}, "alerts.HostCpuHi: there is no alert 'HostCpuHi'; is HostCpuHigh"),
        ({"hostcpuhigh": False}, "alerts.hostcpuhigh: there is no alert 'hostcpuhigh'; is HostCpuHigh"),
        ({"OrderStalled": False}, "alerts.OrderStalled: there is no alert 'OrderStalled'; is OrdersStalled meant?"),
        ({"Zzz": {"severity": "info"}}, "alerts.Zzz: there is no alert 'Zzz'; docs/runbooks/"),
        ({"Watchdog": False}, "alerts.Watchdog: it shows that the monitoring works"),
        (
            {"HostCpuHigh": {"severity": "page"}},
            "alerts.HostCpuHigh.severity: input should be 'critical', 'warning' or",
        ),
        ({"HostCpuHigh": {"for": "10"}}, "alerts.HostCpuHigh.for: "),
        ({"HostCpuHigh": {"for": 600}}, "alerts.HostCpuHigh.for: "),
        ({"HostCpuHigh": {"for": "5m1h"}}, "alerts.HostCpuHigh.for: "),
        ({"HostCpuHigh": {"for": ""}}, "alerts.HostCpuHigh.for: "),
        ({"HostCpuHigh": {"severty": "info"}}, "alerts.HostCpuHigh.severty: there is no such setting; known here: "),
        ({"HostCpuHigh": {}}, "alerts.HostCpuHigh: changes nothing"),
        ({"HostCpuHigh": True}, "alerts.HostCpuHigh: changes nothing"),
        ({"HostCpuHigh": "off"}, "alerts.HostCpuHigh: "),
        ({"HostCpuHigh": None}, "alerts.HostCpuHigh: "),
    ],
)
def test_what_is_wrong_is_one_line(alerts: dict[str, Any], line: str, tmp_path: Path) -> None:
    said = problem(alerts, tmp_path)
    assert said.startswith(line)
    assert "\n" not in said


def test_all_unknown_names_are_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        files({"Nope": False, "Nada": False, "HostDown": False}, tmp_path)
    assert [line.partition(":")[0] for line in caught.value.problems] == ["alerts.Nope", "alerts.Nada"]
