"""Whether a service can do its work: each dependency is probed all the time, `/healthz` tells the result."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from demo.log import describe, event

Probe = Callable[[], Awaitable[None]]

NOT_YET = "not reached yet"
PROBE_TIMEOUT = 3.0  # seconds
INTERVAL = 1.0  # seconds between probes of a dependency that answers
LONGEST_WAIT = 3.0  # seconds between probes of one that doesn't: soon enough after it is back


class Health:
    """The state of a service's dependencies.

    `probes` maps a dependency's name to a coroutine function that raises when the dependency is away.
    """

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._probes = dict(probes)
        self._problems: dict[str, str | None] = dict.fromkeys(self._probes, NOT_YET)

    def ok(self, name: str | None = None) -> bool:
        """Whether the dependency `name`, or without a name every dependency, answered its last probe."""
        if name is not None:
            return self._problems[name] is None
        return all(problem is None for problem in self._problems.values())

    async def probe(self, name: str) -> bool:
        """Probe one dependency now, keep the result, log a change; never raises for its failure."""
        before = self._problems[name]
        try:
            async with asyncio.timeout(PROBE_TIMEOUT):
                await self._probes[name]()
        except Exception as error:
            self._problems[name] = describe(error)
            if before is None or before == NOT_YET:
                event("dependency_away", level="warning", dependency=name, problem=self._problems[name])
            return False
        self._problems[name] = None
        if before is not None:
            event("dependency_ready", dependency=name)
        return True

    async def watch(self) -> None:
        """Probe all dependencies for ever."""
        async with asyncio.TaskGroup() as group:
            for name in self._probes:
                group.create_task(self._watch_one(name))

    async def _watch_one(self, name: str) -> None:
        wait = INTERVAL / 4
        while True:
            if await self.probe(name):
                wait = INTERVAL / 4
                await asyncio.sleep(INTERVAL)
            else:
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)

    async def handle(self, _request: web.Request) -> web.Response:
        """``GET /healthz``: 200 when all dependencies are there, else 503; both tell each one's state."""
        ready = self.ok()
        body = {
            "status": "ok" if ready else "unavailable",
            "dependencies": {name: problem or "ok" for name, problem in self._problems.items()},
        }
        return web.json_response(body, status=200 if ready else 503)
