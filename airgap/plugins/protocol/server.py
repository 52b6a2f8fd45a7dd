"""Starts a plugin: serves it on a free local port and prints that port, as Pulumi expects."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from airgap.plugins.protocol.resource import Plugin
from airgap.plugins.protocol.servicer import ProviderServicer

_grpc: Any = grpc  # comes without types

# As many as the engine may run at once: it starts every resource that waits for no other.
_WORKERS = 64
_MESSAGE_LIMIT = 400 * 1024 * 1024  # the Pulumi engine's own limit, in bytes


def serve(plugin: Plugin, arguments: list[str]) -> None:
    """Serves until the engine is gone.

    Args:
        plugin: The plugin.
        arguments: The command line without the program's name; the first one without a dash is the engine's address.
    """
    # The engine ends a plugin it is done with by SIGINT and waits for that, seconds if need be. Ctrl-C in a terminal
    # does not come here: the engine runs plugins in a process group of their own and cancels them by a call.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    parent = os.getppid()
    address = next((argument for argument in arguments if not argument.startswith("-")), "")
    server = _grpc.server(
        ThreadPoolExecutor(max_workers=_WORKERS),
        options=[
            ("grpc.max_receive_message_length", _MESSAGE_LIMIT),
            ("grpc.max_send_message_length", _MESSAGE_LIMIT),
            ("grpc.so_reuseport", 0),
        ],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(ProviderServicer(plugin, address), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    server.wait_for_termination()


def _end_with_parent(parent: int) -> None:
    """Ends the plugin when the engine died without saying so; otherwise it would stay for ever."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)
