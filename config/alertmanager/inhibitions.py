"""Inhibitions: an alert that explains others silences them for as long as it fires.

What silences fires first, or no later than a critical group waits, and outlasts what it silences: else the one would
be sent before it, or the other when all is well again. Nothing silences what silences it.

Two alerts that both lack a label count as equal in it. Where a label has to be there, a matcher says so.
"""

from typing import Any

from config.areas.registry import AREAS

Inhibition = dict[str, Any]

# The monitoring's own alerts with a critical step and a milder one. Of a team's alerts nobody knows here which labels
# tell them apart, and the critical alert on one topic must not silence the warning on another.
TWO_STEPS = (
    "AlertmanagerNotificationsFailing|CertificateExpiresSoon|ContainerMissing|ErrorBudgetBurn|ErrorRateHigh"
    "|HostConntrackNearLimit|HostDiskFillsSoon|HostDiskSpaceLow|HostFileDescriptorsNearLimit|HostInodesLow"
    "|HostMemoryHigh|HostProcessesNearLimit|PostgresConnectionsHigh|PostgresWraparoundNear"
    "|PrometheusRuleEvaluationSlow|RedisMemoryHigh|RedisSaveFailed|ScrapeSeriesChurn|ServiceDown"
)
# Labels that tell these apart: two with the same values are about the same thing.
SAME_THING = (
    "environment",
    "alertname",
    "service",
    "team",
    "kind",
    "host",
    "instance",
    "job",
    "name",
    "mountpoint",
    "fstype",
    "device",
    "datname",
    "ids",
    "queue",
    "save",
    "integration",
    "receiver_name",
    "server",
    "rule_group",
    "operation",
    "limit",
    "objective",
)

_SERVERS = tuple(area.alerts for area in AREAS.values() if area.alerts)
# What users notice of a service. What may be the reason (its container ran out of memory) and what stays wrong when it
# is back (its certificate) is neither here nor below.
_NOTICED = "ErrorBudgetBurn|LatencyHigh|NoTraffic|ProbeFailing|ProbeSlow|TrafficLow"
_UNSEEN = "ErrorsNotMeasured|LatencyNotMeasured|ObjectiveNotMeasured|TargetFlapping|WorkerQueueGrowing|WorkerQueueLong"
# An alert, those that it explains, and the labels in which they agree. It is critical, they may be of any severity.
_EXPLAINED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    # what runs on a host that is gone is gone, too
    ("HostDown", ".+", ("host",)),
    # Critical: no instance answers. With one of several down, its others may well be slow for another reason.
    ("ServiceDown", f"ContainerMissing|ContainerUnhealthy|ErrorRateHigh|{_NOTICED}|{_UNSEEN}", ("service",)),
    ("ContainerMissing", f"ErrorRateHigh|{_NOTICED}", ("service",)),
    ("ErrorRateHigh", _NOTICED, ("service",)),
    ("ProbeFailing", "NoTraffic|ProbeSlow|TrafficLow", ("service",)),
    ("NoTraffic", "TrafficLow", ("service",)),
    *((f"{server}Down|{server}Hanging", f"{server}.+|InstanceDown", ("instance",)) for server in _SERVERS),
    # their containers, which have no instance
    *((f"{server}Down|{server}Hanging", "ContainerMissing|ContainerUnhealthy", ("service",)) for server in _SERVERS),
    (
        "DockerDaemonDown",
        "ContainerMetricsMissing|ContainerMissing|ContainerUnhealthy|DockerDaemonErrors|ExporterScrapeErrors",
        ("host",),
    ),
)


def inhibitions() -> list[Inhibition]:
    """Everything under `inhibit_rules` in alertmanager.yml."""
    return [
        {
            "source_matchers": [f'alertname=~"{TWO_STEPS}"', 'severity="critical"'],
            "target_matchers": [f'alertname=~"{TWO_STEPS}"', 'severity=~"warning|info"'],
            "equal": list(SAME_THING),
        },
        *(_explained(['severity="critical"'], source, target, same) for source, target, same in _EXPLAINED),
        # what is refused because there is too much of it answers, and isn't down
        *(
            _explained([limit], "ScrapeLimitExceeded", "ServiceDown|InstanceDown|GrafanaDown", same)
            for limit, same in (('limit!="targets"', ("job", "instance")), ('limit="targets"', ("job",)))
        ),
    ]


def _explained(more: list[str], source: str, target: str, same: tuple[str, ...]) -> Inhibition:
    there = [f'{name}!=""' for name in same]
    return {
        "source_matchers": [f'alertname=~"{source}"', *more, *there],
        # nothing silences its like: of two hosts that are down, or two servers, both are told
        "target_matchers": [f'alertname=~"{target}"', f'alertname!~"{source}|Watchdog"', *there],
        "equal": ["environment", *same],
    }
