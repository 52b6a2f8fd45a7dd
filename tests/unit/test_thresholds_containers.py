"""Limits of the containers' alerts: what is refused, and that each reaches the rules."""

from typing import Any

import pytest
import yaml

from config.areas.containers.model import ContainerThresholds
from config.prometheus.rules import rules
from config.settings.errors import SettingsError
from config.settings.load import parse
from config.settings.stack import Settings
from tests.support.program import raw, stack_config

WRONG: list[tuple[str, Any, str]] = [
    ("restarts", 0, "greater than or equal to 1"),
    ("restarts", 2.5, "valid integer"),
    ("restartWindowMinutes", 1441, "less than or equal to 1440"),
    ("crashLoopSeconds", 0, "greater than or equal to 1"),
    ("missingSeconds", "2m", "valid integer"),
    ("memoryPercent", 0, "greater than 0"),
    ("memoryPercent", 100, "less than 100"),
    ("cpuThrottledPercent", 100, "less than 100"),
    ("cpuBusyPercent", 101, "less than 100"),
    ("dockerErrorPercent", -1, "greater than 0"),
    ("healthCheckErrorPercent", 100, "less than 100"),
]


def settings(**thresholds: Any) -> Settings:
    values = {**stack_config("prod"), "thresholds": {"containers": thresholds}}
    return parse("prod", {key: raw(value) for key, value in values.items()})


def rendered(**thresholds: Any) -> dict[str, Any]:
    """Alert -> its (last) rule."""
    groups = yaml.safe_load(rules(settings(**thresholds))["containers.yml"])["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


@pytest.mark.parametrize(("key", "value", "said"), WRONG, ids=lambda part: str(part))
def test_a_wrong_limit_is_one_line_that_says_what(key: str, value: object, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(**{key: value})
    [problem] = refused.value.problems
    assert problem.startswith(f"thresholds.containers.{key}: ")
    assert said in problem


def test_every_limit_reaches_the_rules() -> None:
    before = rules(settings())["containers.yml"]
    for name, field in ContainerThresholds.model_fields.items():
        assert field.alias
        changed = rules(settings(**{field.alias: 7}))["containers.yml"]
        assert changed != before, f"no rule reads {name}"


def test_the_window_of_restarts_is_the_one_of_the_settings() -> None:
    rule = rendered(restarts=5, restartWindowMinutes=20)["ContainerRestarting"]
    assert rule["expr"].count("[20m]") == 2
    assert rule["expr"].endswith(">= 5")
