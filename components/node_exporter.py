"""Node exporter: the Docker host itself."""

import pulumi

from components.base.container import NOBODY, Limits, ServiceArgs, service
from components.base.mounts import Mount
from components.base.networks import Networks
from components.base.stack import Stack
from config import addresses, health_checks


class NodeExporter(pulumi.ComponentResource):
    """CPU, memory, disks, network, processes of the host (`autonomica:monitoring:NodeExporter`).

    It sees the host's root filesystem (read-only), processes and network: in a network of its own it would
    report the container's traffic. It listens on the host's address in the monitoring network alone.
    """

    def __init__(self, networks: Networks, *, stack: Stack, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:NodeExporter", "node-exporter", {}, opts)
        address = stack.settings.gateway
        port = addresses.NODE_EXPORTER_PORT
        self.container = service(
            "node-exporter",
            ServiceArgs(
                image="node_exporter",
                limits=Limits(memory_mb=128, cpus=0.5),
                user=NOBODY,
                host_network=True,
                host_processes=True,
                # Without a propagation: the engine, whose data lie below, then chooses `rslave`, which shows the host's
                # later mounts, too, and does without where `/` is mounted private.
                mounts=[Mount(target="/host", host_path="/")],
                command=[
                    "--path.rootfs=/host",
                    f"--web.listen-address={address}:{port}",
                    "--collector.processes",
                    # container layers and kernel filesystems are not disks
                    # (wherever the engine keeps its data: their names are the container's id)
                    r"--collector.filesystem.mount-points-exclude=^/(dev|proc|sys|run|var/lib/docker/.+|var/lib/containerd/.+)($|/)|/containers/[0-9a-f]{64}/",
                    r"--collector.netdev.device-exclude=^(veth.*|br-.*|docker0|lo)$",
                ],
                health=health_checks.http_get(port, "/", host=address),
                after=[networks],  # the address comes with the network
            ),
            stack=stack,
            parent=self,
        )
        self.register_outputs({"address": f"{address}:{port}"})
