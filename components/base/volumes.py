"""Volumes that hold what must not be lost."""

import pulumi
import pulumi_docker as docker

from components.base.stack import Stack


def data_volume(name: str, stack: Stack, opts: pulumi.ResourceOptions) -> docker.Volume:
    """A volume that no deployment removes by accident.

    It is protected: `pulumi destroy` refuses it, and `make down` leaves it. Everywhere but in a demo stack a
    volume that goes from the program (a renamed part, say) stays on the engine all the same.
    """
    kept = pulumi.ResourceOptions(protect=True, retain_on_delete=not stack.settings.demo)
    return _volume(name, "data", stack, pulumi.ResourceOptions.merge(opts, kept))


def files_volume(name: str, stack: Stack, opts: pulumi.ResourceOptions) -> docker.Volume:
    """A volume for files that the program writes: configuration and secrets. It goes with the stack."""
    return _volume(name, "files", stack, opts)


def _volume(name: str, role: str, stack: Stack, opts: pulumi.ResourceOptions) -> docker.Volume:
    return docker.Volume(
        f"volume-{name}",
        name=stack.name(name),
        labels=[
            docker.VolumeLabelArgs(label=key, value=value)
            for key, value in sorted(stack.labels(name, role=role).items())
        ],
        opts=opts,
    )
