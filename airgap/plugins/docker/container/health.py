"""Waiting for a container: until it runs, is healthy, or has ended."""

from __future__ import annotations

import time
from typing import Any, Final

from airgap.plugins.docker.engine import Engine
from airgap.plugins.protocol.errors import PluginError
from airgap.plugins.protocol.operation import Operation

_BETWEEN_SECONDS: Final = 0.2
_SETTLE_SECONDS: Final = 0.15  # a program that can't start ends within this time
_LOG_LINES: Final = 5


class Unhealthy(PluginError):
    """The container runs, or ran, but did not become healthy."""


def inspect(engine: Engine, id: str) -> dict[str, Any]:
    """The engine's description of the container."""
    with engine.step(f"read container '{id[:12]}'") as api:
        container: dict[str, Any] = api.inspect_container(id)
        return container


def until_started(engine: Engine, operation: Operation, id: str, name: str) -> None:
    """Waits a moment and looks whether the container still runs.

    Raises:
        PluginError: it has ended already; says how and with which last words.
    """
    operation.pause(_SETTLE_SECONDS)
    state = inspect(engine, id)["State"]
    if not state["Running"]:
        raise PluginError(f"container '{name}' ended at once: {_end(state)}{last_words(engine, id)}")


def until_healthy(engine: Engine, operation: Operation, id: str, name: str, seconds: float) -> None:
    """Waits until the container is healthy.

    Raises:
        Unhealthy: it isn't after that time, or has ended, or has no health check.
    """
    end = time.monotonic() + seconds
    told = ""
    while True:
        state = inspect(engine, id)["State"]
        health = state.get("Health")
        if not state["Running"]:
            raise Unhealthy(f"container '{name}' ended before it was healthy: {_end(state)}{last_words(engine, id)}")
        if not health or health["Status"] == "none":
            raise Unhealthy(f"container '{name}' has no health check to wait for; set healthcheck, or wait=False")
        if health["Status"] == "healthy":
            return
        if time.monotonic() >= end:
            raise Unhealthy(
                f"container '{name}' is {health['Status']} after {seconds:g} s (waitTimeout); "
                f"{_last_check(health)}{last_words(engine, id)}; 'docker logs {name}' has more"
            )
        if health["Status"] != told:
            told = health["Status"]
            operation.log.info(operation.urn, f"waiting for health ({told})")
        operation.pause(_BETWEEN_SECONDS)


def until_ended(engine: Engine, operation: Operation, id: str) -> dict[str, Any]:
    """Waits for the container's end and gives the last description of it, even if it removes itself."""
    container = inspect(engine, id)
    while container["State"]["Running"]:
        operation.pause(_BETWEEN_SECONDS)
        container = inspect(engine, id)
    return container


def logs(engine: Engine, id: str, lines: int | str = "all") -> str:
    """What the container wrote."""
    with engine.step(f"read the logs of container '{id[:12]}'") as api:
        written: bytes = api.logs(id, stdout=True, stderr=True, tail=lines)
        return written.decode(errors="replace")


def last_words(engine: Engine, id: str) -> str:
    """The last lines of the container's log, for the end of a message; nothing if there are none to be had."""
    try:
        lines = [" ".join(line.split()) for line in logs(engine, id, _LOG_LINES).splitlines()]
    except PluginError:
        return ""
    words = " | ".join(line for line in lines if line)
    return f"; last log lines: {words}" if words else "; its log is empty"


def _end(state: dict[str, Any]) -> str:
    reason = " (out of memory)" if state.get("OOMKilled") else ""
    error = " ".join(str(state.get("Error") or "").split())
    return f"exit code {state['ExitCode']}{reason}{f', {error}' if error else ''}"


def _last_check(health: dict[str, Any]) -> str:
    checks = health.get("Log") or []
    if not checks:
        return "its health check has not run yet (look at interval and startPeriod)"
    output = " ".join(str(checks[-1].get("Output") or "").split()) or "no output"
    return f"its last health check ended with {checks[-1].get('ExitCode')}: {output}"
