"""Puts the Docker plugin together: its configuration and its resource types."""

from __future__ import annotations

from typing import Final

from airgap.plugins.docker.container.resource import ContainerResource
from airgap.plugins.docker.engine import Engine
from airgap.plugins.docker.image import ImageResource
from airgap.plugins.docker.network import NetworkResource
from airgap.plugins.docker.volume import VolumeResource
from airgap.plugins.protocol.resource import Plugin, Resource
from airgap.plugins.protocol.schema import Change, Schema, boolean, text

VERSION: Final = "5.2.0"  # of the official plugin whose behaviour this one follows


def _host_problem(host: str) -> str | None:
    if host.startswith(("unix:///", "tcp://", "ssh://")):
        return None
    return f"must be unix:///path, tcp://host:port or ssh://user@host, not {host!r}"


CONFIG: Final = Schema(
    token="pulumi:providers:docker",  # noqa: S106 - a type token
    fields={
        "host": text(change=Change.UPDATE, default="unix:///var/run/docker.sock", valid=_host_problem),
        "certPath": text(change=Change.UPDATE),
        # The embedded plugin never asks the daemon before it has something to do there.
        "disableDockerDaemonCheck": boolean(change=Change.UPDATE),
    },
)


def docker_plugin() -> Plugin:
    """The plugin, not connected to any engine yet."""
    engine = Engine()
    resources: list[Resource] = [
        ContainerResource(engine),
        ImageResource(engine),
        NetworkResource(engine),
        VolumeResource(engine),
    ]
    return Plugin(
        name="Docker",
        package="docker",
        version=VERSION,
        config=CONFIG,
        configure=engine.configure,
        resources={resource.schema.token: resource for resource in resources},
    )
