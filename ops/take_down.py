"""Taking a stack off the engine: containers, networks and files go, the data stays.

Pulumi would first delete what is in Grafana, with the folders also the dashboards that were made in them by hand, and
with the users the passwords they chose. So this is done on the engine, and Pulumi is told afterwards.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from ops.state import CONTAINER, NETWORK, VOLUME, resources

_AT_ONCE = 8
_GRACE_SECONDS = 10  # Docker's own


class Removing(Protocol):
    """The part of a Docker engine that this needs. What is gone already is fine."""

    def stop_container(self, container_id: str, *, seconds: int) -> None:
        """Have it end in order; kill it after so many seconds."""

    def remove_container(self, container_id: str) -> None:
        """Remove a container by force."""

    def remove_network(self, network_id: str) -> None:
        """Remove a network."""

    def remove_volume(self, name: str) -> None:
        """Remove a volume and what is in it."""


def take_down(state: Mapping[str, object], engine: Removing, say: Callable[[str], None]) -> list[str]:
    """Remove all that the state knows but protected volumes; the names of those.

    Args:
        state: the stack's deployment, as `pulumi stack export` has it.
        say: gets a line for each thing that is gone.
    """
    volumes = resources(state, VOLUME)
    with ThreadPoolExecutor(_AT_ONCE) as together:
        for container in together.map(lambda each: _ended(each, engine), resources(state, CONTAINER)):
            say(f"  - Container {container}")
    for network in resources(state, NETWORK):
        engine.remove_network(str(network["id"]))
        say(f"  - Network {_name(network)}")
    for volume in volumes:
        if not volume.get("protect"):
            engine.remove_volume(str(volume["id"]))
            say(f"  - Volume {_name(volume)}")
    return sorted(_name(volume) for volume in volumes if volume.get("protect"))


def _ended(container: Mapping[str, Any], engine: Removing) -> str:
    grace = container.get("inputs", {}).get("destroyGraceSeconds")
    engine.stop_container(str(container["id"]), seconds=int(grace or _GRACE_SECONDS))
    engine.remove_container(str(container["id"]))
    return _name(container)


def _name(resource: Mapping[str, Any]) -> str:
    return str(resource.get("outputs", {}).get("name") or resource["id"])
