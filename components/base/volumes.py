"""Volumes that hold what must not be lost."""

import pulumi
import pulumi_docker as docker

from components.base.stack import Stack


def data_volume(stack: Stack, part: str, parent: pulumi.Resource) -> docker.Volume:
    """A volume that no deployment removes by accident.

    It is protected: `pulumi destroy` refuses it, and `make down` leaves it. Everywhere but in a demo stack a
    volume that goes from the program (a renamed part, say) stays on the engine all the same.
    """
    opts = pulumi.ResourceOptions(parent=parent, protect=True, retain_on_delete=not stack.settings.demo)
    return _volume(stack, part, "data", opts)


def files_volume(stack: Stack, part: str, parent: pulumi.Resource) -> docker.Volume:
    """A volume for files that the program writes: configuration and secrets. It goes with the stack."""
    return _volume(stack, part, "files", pulumi.ResourceOptions(parent=parent))


def _volume(stack: Stack, part: str, role: str, opts: pulumi.ResourceOptions) -> docker.Volume:
    return docker.Volume(
        f"volume-{part}",
        name=stack.name(part),
        labels=[
            docker.VolumeLabelArgs(label=key, value=value)
            for key, value in sorted(stack.labels(part, role=role).items())
        ],
        opts=opts,
    )
