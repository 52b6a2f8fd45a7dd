"""Waiting for something the engine still holds on to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from airgap.plugins.docker.engine import EngineError
from airgap.plugins.protocol.errors import PluginError
from airgap.plugins.protocol.operation import Operation

_PATIENCE_SECONDS: Final = 30.0  # as the official plugin waits
_BETWEEN_SECONDS: Final = 0.25


def until_free(
    operation: Operation, remove: Callable[[], None], *, busy: str, holders: Callable[[], list[str]]
) -> None:
    """Removes something, trying again while the engine says that it is in use.

    Args:
        operation: The delete under way; its own time limit counts if there is one, else 30 seconds.
        remove: Removes it.
        busy: The words by which the engine says that it is in use.
        holders: The names of the containers that use it.

    Raises:
        PluginError: it stayed in use; says by which containers.
    """
    patience = operation.remaining() if operation.seconds > 0 else _PATIENCE_SECONDS
    end = time.monotonic() + patience
    while True:
        operation.proceed()
        try:
            remove()
        except EngineError as error:
            if busy not in error.reason:
                raise
            if time.monotonic() + _BETWEEN_SECONDS >= end:
                names = ", ".join(holders()) or "no container that can be seen"
                raise PluginError(
                    f"{error}; used by: {names}; stop and remove these (docker rm -f NAME), then run again"
                ) from None
            operation.pause(_BETWEEN_SECONDS)
        else:
            return
