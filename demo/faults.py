"""Faults switched on from outside: wrong answers, slowness, a crash loop.

They are kept in Redis, not in the service, so that they outlive the service's restarts.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from demo.log import event
from demo.metrics import UNCOUNTED, route_of
from demo.parse import BadInput, flag, json_object, number, only, shown

SERVICES = ("api", "frontend", "worker")
LONGEST_LATENCY = 60.0  # seconds
POLL_INTERVAL = 1.0  # seconds
CRASH_DELAY = 2.0  # seconds from seeing the fault to the exit


@dataclass(frozen=True)
class Faults:
    """What goes wrong in one service.

    `errors`: share of requests (worker: jobs) that fail, 0 to 1. `latency_seconds`: added to each of them.
    `crash_loop`: the process exits with code 1 two seconds after it saw this.
    """

    errors: float = 0.0
    latency_seconds: float = 0.0
    crash_loop: bool = False


NONE = Faults()


class FaultBoard(Protocol):
    """Where faults are kept (`demo.redis_link.RedisFaults`): JSON text by service name."""

    async def all(self) -> dict[str, str]: ...
    async def get(self, service: str) -> str | None: ...
    async def set(self, service: str, text: str) -> None: ...
    async def clear(self) -> None: ...


def parse_faults(body: bytes) -> tuple[str, Faults]:
    """The service and its faults in a body like ``{"service": "api", "errors": 0.5}``; raises `BadInput`."""
    fields = json_object(body)
    service = fields.get("service")
    if service not in SERVICES:
        given = "nothing" if service is None else shown(service)
        raise BadInput(f"service must be one of {', '.join(SERVICES)}, not {given}")
    return str(service), _from_fields(fields)


def encode(faults: Faults) -> str:
    """Faults as the JSON text that is kept."""
    return json.dumps(asdict(faults))


def decode(text: str | None) -> Faults:
    """Kept faults; nothing, or something that isn't ours, is no fault."""
    if text is None:
        return NONE
    try:
        return _from_fields(json_object(text.encode()))
    except BadInput as error:
        event("faults_unreadable", level="warning", problem=str(error))
        return NONE


def _from_fields(fields: Mapping[str, object]) -> Faults:
    given = dict(fields)
    only(given, ("service", "errors", "latency_seconds", "crash_loop"))
    return Faults(
        errors=number(given, "errors", 0, 1) if "errors" in given else 0.0,
        latency_seconds=number(given, "latency_seconds", 0, LONGEST_LATENCY) if "latency_seconds" in given else 0.0,
        crash_loop=flag(given, "crash_loop") if "crash_loop" in given else False,
    )


def exit_at_once() -> None:
    """End the process the way a crash does: no clean-up, code 1."""
    os._exit(1)


class FaultSource:
    """The faults that hold for one service now, followed from the board."""

    def __init__(self, service: str, board: FaultBoard, crash: Callable[[], None] = exit_at_once) -> None:
        self._service = service
        self._board = board
        self._crash = crash
        self.current = NONE

    async def watch(self) -> None:
        """Follow the board for ever; while Redis is away what was last seen holds."""
        while True:
            await self.poll()
            await asyncio.sleep(POLL_INTERVAL)

    async def poll(self) -> None:
        """Look once; a crash fault ends the process after `CRASH_DELAY` seconds."""
        try:
            async with asyncio.timeout(3):
                seen = decode(await self._board.get(self._service))
        except Exception:  # Redis away: the health probe tells, once
            return
        if seen != self.current:
            self.current = seen
            event("faults_changed", **asdict(seen))
        if seen.crash_loop:
            await asyncio.sleep(CRASH_DELAY)
            event("crashing_on_purpose", level="error")
            self._crash()

    async def apply(self) -> bool:
        """Wait for the added latency; returns whether this request (or job) is to fail."""
        faults = self.current
        if faults.latency_seconds:
            await asyncio.sleep(faults.latency_seconds)
        return random.random() < faults.errors  # noqa: S311 - a coin, not a key

    @property
    def middleware(self) -> Middleware:
        """Applies the faults to each request but `/healthz` and `/metrics`."""

        @web.middleware
        async def fail(request: web.Request, handler: Handler) -> web.StreamResponse:
            if route_of(request) in UNCOUNTED:
                return await handler(request)
            if await self.apply():
                return web.json_response({"error": "switched-on fault"}, status=500)
            return await handler(request)

        return fail


async def read_board(board: FaultBoard) -> dict[str, dict[str, object]]:
    """All faults that are switched on, by service."""
    kept = {service: decode(text) for service, text in sorted((await board.all()).items())}
    return {service: asdict(faults) for service, faults in kept.items() if faults != NONE}
