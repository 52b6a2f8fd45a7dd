"""Limits of the PostgreSQL and Redis alerts: refused where they make no sense, and used where they do."""

import json
from typing import Any

import pytest
import yaml

from config.prometheus.rules import rules
from config.settings.errors import SettingsError
from config.settings.load import parse
from config.settings.stack import Settings

WRONG: list[tuple[dict[str, Any], str]] = [
    (
        {"postgres": {"connectionsWarningPercent": 96}},
        "thresholds.postgres: connectionsWarningPercent (96) must be below connectionsCriticalPercent (95)",
    ),
    (
        {"postgres": {"connectionsWarningPercent": 90, "connectionsCriticalPercent": 90}},
        "thresholds.postgres: connectionsWarningPercent (90) must be below connectionsCriticalPercent (90)",
    ),
    (
        {"postgres": {"wraparoundCriticalPercent": 37.5}},
        "thresholds.postgres: wraparoundWarningPercent (40) must be below wraparoundCriticalPercent (37.5)",
    ),
    (
        {"redis": {"memoryCriticalPercent": 85}},
        "thresholds.redis: memoryWarningPercent (85) must be below memoryCriticalPercent (85)",
    ),
    ({"postgres": {"connectionsWarningPercent": 101}}, "thresholds.postgres.connectionsWarningPercent: "),
    ({"postgres": {"connections": 0}}, "thresholds.postgres.connections: "),
    ({"postgres": {"connections": 12.5}}, "thresholds.postgres.connections: "),
    ({"postgres": {"flaps": 1}}, "thresholds.postgres.flaps: "),
    ({"postgres": {"flapWindowMinutes": 1441}}, "thresholds.postgres.flapWindowMinutes: "),
    ({"postgres": {"deadlocks": 0}}, "thresholds.postgres.deadlocks: "),
    ({"postgres": {"minimumTransactionsPerSecond": -1}}, "thresholds.postgres.minimumTransactionsPerSecond: "),
    ({"postgres": {"downSeconds": 0}}, "thresholds.postgres.downSeconds: "),
    ({"postgres": {"longTransactionSeconds": "10m"}}, "thresholds.postgres.longTransactionSeconds: "),
    ({"postgres": {"lagSeconds": 5}}, "thresholds.postgres.lagSeconds: there is no such setting"),
    ({"redis": {"memoryWarningPercent": 0}}, "thresholds.redis.memoryWarningPercent: "),
    ({"redis": {"evictionsPerSecond": -0.1}}, "thresholds.redis.evictionsPerSecond: "),
    ({"redis": {"rejectedConnections": -1}}, "thresholds.redis.rejectedConnections: "),
]


def settings(thresholds: dict[str, Any], **more: Any) -> Settings:
    document = {"notifications": {"slack": {}}, "thresholds": thresholds, **more}
    return parse("prod", {key: json.dumps(value) for key, value in document.items()})


