"""Whether the monitoring network's subnet is free. Where it isn't, packets go astray, and nothing says why."""

import json
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from pydantic import BaseModel, TypeAdapter, ValidationError

from ops.errors import OpsError
from ops.health.docker_engine import DockerNetwork

# Routes as wide as these (0.0.0.0/1, for one) are a VPN's way of taking the default route: any other is more specific.
_WIDEST = 8
# where to look for a free subnet: outside of the pools that Docker itself takes subnets from
_POOLS = tuple(map(IPv4Network, ("172.16.0.0/16", "10.213.0.0/16", "10.128.0.0/9", "198.18.0.0/15")))
_LONGEST_SEARCH = 4096


@dataclass(frozen=True)
class Taken:
    """A subnet that is in use. `by`: what uses it, in words."""

    subnet: IPv4Network
    by: str


class _Route(BaseModel):
    dst: str
    dev: str = ""


def refuse_taken_subnet(
    subnet: IPv4Network, own_network: str, networks: Sequence[DockerNetwork], routes: Sequence[Taken]
) -> None:
    """Make sure that nothing else has addresses in the subnet.

    Args:
        own_network: the monitoring network's name. Where it is there with this subnet, it isn't made again.
        networks: the engine's networks.
        routes: those of the engine's machine; none where it is another machine.

    Raises:
        OpsError: names what is in the way and a subnet that is free.
    """
    own = next((network for network in networks if network.name == own_network), None)
    if own and subnet in own.subnets:
        return
    others = [network for network in networks if network is not own]
    bridges = {network.bridge for network in networks}
    taken = [Taken(found, f"the Docker network {network.name}") for network in others for found in network.subnets]
    taken += [route for route in routes if route.by.rpartition(" ")[2] not in bridges]
    obstacle = next((each for each in taken if each.subnet.overlaps(subnet)), None)
    if obstacle is None:
        return
    free = free_subnet(subnet.prefixlen, (each.subnet for each in taken))
    way_out = f"for example {free}, which is free here" if free else "your network's administrator knows a free one"
    raise OpsError(
        f"subnet: {subnet} overlaps {obstacle.subnet}, which belongs to {obstacle.by}; "
        f"set `subnet` in the stack's file to another, {way_out}"
    )


def free_subnet(prefix: int, taken: Iterable[IPv4Network]) -> IPv4Network | None:
    """A subnet of that size in which nothing is."""
    taken = list(taken)
    for pool in _POOLS:
        if prefix < pool.prefixlen or any(pool.subnet_of(each) for each in taken):
            continue
        for _, subnet in zip(range(_LONGEST_SEARCH), pool.subnets(new_prefix=prefix), strict=False):
            if not any(subnet.overlaps(each) for each in taken):
                return subnet
    return None


def host_routes() -> list[Taken]:
    """Where this machine's routes lead, but for the default ones; none where it can't say (macOS)."""
    if shutil.which("ip") is None:
        return []
    command = ["ip", "-json", "-4", "route", "show", "table", "all", "type", "unicast"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    return read_routes(done.stdout) if done.returncode == 0 else []


def read_routes(text: str) -> list[Taken]:
    """What `ip -json route` says."""
    try:
        routes = TypeAdapter(list[_Route]).validate_python(json.loads(text or "[]"))
    except (ValueError, ValidationError):
        raise OpsError(f"`ip -json route` gives something that isn't a list of routes: {text[:80]!r}") from None
    return [
        Taken(subnet, f"a route over {route.dev}")
        for route in routes
        if route.dst != "default" and (subnet := IPv4Network(route.dst, strict=False)).prefixlen >= _WIDEST
    ]
