"""Inhibitions: an alert that explains others silences them for as long as it fires.

Two alerts that both lack a label count as equal in it. Where a label has to be there, a matcher says so.
"""

from typing import Any

from config.areas.registry import AREAS

Inhibition = dict[str, Any]

# Labels that tell things apart: two alerts with the same values are about the same thing. One that is missing here
# would let the critical alert on one database silence the warning on another.
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
)


def inhibitions() -> list[Inhibition]:
    """Everything under `inhibit_rules` in alertmanager.yml."""
    return [
        _inhibition(
            source=['severity="critical"'],
            target=['severity=~"warning|info"'],
            equal=SAME_THING,
        ),
        # what runs on a host that is gone is gone, too
        _inhibition(
            source=['alertname="HostDown"', 'severity="critical"', 'host!=""'],
            target=['alertname!~"HostDown|Watchdog"', 'host!=""'],
            equal=("environment", "host"),
        ),
        # a service that doesn't answer is slow and fails, too
        _inhibition(
            source=['alertname="ServiceDown"', 'severity="critical"', 'service!=""'],
            target=['alertname!="ServiceDown"', 'severity=~"warning|info"', 'service!=""'],
            equal=("environment", "service"),
        ),
        # what is refused because there is too much of it answers, and isn't down
        *(
            _inhibition(
                source=['alertname="ScrapeLimitExceeded"', limit, *(f'{name}!=""' for name in same)],
                target=['alertname=~"ServiceDown|InstanceDown|GrafanaDown"', *(f'{name}!=""' for name in same)],
                equal=("environment", *same),
            )
            for limit, same in (('limit!="targets"', ("job", "instance")), ('limit="targets"', ("job",)))
        ),
        *(_server_down(area.alerts) for area in AREAS.values() if area.alerts),
    ]


def _server_down(kind: str) -> Inhibition:
    """A server that is down silences what else there is to say of the same server."""
    return _inhibition(
        source=[f'alertname="{kind}Down"', 'severity="critical"', 'instance!=""'],
        target=[f'alertname=~"{kind}.+"', f'alertname!="{kind}Down"', 'instance!=""'],
        equal=("environment", "instance"),
    )


def _inhibition(*, source: list[str], target: list[str], equal: tuple[str, ...]) -> Inhibition:
    return {"source_matchers": source, "target_matchers": target, "equal": list(equal)}
