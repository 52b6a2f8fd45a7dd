"""What a container sees of volumes and of the host's files."""

from dataclasses import dataclass

import pulumi
import pulumi_docker as docker


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume or a host path in the container.

    Attributes:
        target: path in the container.
        volume: the volume's name; or
        host_path: a path on the Docker host.
        read_only: whether the container may write.
        propagation: for host paths: `rslave` shows what is mounted on the host later, too.
    """

    target: str
    volume: pulumi.Input[str] | None = None
    host_path: str | None = None
    read_only: bool = True
    propagation: str | None = None


def mount_args(mount: Mount) -> docker.ContainerMountArgs:
    """The mount as the provider takes it."""
    return docker.ContainerMountArgs(
        target=mount.target,
        type="volume" if mount.volume is not None else "bind",
        source=mount.volume if mount.volume is not None else mount.host_path,
        read_only=mount.read_only,
        bind_options=docker.ContainerMountBindOptionsArgs(propagation=mount.propagation) if mount.propagation else None,
    )
