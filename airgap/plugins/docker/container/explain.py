"""Adds to the engine's errors about a container what a person needs to get on."""

from __future__ import annotations

import re
from typing import Final

from airgap.plugins.docker.container.schema import SCHEMA
from airgap.plugins.docker.engine import Engine, EngineError
from airgap.plugins.protocol.errors import PluginError

_ADDRESS: Final = re.compile(r"(?:Bind for|listen (?:tcp|udp)[46]?) (\S+?):(\d+)[: ]")
_NETWORK: Final = re.compile(r"network (\S+) not found")


def name_taken(engine: Engine, error: EngineError, name: str) -> PluginError:
    """The error of a create call whose container's name another container has."""
    holder = "another container"
    identifier = name
    try:
        with engine.step("read the container that has the name") as api:
            other = api.inspect_container(name)
        identifier = other["Id"][:12]
        holder = f"container {identifier} (image {other['Config']['Image']}, {other['State']['Status']})"
    except PluginError:
        pass  # it may be gone by now; the first message stands
    return PluginError(
        f"can't create container '{name}': the name is in use by {holder}; remove that one ('docker rm -f {name}') "
        f"or adopt it ('pulumi import {SCHEMA.token} NAME {identifier}') [engine: {error.reason}]"
    )


def start_failed(engine: Engine, error: EngineError, name: str) -> PluginError:
    """The error of a start call."""
    address = _ADDRESS.search(error.reason)
    if address and ("already allocated" in error.reason or "already in use" in error.reason):
        ip, port = address.groups()
        return PluginError(
            f"can't start container '{name}': port {port} on {ip} is taken by {_publisher(engine, port, name)}; "
            f"free it or choose another external port [engine: {error.reason}]"
        )
    return network_missing(error, name)


def _publisher(engine: Engine, port: str, name: str) -> str:
    try:
        with engine.step("list containers") as api:
            found = api.containers(filters={"publish": port})
    except PluginError:
        found = []
    others = [names for item in found if (names := item["Names"][0].lstrip("/")) != name]
    return f"container '{others[0]}'" if others else f"another program on the host ('ss -ltnp sport = :{port}' tells)"


def network_missing(error: EngineError, name: str) -> PluginError:
    """The error of a connect or start call; older engines look for the networks only at the start."""
    missing = _NETWORK.search(error.reason) if error.status == 404 else None
    if missing is None:
        return error
    return PluginError(
        f"can't connect container '{name}' to network '{missing[1]}': there is no such network; "
        f"create it first (depends_on) or correct the name [engine: {error.reason}]"
    )
