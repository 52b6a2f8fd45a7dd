"""A line in a graph, and the value from where a number changes its colour, is where the alert is."""

import json
from typing import Any

import pytest
import yaml
from pydantic.alias_generators import to_camel

from config.areas.slo.burn_rates import BURN_RATES
from config.grafana.dashboards import dashboards
from config.prometheus.rules import own_rules
from config.settings.areas import ThresholdSettings
from config.settings.load import parse

Lines = dict[str, list[float]]

_DAY = 86400
# every limit of an alert that a panel shows: what the panel has of it, and where
LINES: dict[str, tuple[float, set[str]]] = {
    "system.cpuPercent": (0.01, {"overview: CPU", "hosts: Busiest CPU", "hosts: CPU"}),
    "system.memoryWarningPercent": (0.01, {"overview: Memory", "hosts: Fullest memory", "hosts: Memory"}),
    "system.memoryCriticalPercent": (0.01, {"overview: Memory", "hosts: Fullest memory", "hosts: Memory"}),
    "system.diskWarningPercent": (
        0.01,
        {"overview: Fullest filesystem", "hosts: Fullest filesystem", "hosts: Space", "hosts: Space over time"},
    ),
    "system.diskCriticalPercent": (
        0.01,
        {"overview: Fullest filesystem", "hosts: Fullest filesystem", "hosts: Space", "hosts: Space over time"},
    ),
    "system.inodesWarningPercent": (0.01, {"hosts: Inodes"}),
    "system.inodesCriticalPercent": (0.01, {"hosts: Inodes"}),
    "system.diskLatencyMilliseconds": (0.001, {"hosts: Time per operation"}),
    "system.kernelLimitWarningPercent": (0.01, {"hosts: Kernel's limits"}),
    "system.kernelLimitCriticalPercent": (0.01, {"hosts: Kernel's limits"}),
    "system.stealPercent": (0.01, {"hosts: CPU time that is lost"}),
    "system.swappedInPagesPerSecond": (1, {"hosts: Read back from swap"}),
    "system.networkSaturatedPercent": (0.01, {"hosts: Link in use"}),
    "application.errorPercent": (0.01, {"overview: Errors", "services: Highest error rate", "services: Errors"}),
    "application.latencyP95Seconds": (1, {"overview: p95", "services: Slowest p95", "services: p95"}),
    "application.queueLength": (1, {"services: Queue"}),
    "probes.certificateWarningDays": (_DAY, {"probes: First certificate to expire", "probes: Certificates"}),
    "probes.certificateCriticalDays": (_DAY, {"probes: First certificate to expire", "probes: Certificates"}),
    "postgres.connectionsWarningPercent": (0.01, {"postgres: Connections in use"}),
    "postgres.connectionsCriticalPercent": (0.01, {"postgres: Connections in use"}),
    "postgres.longTransactionSeconds": (1, {"postgres: Longest transaction"}),
    "postgres.rollbackPercent": (0.01, {"postgres: Rolled back"}),
    "postgres.replicationLagSeconds": (1, {"postgres: Replication lag"}),
    "postgres.wraparoundWarningPercent": (0.01, {"postgres: Wraparound"}),
    "postgres.wraparoundCriticalPercent": (0.01, {"postgres: Wraparound"}),
    "postgres.lockWaits": (1, {"postgres: Sessions that wait for a lock"}),
    "rabbitmq.memoryPercent": (0.01, {"rabbitmq: Memory in use", "rabbitmq: Memory"}),
    "rabbitmq.queueMessages": (1, {"rabbitmq: Waiting by queue"}),
    "redis.clientsPercent": (0.01, {"redis: Clients in use"}),
    "redis.fragmentationRatio": (1, {"redis: Memory for each byte used"}),
    "redis.memoryWarningPercent": (0.01, {"redis: Memory in use"}),
    "redis.memoryCriticalPercent": (0.01, {"redis: Memory in use"}),
    "redis.evictionsPerSecond": (1, {"redis: Evicted and expired"}),
    "containers.restarts": (1, {"containers: Restarts"}),
    "containers.memoryPercent": (
        0.01,
        {"containers: Fullest memory", "containers: Memory against the limit", "containers: Every container"},
    ),
    "containers.cpuThrottledPercent": (0.01, {"containers: Throttled"}),
    "monitoring.flaps": (1, {"monitoring: Comes and goes"}),
    "monitoring.openFilesPercent": (0.01, {"monitoring: Open files"}),
    "monitoring.scrapeLimitPercent": (0.01, {"monitoring: Of what it may bring"}),
    "monitoring.seriesAdded": (1, {"monitoring: New series"}),
    "monitoring.seriesAddedCritical": (1, {"monitoring: New series"}),
    # of the interval, which is 15 seconds
    "monitoring.ruleEvaluationPercent": (0.15, {"monitoring: Rule evaluation"}),
}
# the other lines of graphs: no setting moves them
FIXED: dict[str, set[float]] = {
    "monitoring: Of what it may bring": {1},  # all of it
    "monitoring: Rule evaluation": {15},  # the interval itself
    "slos: Budget left over time": {0.1, 0.5},
    **{f"slos: Burn rate over {burn.window}": {burn.factor} for burn in BURN_RATES},
}
NAMES = [
    f"{area}.{to_camel(name)}"
    for area, model in ThresholdSettings.model_fields.items()
    for name in type(model.default).model_fields
]


