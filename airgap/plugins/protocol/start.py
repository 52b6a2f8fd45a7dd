"""Starts a plugin from its script."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from airgap.plugins.protocol import light_imports

if TYPE_CHECKING:
    from airgap.plugins.protocol.resource import Plugin


def start(load: Callable[[], Plugin], arguments: list[str]) -> None:
    """Serves the plugin until the Pulumi engine is gone.

    Args:
        load: Imports the plugin's modules and makes it.
        arguments: The command line without the program's name.
    """
    # The plugin's standard error is shown to the person; gRPC's own remarks about connections don't belong there.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    light_imports.install()  # before anything that loads the message types

    from airgap.plugins.protocol.server import serve

    serve(load(), arguments)