def alerts(chosen: Settings, file: str) -> list[dict[str, Any]]:
    groups = yaml.safe_load(rules(chosen)[file])["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def alert(chosen: Settings, file: str, name: str, severity: str) -> dict[str, Any]:
    return steps(chosen, file, name, severity)[0]


def steps(chosen: Settings, file: str, name: str, severity: str) -> list[dict[str, Any]]:
    return [rule for rule in alerts(chosen, file) if rule["alert"] == name and rule["labels"]["severity"] == severity]


@pytest.mark.parametrize(("thresholds", "start"), WRONG)
def test_a_limit_that_makes_no_sense_is_one_line(thresholds: dict[str, Any], start: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(thresholds)
    [problem] = caught.value.problems
    assert problem.startswith(start)
    assert "\n" not in problem


def test_the_smallest_step_between_warning_and_critical_is_enough() -> None:
    chosen = settings({"postgres": {"connectionsWarningPercent": 94.9}, "redis": {"memoryWarningPercent": 94.9}})
    assert chosen.thresholds.postgres.connections_warning_percent == 94.9
    assert chosen.thresholds.redis.memory_warning_percent == 94.9


CHANGED: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("postgres", "PostgresDown", "critical", {"downSeconds": 77}, "for: 77s"),
    ("postgres", "PostgresHanging", "critical", {"downSeconds": 77}, "for: 77s"),
    ("postgres", "PostgresFlapping", "warning", {"flaps": 7}, ">= 7"),
    ("postgres", "PostgresFlapping", "warning", {"flapWindowMinutes": 77}, "[77m]"),
    ("postgres", "PostgresConnectionsFailing", "critical", {"connectionFailurePercent": 77}, "> 77.0"),
    ("postgres", "PostgresExporterErrors", "warning", {"exporterErrorSeconds": 77}, "for: 77s"),
    ("postgres", "PostgresConnectionsHigh", "warning", {"connections": 77}, "> 77"),
    ("postgres", "PostgresConnectionsHigh", "warning", {"connectionsWarningPercent": 77}, "> 77.0"),
    ("postgres", "PostgresConnectionsHigh", "critical", {"connectionsCriticalPercent": 97}, "> 97.0"),
    ("postgres", "PostgresConnectionsHigh", "critical", {"connectionsSeconds": 77}, "for: 77s"),
    ("postgres", "PostgresLongTransaction", "warning", {"longTransactionSeconds": 77}, "> 77"),
    ("postgres", "PostgresDeadlocks", "warning", {"deadlocks": 77}, ">= 77"),
    ("postgres", "PostgresDeadlocks", "warning", {"deadlockWindowMinutes": 77}, "[77m]"),
    ("postgres", "PostgresRollbacksHigh", "warning", {"rollbackPercent": 77}, "> 77.0"),
    ("postgres", "PostgresRollbacksHigh", "warning", {"minimumTransactionsPerSecond": 77}, "> 77.0"),
    ("postgres", "PostgresRollbacksHigh", "warning", {"rollbackSeconds": 77}, "for: 77s"),
    ("postgres", "PostgresReplicationLag", "warning", {"replicationLagSeconds": 77}, "> 77"),
    ("postgres", "PostgresReplicationLag", "warning", {"replicationSeconds": 77}, "for: 77s"),
    ("postgres", "PostgresReplicationSlotUnused", "warning", {"slotUnusedSeconds": 77}, "for: 77s"),
    ("postgres", "PostgresWraparoundNear", "warning", {"wraparoundWarningPercent": 17}, "> 17.0"),
    ("postgres", "PostgresWraparoundNear", "critical", {"wraparoundCriticalPercent": 77}, "> 77.0"),
    ("redis", "RedisDown", "critical", {"downSeconds": 77}, "for: 77s"),
    ("redis", "RedisMemoryHigh", "warning", {"memoryWarningPercent": 77}, "> 77.0"),
    ("redis", "RedisMemoryHigh", "critical", {"memoryCriticalPercent": 97}, "> 97.0"),
    ("redis", "RedisMemoryHigh", "critical", {"memorySeconds": 77}, "for: 77s"),
    ("redis", "RedisEvictions", "warning", {"evictionsPerSecond": 77}, "> 77.0"),
    ("redis", "RedisEvictions", "warning", {"evictionSeconds": 77}, "for: 77s"),
    ("redis", "RedisConnectionsRejected", "warning", {"rejectedConnections": 77}, "> 77"),
    ("redis", "RedisSaveFailed", "critical", {"saveFailedSeconds": 77}, "for: 77s"),
    ("redis", "RedisReplicationBroken", "warning", {"replicationSeconds": 77}, "for: 77s"),
    ("postgres", "PostgresReplicaLost", "warning", {"replicaMemoryDays": 17}, "[17d]"),
    ("postgres", "PostgresArchivingFailing", "warning", {"archiveSeconds": 77}, "for: 77s"),
    ("postgres", "PostgresLockWaits", "warning", {"lockWaits": 77}, ">= 77"),
    ("postgres", "PostgresLockWaits", "warning", {"lockWaitSeconds": 77}, "for: 77s"),
    ("postgres", "PostgresDeadRows", "warning", {"deadRowsPercent": 77}, "> 77.0"),
    ("postgres", "PostgresDeadRows", "warning", {"deadRowsMinimum": 77}, "> 77)"),
    ("postgres", "PostgresDeadRows", "warning", {"deadRowsSeconds": 77}, "for: 77s"),
    ("redis", "RedisFlapping", "warning", {"flaps": 7}, ">= 7"),
    ("redis", "RedisFlapping", "warning", {"flapWindowMinutes": 77}, "[77m]"),
    ("redis", "RedisClientsHigh", "warning", {"clientsPercent": 77}, "> 77.0"),
    ("redis", "RedisClientsHigh", "warning", {"clientsSeconds": 77}, "for: 77s"),
    ("redis", "RedisSaveOverdue", "warning", {"saveOverdueSeconds": 77}, "> 77"),
    ("redis", "RedisFragmented", "info", {"fragmentationRatio": 7}, "> 7"),
    ("redis", "RedisReplicationBroken", "warning", {"replicaMemoryDays": 17}, "[17d]"),
]


@pytest.mark.parametrize(("area", "name", "severity", "limits", "seen"), CHANGED)
def test_a_limit_reaches_its_alert(area: str, name: str, severity: str, limits: dict[str, Any], seen: str) -> None:
    found = steps(settings({area: limits}), f"{area}.yml", name, severity)
    assert any(seen in f"{rule['expr']} for: {rule.get('for')}" for rule in found)


def test_every_limit_is_tried_above() -> None:
    chosen = settings({})
    limits = {
        (area, field.alias)
        for area in ("postgres", "redis")
        for field in type(getattr(chosen.thresholds, area)).model_fields.values()
    }
    assert {(area, limit) for area, _, _, changed, _ in CHANGED for limit in changed} == limits


@pytest.mark.parametrize(("interval", "share"), [(5, "* 1.66"), (15, "* 5.0"), (60, "* 20.0")])
def test_each_refused_connection_counts_as_its_part_of_five_minutes(interval: int, share: str) -> None:
    chosen = settings({}, prometheus={"scrapeIntervalSeconds": interval})
    assert share in alert(chosen, "postgres.yml", "PostgresConnectionsFailing", "critical")["expr"]
