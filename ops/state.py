"""Reading an exported Pulumi state."""

from collections.abc import Mapping
from typing import Any

CONTAINER = "docker:index/container:Container"
NETWORK = "docker:index/network:Network"
IMAGE = "docker:index/remoteImage:RemoteImage"
VOLUME = "docker:index/volume:Volume"
# everything that is kept by a Grafana server, as a pattern of URNs
IN_GRAFANA = "**$grafana:**"


def resources(state: Mapping[str, object], kind: str) -> list[Mapping[str, Any]]:
    """The resources of a type that have been made."""
    entries = state.get("resources")
    made = entries if isinstance(entries, list) else []
    return [entry for entry in made if entry.get("type") == kind and entry.get("id")]


def grafana_resources(state: Mapping[str, object]) -> list[Mapping[str, Any]]:
    """What a stack has made in a Grafana."""
    entries = state.get("resources")
    made = entries if isinstance(entries, list) else []
    return [entry for entry in made if str(entry.get("type")).startswith("grafana:") and entry.get("id")]


def ids(state: Mapping[str, object], kind: str) -> frozenset[str]:
    """Ids of the resources of a type: what this state, and no other checkout's, has made."""
    return frozenset(str(entry["id"]) for entry in resources(state, kind))
