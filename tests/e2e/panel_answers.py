"""What the panels of a dashboard show on a running stack, query by query, and which of them may show nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.settings.areas import AreaSettings
from tests.support.panel_queries import resolved
from tests.support.rendered import settings

Key = tuple[str, str, str]  # dashboard's uid, panel's title, query's letter

# what the demo, or the machine it runs on, doesn't have: no fault brings it
HTTPS = "an address with https"
KERNEL = "a kernel that counts it: cgroup v2, or v1 with a limit on some disk"
SPEED = "a link whose speed is known: a virtual one has none"
SURROUNDINGS = {HTTPS, KERNEL, SPEED}

# Queries that give nothing while all is well, and why.
NEEDS: Mapping[Key, str] = {
    ("alerts", "Firing over time", "A"): "an alert",
    ("alerts", "Firing", "A"): "an alert",
    ("alerts", "Time spent firing", "A"): "an alert",
    ("overview", "Firing alerts", "A"): "an alert",
    ("probes", "First certificate to expire", "A"): HTTPS,
    ("probes", "Certificates", "A"): HTTPS,
    ("containers", "Restarts", "A"): "a container that starts anew",
    ("containers", "Read from disk", "A"): KERNEL,
    ("containers", "Written to disk", "A"): KERNEL,
    ("containers", "Disk space", "A"): "the first half minute",
    ("hosts", "Link in use", "A"): SPEED,
    ("hosts", "Link in use", "B"): SPEED,
    ("containers", "Every container", "H"): KERNEL,
    ("containers", "Every container", "I"): KERNEL,
    ("containers", "Killed for memory over time", "A"): "a process that was killed",
    ("containers", "Restarting", "A"): "a container that dies as soon as it starts",
    ("services", "Errors by route", "A"): "an error",
    ("hosts", "Swap in use", "A"): "swap space",
    ("hosts", "Kernel's limits", "C"): "a kernel that tracks connections",
    ("hosts", "Disks missing in arrays", "A"): "a software RAID",
    ("hosts", "Temperature", "A"): "sensors",
    ("postgres", "Write-ahead log", "B"): "a replication slot",
    ("postgres", "Replicas behind", "A"): "a replica",
    ("postgres", "Exporter", "C"): "a part of the exporter that fails",
    ("postgres", "Time per block", "A"): "blocks that are read from disk",
    ("redis", "Replication", "B"): "a replica",
    ("redis", "Saving", "B"): "saving by append",
    ("redis", "Saving", "C"): "saving by append",
    ("redis", "Keys", "B"): "keys that expire",
    ("monitoring", "Other systems", "A"): "remote write",
    ("monitoring", "Alertmanagers", "B"): "several Alertmanagers",
    ("monitoring", "Exporters that fail in part", "A"): "a part of the node exporter that fails",
    ("monitoring", "Exporters that fail in part", "B"): "a container exporter that fails",
    ("monitoring", "Weekly report", "A"): "a report that is due",
}


_PANELS = frozenset(key[:2] for key in NEEDS)
# dashboards of servers that the demo doesn't have
UNWATCHED = frozenset(name for name in AreaSettings.model_fields if not getattr(settings("dev"), name))


def may_be_empty(key: Key) -> bool:
    """Whether a query may give nothing while all is well."""
    return key in NEEDS or key[0] in UNWATCHED


def panel_may_be_empty(uid: str, title: str) -> bool:
    """Whether a panel may show nothing while all is well."""
    return (uid, title) in _PANELS or uid in UNWATCHED


@dataclass(frozen=True)
class PanelTarget:
    """One query of a panel, as Grafana is asked with everything chosen."""

    uid: str
    title: str
    query: Mapping[str, Any]

    @property
    def key(self) -> Key:
        return self.uid, self.title, self.query["refId"]

    def __str__(self) -> str:
        return f"{self.uid}: {self.title} {self.query['refId']}: {self.query['expr']}"


def targets(document: Mapping[str, Any]) -> Iterator[PanelTarget]:
    """Every query of every panel of a dashboard."""
    for panel in document["panels"]:
        for target in panel.get("targets", []):
            query = {
                **target,
                "expr": resolved(target["expr"]),
                "datasource": {"type": "prometheus", "uid": "prometheus"},
                "intervalMs": 15000,
                "maxDataPoints": 200,
            }
            yield PanelTarget(document["uid"], panel["title"], query)


def values(result: Mapping[str, Any]) -> list[Any]:
    """What a query gave: the values of each frame's last field, without those that are none.

    Raises:
        AssertionError: it failed.
    """
    assert result.get("status", 200) == 200, result.get("error")
    assert "error" not in result, result["error"]
    columns = [frame["data"]["values"][-1] for frame in result.get("frames", []) if frame["data"]["values"]]
    return [value for column in columns for value in column if value is not None]


def dead(asked: Iterable[PanelTarget], answer: Callable[[PanelTarget], list[Any]]) -> list[str]:
    """One line for every query that fails, and for every one that gives nothing and isn't listed in NEEDS."""
    found = []
    for target in asked:
        try:
            empty = not answer(target)
        except AssertionError as error:
            found.append(f"{target}: fails: {error}")
            continue
        if empty and not may_be_empty(target.key):
            found.append(f"{target}: nothing")
    return found
