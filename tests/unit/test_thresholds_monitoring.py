"""Limits of the alerts on the monitoring itself: what is refused, and that each reaches the rules."""

from typing import Any

import pytest
import yaml

from config.areas.monitoring.model import MonitoringThresholds
from config.prometheus.rules import rules
from config.prometheus.scrapes import expected_jobs, scrapes
from config.settings.errors import SettingsError
from config.settings.load import parse
from config.settings.stack import Settings
from tests.support.program import raw, stack_config

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"instanceDownSeconds": 0}, ".instanceDownSeconds: ", "greater than or equal to 1"),
    ({"scrapePercent": 100}, ".scrapePercent: ", "less than 100"),
    ({"ruleEvaluationPercent": 0}, ".ruleEvaluationPercent: ", "greater than 0"),
    ({"storagePercent": "90"}, ".storagePercent: ", "number"),
    ({"remoteWriteLagSeconds": 0}, ".remoteWriteLagSeconds: ", "greater than 0"),
    # it would warn only when it is too late
    (
        {"notificationErrorPercent": 60},
        ": ",
        "notificationErrorPercent (60) must be below notificationErrorCriticalPercent (50)",
    ),
    ({"seriesAdded": 2_000_000}, ": ", "seriesAdded (2e+06) must be below seriesAddedCritical (1e+06)"),
    ({"notificationErrorPercent": 50}, ": ", "(50) must be below notificationErrorCriticalPercent (50)"),
]


def settings(stack: str = "prod", **thresholds: Any) -> Settings:
    values = {**stack_config(stack), "thresholds": {"monitoring": thresholds}}
    return parse(stack, {key: raw(value) for key, value in values.items()})


@pytest.mark.parametrize(("thresholds", "where", "said"), WRONG, ids=lambda part: str(part))
def test_a_wrong_limit_is_one_line_that_says_what(thresholds: dict[str, Any], where: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(**thresholds)
    [problem] = refused.value.problems
    assert problem.startswith(f"thresholds.monitoring{where}")
    assert said in problem


def test_every_limit_reaches_the_rules() -> None:
    before = rules(settings())["monitoring.yml"]
    for name, field in MonitoringThresholds.model_fields.items():
        assert field.alias
        above = {"notification_error_critical_percent": 51, "series_added_critical": 300_000}
        values: dict[str, Any] = {field.alias: above.get(name, 7)}
        changed = rules(settings(**values))
        assert changed["monitoring.yml"] != before, f"no rule reads {name}"


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_every_job_that_must_have_a_target_is_expected_to(stack: str) -> None:
    chosen = settings(stack)
    groups = yaml.safe_load(rules(chosen)["monitoring.yml"])["groups"]
    recorded = [
        rule["labels"]["job"]
        for group in groups
        for rule in group["rules"]
        if rule.get("record") == "job:expected:info"
    ]
    assert recorded == expected_jobs(scrapes(chosen, ["shop"]))
