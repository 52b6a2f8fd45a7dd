"""The entry point of the embedded Docker plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airgap.plugins.protocol.start import start

if TYPE_CHECKING:
    from airgap.plugins.protocol.resource import Plugin


def main(arguments: list[str]) -> None:
    """Serves the plugin until the Pulumi engine is gone."""
    start(_load, arguments)


def _load() -> Plugin:
    from airgap.plugins.docker.plugin import docker_plugin

    return docker_plugin()
