"""Reading an exported Pulumi state."""

from collections.abc import Mapping
from typing import Any

CONTAINER = "docker:index/container:Container"
NETWORK = "docker:index/network:Network"
IMAGE = "docker:index/remoteImage:RemoteImage"
VOLUME = "docker:index/volume:Volume"
# everything that is kept by a Grafana server, as a pattern of URNs
IN_GRAFANA = "**$grafana:**"


def entries(state: Mapping[str, object], key: str) -> list[Mapping[str, Any]]:
    """A list of the state: `resources`, or `pending_operations`."""
    listed = state.get(key)
    return listed if isinstance(listed, list) else []


def resources(state: Mapping[str, object], kind: str) -> list[Mapping[str, Any]]:
    """The resources of a type that have been made."""
    return [entry for entry in entries(state, "resources") if entry.get("type") == kind and entry.get("id")]


def grafana_resources(state: Mapping[str, object]) -> list[Mapping[str, Any]]:
    """What a stack has made in a Grafana."""
    made = entries(state, "resources")
    return [entry for entry in made if str(entry.get("type")).startswith("grafana:") and entry.get("id")]


def ids(state: Mapping[str, object], kind: str) -> frozenset[str]:
    """Ids of the resources of a type: what this state, and no other checkout's, has made."""
    return frozenset(str(entry["id"]) for entry in resources(state, kind))
