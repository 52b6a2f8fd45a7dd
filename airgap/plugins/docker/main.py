"""The entry point of the embedded Docker plugin."""

from __future__ import annotations

import os

from airgap.plugins.protocol import light_imports


def main(arguments: list[str]) -> None:
    """Serves the plugin until the Pulumi engine is gone."""
    # The plugin's standard error is shown to the person; gRPC's own remarks about connections don't belong there.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    light_imports.install()  # before anything that loads the message types

    from airgap.plugins.docker.plugin import docker_plugin
    from airgap.plugins.protocol.server import serve

    serve(docker_plugin(), arguments)