def documents(thresholds: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    values = {"notifications": '{"slack": {}}', "thresholds": json.dumps(thresholds or {})}
    return [each.model() for each in dashboards(parse("test", values))]


def steps(thresholds: dict[str, Any]) -> list[float]:
    return [step["value"] for step in thresholds["steps"] if step["value"] is not None]


def lines(shown: list[dict[str, Any]], *, drawn: bool = False) -> Lines:
    """Limits by panel; `drawn`: only those that are lines in a graph."""
    found: Lines = {}
    for document in shown:
        for panel in document["panels"]:
            if panel["type"] == "row":
                continue
            config = panel["fieldConfig"]
            if drawn and "thresholdsStyle" not in config["defaults"].get("custom", {}):
                continue
            properties = [each for one in config["overrides"] for each in one["properties"]]
            found.setdefault(f"{document['uid']}: {panel['title']}", []).extend(
                value
                for thresholds in (
                    config["defaults"]["thresholds"],
                    *(each["value"] for each in properties if each["id"] == "thresholds"),
                )
                for value in steps(thresholds)
            )
    return found


DEFAULT = lines(documents())


def value_of(name: str) -> float:
    area, key = name.split(".")
    value: float | None = getattr(ThresholdSettings(), area).model_dump(by_alias=True)[key]
    return value or 0


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_is_where_its_setting_says(name: str) -> None:
    area, key = name.split(".")
    before = value_of(name)
    after = before + (1 if isinstance(before, int) else 0.5)
    now = lines(documents({area: {key: after}}))
    assert now.keys() == DEFAULT.keys()
    moved = {place for place in now if now[place] != DEFAULT[place]}
    scale, expected = LINES.get(name, (1, set()))
    assert moved == expected
    for place in expected:
        was = [pytest.approx(after * scale) if value == pytest.approx(before * scale) else value
               for value in DEFAULT[place]]  # fmt: skip
        assert now[place] == was, place


def test_every_setting_that_is_shown_is_one() -> None:
    assert set(LINES) <= set(NAMES)


def test_every_line_of_a_graph_is_an_alerts_or_known_to_be_none() -> None:
    drawn = lines(documents(), drawn=True)
    assert drawn
    for place, values in drawn.items():
        moved = [value_of(name) * scale for name, (scale, places) in LINES.items() if place in places]
        expected = sorted([*moved, *FIXED.get(place, ())])
        assert sorted(values) == pytest.approx(expected), place
        assert values, f"{place} has no line to draw"


def test_the_lines_of_burn_rates_are_in_the_alerts_rules() -> None:
    services = [{"name": "shop", "address": "shop:80", "objective": 99.9}]
    values = {"notifications": '{"slack": {}}', "services": json.dumps(services)}
    groups = yaml.safe_load(own_rules(parse("test", values))["slo.yml"])["groups"]
    alerts = [rule for group in groups for rule in group["rules"] if rule.get("alert") == "ErrorBudgetBurn"]
    assert len(alerts) == 2 * len(BURN_RATES)
    for alert in alerts:
        [line] = DEFAULT[f"slos: Burn rate over {alert['labels']['window']}"]
        assert alert["expr"].count(f"> {line:g}\n") == 2
