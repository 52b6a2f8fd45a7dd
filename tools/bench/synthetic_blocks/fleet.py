"""Series of many hosts and services, each like one that a running stack has."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

Labels = Mapping[str, str]

# jobs of which every host has one
_PER_HOST = frozenset({"node", "cadvisor", "docker"})
_COUNTER = re.compile(r".+_(total|count|sum|bucket)")
_FRACTIONS = re.compile(r".+_(seconds_total|sum)")
_CONSTANT = re.compile(r"up|.+_(info|time_seconds|timestamp_seconds|success|up|state|limit_bytes)|.+:up:.+|.+_success")
_LEAST_RATE = 0.001  # a second: what hasn't happened yet does, now and then
_UPTIME_SECONDS = 3600.0  # after which a counter is taken to have got where it is


@dataclass(frozen=True)
class Sample:
    """A series as it is now."""

    labels: Labels
    value: float


def fleet(samples: Iterable[Sample], *, hosts: int, services: Mapping[str, int]) -> list[dict[str, object]]:
    """Every series of a larger company, as `main.go` reads them.

    Args:
        samples: of a stack that runs.
        hosts: how many there are, each with what the one host has.
        services: how many there are like a service of that name; services that aren't named are left out.
    """
    found = [series for sample in samples for series in _grown(sample, hosts, services)]
    return [*found, *_alerts(services)]


def _grown(sample: Sample, hosts: int, services: Mapping[str, int]) -> Iterator[dict[str, object]]:
    labels = sample.labels
    service = labels.get("service")
    if labels["__name__"].startswith("ALERTS"):
        return
    if service and service in services:
        for number in range(services[service]):
            name = f"{service}-{number:02}"
            job = {"job": name} if labels.get("job") == service else {}
            yield _series({**labels, "service": name, "instance": f"{name}:8080", **job}, sample)
    elif service is None and "host" in labels and _is_a_hosts(labels):
        for number in range(hosts):
            name = f"host-{number:02}"
            yield _series({**labels, "host": name, **({"instance": name} if "instance" in labels else {})}, sample)
    elif service is None:
        yield _series(labels, sample)


def _is_a_hosts(labels: Labels) -> bool:
    """What a recording rule leaves of a host's series has no job."""
    recorded = ":" in labels["__name__"] and "job" not in labels
    return labels.get("job") in _PER_HOST or recorded


def _series(labels: Labels, sample: Sample) -> dict[str, object]:
    name = labels["__name__"]
    # a quantile of nothing is no number; JSON has none for it either
    base = sample.value if math.isfinite(sample.value) else 0.0
    if _COUNTER.fullmatch(name):
        return {
            "labels": dict(labels),
            "kind": "counter" if _FRACTIONS.fullmatch(name) else "count",
            "base": base,
            "rate": max(base / _UPTIME_SECONDS, _LEAST_RATE),
        }
    kind = "constant" if _CONSTANT.fullmatch(name) else "gauge"
    return {"labels": dict(labels), "kind": kind, "base": base, "rate": 0.0}


def _alerts(services: Mapping[str, int]) -> Iterator[dict[str, object]]:
    """A tenth of the services has something that fires."""
    for service, count in services.items():
        for number in range(0, count, 10):
            for severity in ("critical", "warning"):
                labels = {
                    "__name__": "ALERTS",
                    "alertname": f"Alert{severity.capitalize()}",
                    "alertstate": "firing",
                    "severity": severity,
                    "service": f"{service}-{number:02}",
                }
                yield {"labels": labels, "kind": "constant", "base": 1.0, "rate": 0.0}
