"""Messages to the person running Pulumi, shown beside the resource they are about."""

from __future__ import annotations

import threading
from typing import Any

import grpc

_grpc: Any = grpc  # comes without types


class EngineLog:
    """Sends messages to the Pulumi engine; silently does nothing when the engine's address is unknown or gone.

    Args:
        address: `host:port` of the engine, or "" for none.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._lock = threading.Lock()
        self._stub: Any = None

    def info(self, urn: str, message: str) -> None:
        """Shows a passing remark in the resource's row while it is being worked on."""
        self._send(urn, message, severity="INFO", ephemeral=True)

    def warn(self, urn: str, message: str) -> None:
        """Shows a warning that stays."""
        self._send(urn, message, severity="WARNING", ephemeral=False)

    def _send(self, urn: str, message: str, *, severity: str, ephemeral: bool) -> None:
        if not self.address:
            return
        # Most runs say nothing, so the engine's stubs are loaded only when they are needed.
        from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

        with self._lock:
            if self._stub is None:
                self._stub = engine_pb2_grpc.EngineStub(_grpc.insecure_channel(self.address))
        request = engine_pb2.LogRequest(
            severity=engine_pb2.LogSeverity.Value(severity), message=message, urn=urn, ephemeral=ephemeral
        )
        try:
            self._stub.Log(request, timeout=2)
        except grpc.RpcError:
            return  # a remark that can't be delivered is no reason to fail the resource
