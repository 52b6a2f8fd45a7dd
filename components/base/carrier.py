"""Files that the program writes: configuration and secrets, on a volume of their own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_docker as docker

from components.base.files import File, uploads
from components.base.mounts import Mount, mount_args
from components.base.stack import Stack, label_args
from components.base.volumes import files_volume

# Any would do, as nothing in it is started, but one that sets a USER: an engine of 20.10 looks that up among the host's
# users when it gives the files their owner, and fails.
_IMAGE = "caddy"


@dataclass(frozen=True, kw_only=True)
class CarrierArgs:
    """What is carried.

    Attributes:
        stack: what it belongs to.
        directory: the folder in the server's container, and in the carrier.
        files: the files, in the order in which they are to appear.
        mounts: further volumes below the folder, so that files can be dropped in through the carrier.
    """

    stack: Stack
    directory: str
    files: Sequence[File]
    mounts: Sequence[Mount] = ()


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """Files on their volume.

    Attributes:
        container: never started; whatever has to start anew with other files is replaced with it.
        mount: what a server mounts, read-only.
    """

    container: docker.Container
    mount: Mount


def config_carrier(name: str, args: CarrierArgs, opts: pulumi.ResourceOptions) -> Carrier:
    """A volume of files, written through a container that is never started.

    A changed file replaces the carrier, which takes less than a second; a server that mounts the volume keeps
    running. It needs no shell and works on a remote Docker host, where a bind mount of a local file doesn't.
    """
    stack = args.stack
    volume = files_volume(name, stack, opts)
    mount = Mount(target=args.directory, volume=volume.name)
    container = docker.Container(
        name,
        name=stack.name(name),
        image=stack.images.image_id(_IMAGE),
        start=False,
        must_run=False,
        network_mode="none",
        uploads=uploads(args.files),
        mounts=[mount_args(replace(each, read_only=False)) for each in (mount, *args.mounts)],
        labels=label_args(stack.labels(name, role="carrier")),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True)),
    )
    return Carrier(container=container, mount=mount)
