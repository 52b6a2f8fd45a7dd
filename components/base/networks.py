"""Networks, by trust: what talks to what, and what can't."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.base.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A container's place on a network, under the names it is found by there."""

    network: pulumi.Input[str]
    aliases: tuple[str, ...] = ()


def bridge(
    stack: Stack,
    part: str,
    parent: pulumi.Resource,
    *,
    internal: bool = False,
    ipam: docker.NetworkIpamConfigArgs | None = None,
) -> docker.Network:
    """A bridge network of the stack; an internal one has no way out."""
    return docker.Network(
        f"network-{part}",
        name=stack.name(part),
        driver="bridge",
        internal=internal,
        ipam_configs=[ipam] if ipam else None,
        options={"com.docker.network.driver.mtu": str(stack.settings.network_mtu)}
        if stack.settings.network_mtu
        else None,
        labels=[docker.NetworkLabelArgs(label=key, value=value) for key, value in sorted(stack.labels(part).items())],
        opts=pulumi.ResourceOptions(parent=parent, delete_before_replace=True),
    )


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """Docker networks beside the stack's own: yours, or the demo's.

    Attributes:
        services: where services are scraped and probed.
        databases: where PostgreSQL and Redis are reached.
        receivers: where mail servers and other receivers are reached, beside the edge.
    """

    services: Sequence[pulumi.Input[str]]
    databases: Sequence[pulumi.Input[str]]
    receivers: Sequence[pulumi.Input[str]]


class Networks(pulumi.ComponentResource):
    """The stack's own networks (`autonomica:monitoring:Networks`).

    - `monitoring`: internal, no way out; servers and exporters talk here. Its subnet is fixed, because exporters
      that see the host from its own network listen on the host's address in it and nowhere else.
    - `edge`: the way out (notifications, targets elsewhere) and the published ports.
    - `exporters`: from the database exporters to the databases; never shared with the edge.
    """

    def __init__(self, stack: Stack, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:Networks", "networks", {}, opts)
        self._monitoring = bridge(
            stack,
            "monitoring",
            self,
            internal=True,
            ipam=docker.NetworkIpamConfigArgs(subnet=str(stack.settings.subnet), gateway=stack.settings.gateway),
        )
        self._edge = bridge(stack, "edge", self)
        self._exporters = bridge(stack, "exporters", self)
        self.register_outputs(
            {"monitoring": self._monitoring.name, "edge": self._edge.name, "exporters": self._exporters.name}
        )

    def monitoring(self, *aliases: str) -> Attachment:
        """A place on the internal network."""
        return Attachment(network=self._monitoring.name, aliases=aliases)

    def edge(self) -> Attachment:
        """A place on the network with a way out."""
        return Attachment(network=self._edge.name)

    def exporters(self) -> Attachment:
        """A place on the network towards the databases."""
        return Attachment(network=self._exporters.name)
