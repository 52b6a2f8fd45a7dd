"""Reading an exported Pulumi state."""

from collections.abc import Mapping

CONTAINER = "docker:index/container:Container"
VOLUME = "docker:index/volume:Volume"


def ids(state: Mapping[str, object], kind: str) -> frozenset[str]:
    """Ids of the resources of a type: what this state, and no other checkout's, has made."""
    resources = state.get("resources")
    entries = resources if isinstance(resources, list) else []
    return frozenset(str(entry["id"]) for entry in entries if entry.get("type") == kind and entry.get("id"))
