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


@dataclass(frozen=True, kw_only=True)
class BridgeArgs:
    """A bridge network of the stack; an internal one has no way out."""

    stack: Stack
    internal: bool = False
    ipam: docker.NetworkIpamConfigArgs | None = None


def bridge(name: str, args: BridgeArgs, opts: pulumi.ResourceOptions) -> docker.Network:
    """Creates the network."""
    stack = args.stack
    mtu = stack.settings.network_mtu
    return docker.Network(
        f"network-{name}",
        name=stack.name(name),
        driver="bridge",
        internal=args.internal,
        ipam_configs=[args.ipam] if args.ipam else None,
        options={"com.docker.network.driver.mtu": str(mtu)} if mtu else None,
        labels=[docker.NetworkLabelArgs(label=key, value=value) for key, value in sorted(stack.labels(name).items())],
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True)),
    )


@dataclass(frozen=True, kw_only=True)
class NetworksArgs:
    """The stack, and a demo's networks: where its services, its databases and its notification sink are reached."""

    stack: Stack
    demo_services: pulumi.Input[str] | None = None
    demo_databases: pulumi.Input[str] | None = None


class Networks(pulumi.ComponentResource):
    """The stack's own networks (`autonomica:monitoring:Networks`), and those that it joins.

    - `monitoring`: internal, no way out; servers and exporters talk here. Its subnet is fixed, because exporters
      that see the host from its own network listen on the host's address in it and nowhere else.
    - `edge`: the way out (notifications, targets elsewhere) and the published ports.
    - `exporters`: from the database exporters to the databases; never shared with the edge.

    Attributes:
        services: where services are scraped and probed.
        databases: where PostgreSQL, Redis and the like are reached.
        receivers: where mail servers and other receivers are reached, beside the edge.
    """

    def __init__(self, name: str, args: NetworksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:Networks", name, {}, opts)
        stack, below = args.stack, pulumi.ResourceOptions(parent=self)
        ipam = docker.NetworkIpamConfigArgs(subnet=str(stack.settings.subnet), gateway=stack.settings.gateway)
        self._monitoring = bridge("monitoring", BridgeArgs(stack=stack, internal=True, ipam=ipam), below)
        self._edge = bridge("edge", BridgeArgs(stack=stack), below)
        self._exporters = bridge("exporters", BridgeArgs(stack=stack), below)
        demo_services = [args.demo_services] if args.demo_services else []
        demo_databases = [args.demo_databases] if args.demo_databases else []
        self.services = _attachments([*stack.settings.networks.services, *demo_services])
        self.databases = _attachments([*stack.settings.networks.databases, *demo_databases])
        self.receivers = _attachments(demo_services)
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


def _attachments(networks: Sequence[pulumi.Input[str]]) -> list[Attachment]:
    return [Attachment(network=network) for network in networks]
