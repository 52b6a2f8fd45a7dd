"""Runs a service until SIGTERM, then closes it within the time a container is given to stop."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass

from aiohttp import web

from demo.log import describe, event

# Seconds that requests in progress are given when the service stops. aiohttp takes it twice: once for them to end
# by themselves, once for them to end when cancelled.
ANSWER_TIME = 1.5
STOP_TIME = 4.0  # seconds for everything, background tasks and connections included


@dataclass(frozen=True)
class Service:
    """A service ready to run: its name, its application and the TCP port it listens on."""

    name: str
    app: web.Application
    port: int


def run(service: Service) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code, 1 when the port can't be had."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(_serve(service))
    finally:
        loop.close()  # or the garbage collector does, and takes the signals' handlers from whatever runs then


async def _serve(service: Service) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    # No access log: paths carry the Slack token, and one line per request is noise.
    runner = web.AppRunner(service.app, access_log=None, shutdown_timeout=ANSWER_TIME)
    try:
        await runner.setup()
        await web.TCPSite(runner, port=service.port).start()
    except OSError as error:
        event("start_failed", level="error", port=service.port, problem=describe(error))
        await runner.cleanup()
        return 1
    event("started", port=service.port)
    await stop.wait()
    event("stopping")
    # Not `wait_for`: that would wait on, for a clean-up that can't be cancelled. The process ends in any case.
    closing = asyncio.create_task(runner.cleanup())
    await asyncio.wait({closing}, timeout=STOP_TIME)
    event("stopped", complete=closing.done())
    return 0
