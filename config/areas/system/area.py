"""The hosts, as a node exporter sees them."""

from collections.abc import Iterator

from config.areas.area import Area, Exporter
from config.areas.system.dashboard import hosts
from config.settings.stack import Settings

_PORT = 9100


def _exporters(settings: Settings) -> Iterator[Exporter]:
    # It sees the host's root filesystem, processes and network: in a network of its own it would report the
    # container's traffic. It listens on the host's address in the monitoring network alone.
    yield Exporter(
        part="node-exporter",
        image="node_exporter",
        port=_PORT,
        memory_mb=128,
        cpus=0.5,
        host_network=True,
        host_processes=True,
        # Without a propagation: the engine, whose data lie below, then chooses `rslave`, which shows the host's later
        # mounts, too, and does without where `/` is mounted private.
        mounts={"/host": "/"},
        command=[
            "--path.rootfs=/host",
            f"--web.listen-address={settings.gateway}:{_PORT}",
            "--collector.processes",
            # container layers and kernel filesystems are not disks
            # (wherever the engine keeps its data: their names are the container's id)
            r"--collector.filesystem.mount-points-exclude=^/(dev|proc|sys|run|var/lib/docker/.+|var/lib/containerd/.+)($|/)|/containers/[0-9a-f]{64}/",
            r"--collector.netdev.device-exclude=^(veth.*|br-.*|docker0|lo)$",
        ],
        job="node",
        elsewhere={host.name: host.address for host in settings.hosts},
    )


AREA = Area(dashboard=hosts, exporters=_exporters)
