"""The load generator, and the switchboard for faults."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import AsyncIterator

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web
from prometheus_client import CollectorRegistry, Counter, Gauge

from demo import redis_link
from demo.app import base_app, in_background, on_stop
from demo.environment import Environment
from demo.faults import FaultBoard, encode, parse_faults, read_board
from demo.health import Health, Probe
from demo.log import event
from demo.metrics import new_registry
from demo.serve import Service

MOST_AT_ONCE = 100  # requests; more would only measure the generator
TIME_LIMIT = 30.0  # seconds for one request
HIGHEST_RATE = 200.0  # requests per second
OPENING_TIME = 60.0  # seconds; a shop that isn't open by then gets requests all the same
REMEMBERED = 50  # newest orders to ask for

ITEMS = ("coffee", "tea", "cocoa", "biscuits", "sugar", "oat milk")

# What is sent, and how often: mostly reads, one write in five.
_MIX = (("frontend", "page", 50), ("api", "list", 15), ("api", "show", 15), ("api", "create", 20))
_WEIGHTS = [weight for _, _, weight in _MIX]


class Generator:
    """Sends `rate` requests per second (0: none) to the frontend and the API."""

    def __init__(self, rate: float, frontend_url: str, api_url: str, registry: CollectorRegistry) -> None:
        self._rate = rate
        self._frontend_url = frontend_url
        self._api_url = api_url
        self._session: ClientSession | None = None
        self._known: deque[int] = deque(maxlen=REMEMBERED)
        self._running: set[asyncio.Task[None]] = set()
        self._sent = Counter(
            "load_requests_total",
            "Requests sent, by kind of answer.",
            ["target", "result"],
            registry=registry,
        )
        for target in ("frontend", "api"):
            for result in ("2xx", "3xx", "4xx", "5xx", "no_answer"):
                self._sent.labels(target, result)
        self._skipped = Counter(
            "load_requests_skipped_total", "Requests not sent: too many unanswered.", registry=registry
        )
        in_flight = Gauge("load_requests_in_flight", "Requests waiting for an answer.", registry=registry)
        in_flight.set_function(lambda: len(self._running))

    async def open(self, _app: web.Application) -> AsyncIterator[None]:
        """A clean-up context: the HTTP session, and the end of what is still under way."""
        timeout = ClientTimeout(total=TIME_LIMIT)
        self._session = ClientSession(timeout=timeout, connector=TCPConnector(limit=MOST_AT_ONCE))
        yield
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._session.close()

    async def run(self) -> None:
        """Send at an even pace for ever, never more than `MOST_AT_ONCE` at a time."""
        if self._rate == 0:
            event("no_load")
            await asyncio.Event().wait()
        await self._until_open()
        due = time.monotonic()
        while True:
            self._start_one()
            # After a pause of the whole machine the lost requests aren't sent in one burst.
            due = max(due + 1 / self._rate, time.monotonic() - 1)
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _until_open(self) -> None:
        """Wait until the shop has opened: a request before would be an error, and errors page people."""
        until = time.monotonic() + OPENING_TIME
        while time.monotonic() < until and not (
            await self._is_open(self._api_url) and await self._is_open(self._frontend_url)
        ):
            await asyncio.sleep(0.2)

    async def _is_open(self, url: str) -> bool:
        if self._session is None:
            return False
        try:
            async with self._session.get(f"{url}/healthz", timeout=ClientTimeout(total=2)) as answer:
                return answer.status == 200
        except (ClientError, OSError, TimeoutError):
            return False

    def _start_one(self) -> None:
        if len(self._running) >= MOST_AT_ONCE:
            self._skipped.inc()
            return
        target, kind, _ = random.choices(_MIX, _WEIGHTS)[0]  # noqa: S311 - play, not a key
        task = asyncio.create_task(self._send(target, kind))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _send(self, target: str, kind: str) -> None:
        try:
            result = f"{await self._request(kind) // 100}xx"
        except (ClientError, OSError, TimeoutError, ValueError):
            result = "no_answer"
        self._sent.labels(target, result).inc()

    async def _request(self, kind: str) -> int:
        """Send one request; returns the status of the answer."""
        session = self._session
        if session is None:
            raise OSError("not started")
        if kind == "create":
            order = {
                "item": random.choice(ITEMS),  # noqa: S311
                "quantity": random.randint(1, 5),  # noqa: S311
                "price_euro": random.randint(150, 2500) / 100,  # noqa: S311
            }
            async with session.post(f"{self._api_url}/orders", json=order) as answer:
                body = await answer.read()
                if answer.status == 201:
                    self._known.append(int(json.loads(body)["id"]))
                return answer.status
        path = {"page": f"{self._frontend_url}/", "list": f"{self._api_url}/orders"}.get(kind)
        if path is None:
            if not self._known:
                return await self._request("create")
            path = f"{self._api_url}/orders/{random.choice(self._known)}"  # noqa: S311
        async with session.get(path) as answer:
            await answer.read()
            return answer.status


def make_app(generator: Generator, board: FaultBoard, ping: Probe, registry: CollectorRegistry) -> web.Application:
    """The application: load in the background, and ``/faults``.

    Ready when the faults can be kept. The services under load are no dependencies of it: its work is to go on
    when they fail.
    """
    app = base_app(registry, Health({"redis": ping}))

    async def show(_request: web.Request) -> web.Response:
        return web.json_response(await read_board(board))

    async def switch(request: web.Request) -> web.Response:
        service, faults = parse_faults(await request.read())
        await board.set(service, encode(faults))
        event("faults_switched", target=service, faults=encode(faults))
        return web.json_response(await read_board(board))

    async def clear(_request: web.Request) -> web.Response:
        await board.clear()
        event("faults_cleared")
        return web.json_response({})

    app.router.add_get("/faults", show)
    app.router.add_post("/faults", switch)
    app.router.add_delete("/faults", clear)
    app.cleanup_ctx.append(generator.open)
    in_background(app, "load", generator.run)
    return app


def build(environment: Environment) -> Service:
    """The load generator from the environment; raises `ConfigError`."""
    redis = redis_link.connect(environment)
    registry = new_registry()
    generator = Generator(
        rate=environment.number("LOAD_RATE", 5, 0, HIGHEST_RATE),
        frontend_url=environment.url("FRONTEND_URL"),
        api_url=environment.url("API_URL"),
        registry=registry,
    )
    app = make_app(generator, redis_link.RedisFaults(redis), lambda: redis_link.ping(redis), registry)
    on_stop(app, redis.aclose)
    return Service("load", app, environment.port("LISTEN_PORT", 8080))
