"""The monitoring network's subnet: what is in its way is named, with one that is free."""

import json
from ipaddress import IPv4Network
from typing import Any

import pytest

from ops.errors import OpsError
from ops.health.docker_engine import DockerEngine, DockerNetwork
from ops.subnets import free_subnet, read_routes, refuse_taken_subnet

SUBNET = IPv4Network("172.16.90.0/24")
OWN = "autonomica-dev-monitoring"
# `ip -json -4 route show table all type unicast` of a laptop with a company's VPN, a Docker network and WireGuard
ROUTES = [
    {"dst": "default", "gateway": "192.168.1.1", "dev": "eth0", "flags": []},
    {"dst": "0.0.0.0/1", "gateway": "10.8.0.1", "dev": "tun0", "flags": []},
    {"dst": "128.0.0.0/1", "gateway": "10.8.0.1", "dev": "tun0", "flags": []},
    {"dst": "172.16.88.0/21", "dev": "tun0", "scope": "link", "flags": []},
    {"dst": "192.168.1.5", "dev": "wg0", "table": "51820", "flags": []},
    {"dst": "172.16.91.0/24", "dev": "br-0123456789ab", "prefsrc": "172.16.91.1", "flags": []},
]


def network(name: str, *subnets: str, bridge: str = "br-ffffffffffff") -> DockerNetwork:
    return DockerNetwork(name=name, bridge=bridge, subnets=tuple(map(IPv4Network, subnets)))


def refusal(subnet: IPv4Network, *networks: DockerNetwork, routes: list[Any] | None = None) -> str:
    with pytest.raises(OpsError) as refused:
        refuse_taken_subnet(subnet, OWN, networks, read_routes(json.dumps(routes or [])))
    return str(refused.value)


def test_default_routes_are_in_nobodys_way() -> None:
    assert read_routes(json.dumps(ROUTES[:3])) == []
    refuse_taken_subnet(SUBNET, OWN, [], read_routes(json.dumps(ROUTES[:3])))


def test_a_vpn_in_the_subnet_is_named_with_a_subnet_that_is_free() -> None:
    assert refusal(SUBNET, routes=ROUTES) == (
        "subnet: 172.16.90.0/24 overlaps 172.16.88.0/21, which belongs to a route over tun0; "
        "set `subnet` in the stack's file to another, for example 172.16.0.0/24, which is free here"
    )
    refuse_taken_subnet(IPv4Network("172.16.0.0/24"), OWN, [], read_routes(json.dumps(ROUTES)))


def test_a_vpn_in_all_of_the_private_range_leaves_another_one() -> None:
    assert "for example 10.213.0.0/24" in refusal(SUBNET, routes=[{"dst": "172.16.0.0/12", "dev": "tun0"}])


def test_another_docker_network_is_named() -> None:
    assert "which belongs to the Docker network shop_default" in refusal(
        SUBNET, network("shop_default", "172.16.90.0/26")
    )


def test_ones_own_network_isnt_in_the_way() -> None:
    routes = read_routes('[{"dst": "172.16.90.0/24", "dev": "br-0123456789ab"}]')
    own = network(OWN, str(SUBNET), bridge="br-0123456789ab")
    refuse_taken_subnet(SUBNET, OWN, [own], routes)
    # the subnet is to be made smaller: what goes with the network is no obstacle
    refuse_taken_subnet(IPv4Network("172.16.90.0/25"), OWN, [own], routes)


def test_nothing_free_is_said() -> None:
    assert free_subnet(24, [IPv4Network("0.0.0.0/0")]) is None
    routes = [{"dst": each, "dev": "tun0"} for each in ("172.16.0.0/12", "10.0.0.0/8", "198.18.0.0/15")]
    assert "your network's administrator knows" in refusal(SUBNET, routes=routes)


@pytest.mark.parametrize("prefix", [8, 16, 24, 28])
def test_what_is_free_has_the_size_and_is_free(prefix: int) -> None:
    taken = [IPv4Network("172.16.0.0/17"), IPv4Network("10.213.0.0/16")]
    free = free_subnet(prefix, taken)
    assert free is None if prefix == 8 else free and free.prefixlen == prefix
    assert not any(free and free.overlaps(each) for each in taken)


@pytest.mark.parametrize("text", ["{", '{"dst": 1}', '[{"gateway": "10.0.0.1"}]', '[{"dst": 7}]'])
def test_an_answer_that_isnt_a_list_of_routes_is_one_line(text: str) -> None:
    with pytest.raises(OpsError, match="isn't a list of routes"):
        read_routes(text)


def test_an_engines_networks_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [
        {"Id": "0123456789abcdef", "Name": "shop", "Options": None, "IPAM": {"Config": [{"Subnet": "10.1.0.0/16"}]}},
        {
            "Id": "ffff",
            "Name": "bridge",
            "Options": {"com.docker.network.bridge.name": "docker0"},
            "IPAM": {"Config": [{"Subnet": "172.17.0.0/16"}, {"Subnet": "fd00::/64"}]},
        },
        {"Id": "eeee", "Name": "host", "Options": {}, "IPAM": {"Config": None}},
    ]

    class Api:
        def networks(self) -> list[object]:
            return listed

    class Client:
        api = Api()

    monkeypatch.setattr(DockerEngine, "_connected", lambda _self: Client())
    assert DockerEngine("unix:///x").networks() == [
        network("shop", "10.1.0.0/16", bridge="br-0123456789ab"),
        network("bridge", "172.17.0.0/16", bridge="docker0"),
        network("host", bridge="br-eeee"),
    ]
