"""Limits of the hosts' alerts: refused where an alert couldn't fire or its warning came last, and used in the rules."""

import json
from typing import Any

import pytest
import yaml

from config.areas.system.model import SystemThresholds
from config.prometheus.rules import rules
from config.settings.errors import SettingsError
from config.settings.load import parse
from config.settings.stack import Settings

WRONG: list[tuple[dict[str, Any], str]] = [
    # a warning that comes after its critical alert, or together with it
    ({"memoryWarningPercent": 97}, ": memoryWarningPercent (97) must be below memoryCriticalPercent (95)"),
    ({"memoryWarningPercent": 95}, ": memoryWarningPercent (95) must be below memoryCriticalPercent (95)"),
    ({"diskCriticalPercent": 80.5}, ": diskWarningPercent (85) must be below diskCriticalPercent (80.5)"),
    ({"inodesCriticalPercent": 85}, ": inodesWarningPercent (85) must be below inodesCriticalPercent (85)"),
    ({"diskFillCriticalHours": 48}, ": diskFillCriticalHours (48) must be below diskFillWarningHours (24)"),
    (
        {"diskFillWarningLeftPercent": 10},
        ": diskFillCriticalLeftPercent (20) must be below diskFillWarningLeftPercent (10)",
    ),
    (
        {"kernelLimitWarningPercent": 99, "kernelLimitCriticalPercent": 98},
        ": kernelLimitWarningPercent (99) must be below kernelLimitCriticalPercent (98)",
    ),
    # what can't be exceeded
    ({"cpuPercent": 100}, ".cpuPercent: input should be less than 100, got 100"),
    ({"diskCriticalPercent": 100}, ".diskCriticalPercent: input should be less than 100, got 100"),
    # what is always so
    ({"cpuPercent": 0}, ".cpuPercent: input should be greater than 0, got 0"),
    ({"clockSkewSeconds": 0}, ".clockSkewSeconds: input should be greater than 0, got 0"),
    ({"diskLatencyMilliseconds": -1}, ".diskLatencyMilliseconds: input should be greater than 0, got -1"),
    # no number, no whole number, out of range, unknown
    ({"diskFillWarningHours": 1.5}, ".diskFillWarningHours: input should be a valid integer, got 1.5"),
    ({"diskFillCriticalHours": 0}, ".diskFillCriticalHours: input should be greater than or equal to 1, got 0"),
    ({"diskFillWarningHours": 169}, ".diskFillWarningHours: input should be less than or equal to 168, got 169"),
    ({"memorySeconds": 60}, ".memorySeconds: there is no such setting; known here: "),
    ({"cpuSeconds": "10m"}, '.cpuSeconds: input should be a valid integer, got "10m"'),
    ({"hostDownSeconds": 0}, ".hostDownSeconds: input should be greater than or equal to 1, got 0"),
    (
        {"networkMinimumPacketsPerSecond": -1},
        ".networkMinimumPacketsPerSecond: input should be greater than or equal to 0, got -1",
    ),
]


def settings(system: dict[str, Any]) -> Settings:
    document = {"notifications": {"slack": {}}, "thresholds": {"system": system}}
    return parse("prod", {key: json.dumps(value) for key, value in document.items()})


def alerts(chosen: Settings, name: str) -> dict[str, dict[str, Any]]:
    """The rules of an alert by severity."""
    groups = yaml.safe_load(rules(chosen)["system.yml"])["groups"]
    return {
        rule["labels"]["severity"]: rule for group in groups for rule in group["rules"] if rule.get("alert") == name
    }


@pytest.mark.parametrize(("system", "said"), WRONG)
def test_a_wrong_limit_is_one_line_that_says_what(system: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(system)
    [problem] = caught.value.problems
    assert problem.startswith(f"thresholds.system{said}")
    assert "\n" not in problem


def test_every_alert_with_two_steps_has_them_in_order() -> None:
    ordered = {name for pair in SystemThresholds.rising for name in pair}
    stepped = {name for name in SystemThresholds.model_fields if "_warning_" in name or "_critical_" in name}
    assert stepped - ordered == {"memory_warning_seconds", "memory_critical_seconds"}


def test_steps_may_be_as_close_as_somebody_wants() -> None:
    found = alerts(settings({"diskWarningPercent": 94.9}), "HostDiskSpaceLow")
    assert found["warning"]["expr"].endswith("> 94.9")
    assert found["critical"]["expr"].endswith("> 95.0")


@pytest.mark.parametrize(
    ("system", "name", "severity", "part"),
    [
        ({"memoryCriticalPercent": 99}, "HostMemoryHigh", "critical", "> 99.0"),
        ({"diskFillWarningHours": 72}, "HostDiskFillsSoon", "warning", "72 * 3600) < 0"),
        ({"diskFillCriticalLeftPercent": 12.5}, "HostDiskFillsSoon", "critical", "> 87.5"),
        ({"clockSkewSeconds": 0.25}, "HostClockSkew", "warning", "< -0.25"),
        ({"kernelLimitCriticalPercent": 90}, "HostConntrackNearLimit", "critical", "> 90.0"),
    ],
)
def test_limits_end_up_in_the_rule(system: dict[str, Any], name: str, severity: str, part: str) -> None:
    assert part in alerts(settings(system), name)[severity]["expr"]


def test_times_end_up_in_the_rule() -> None:
    assert (
        alerts(settings({"clockUnsynchronisedSeconds": 7200}), "HostClockNotSynchronised")["warning"]["for"] == "7200s"
    )
