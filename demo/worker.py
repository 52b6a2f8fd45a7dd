"""The worker: takes orders from the queue, works on each for a moment, marks it done."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from typing import Protocol

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from demo import database, redis_link
from demo.app import Unavailable, base_app, in_background, on_stop
from demo.environment import Environment
from demo.faults import FaultSource
from demo.health import Health
from demo.log import event
from demo.metrics import new_registry
from demo.orders import KEPT_ORDERS, OrderMissing, Status, parse_order_id
from demo.serve import Service

TAKE_WAIT = 1.0  # seconds a take waits for an order
PRUNE_INTERVAL = 60.0  # seconds
LENGTH_INTERVAL = 1.0  # seconds
JOB_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60)


class JobQueue(Protocol):
    """Where orders wait (`demo.redis_link.Queue`)."""

    async def take(self, wait: float) -> str | None: ...
    async def done(self, taken: str) -> None: ...
    async def restore(self) -> int: ...
    async def length(self) -> int: ...


class OrderStore(Protocol):
    """Where an order's status is kept (`demo.database.Orders`)."""

    async def finish(self, order_id: int, status: Status) -> bool: ...
    async def prune(self, keep: int) -> int: ...


class OrderCache(Protocol):
    """Where outdated copies of orders may be (`demo.redis_link.Cache`)."""

    async def forget(self, order_id: int) -> None: ...


class Worker:
    """Works on one order at a time; there is one worker per queue."""

    def __init__(
        self,
        queue: JobQueue,
        store: OrderStore,
        cache: OrderCache,
        health: Health,
        faults: FaultSource,
        registry: CollectorRegistry,
        work_seconds: tuple[float, float] = (0.01, 0.06),
    ) -> None:
        self._queue = queue
        self._store = store
        self._cache = cache
        self._health = health
        self._faults = faults
        self._work_seconds = work_seconds
        self._length = Gauge("worker_queue_length", "Orders that wait.", registry=registry)
        self._length.set(float("nan"))  # not known yet is not the same as empty
        self._processed = Counter("orders_processed_total", "Orders marked done.", registry=registry)
        self._jobs = Counter("worker_jobs_total", "Jobs by result.", ["result"], registry=registry)
        for result in ("done", "failed", "requeued"):
            self._jobs.labels(result)
        self._duration = Histogram(
            "worker_job_duration_seconds", "Time a job took.", buckets=JOB_BUCKETS, registry=registry
        )

    async def work(self) -> None:
        """Take and process orders for ever; pauses while a dependency is away."""
        await self._wait_until_ready()
        restored = await self._queue.restore()
        if restored:
            event("jobs_restored", count=restored)
        while True:
            taken = await self._queue.take(TAKE_WAIT)
            if taken is not None:
                await self.process(taken)

    async def process(self, taken: str) -> None:
        """Work on one queued number; raises `Unavailable` when its result couldn't be stored."""
        start = time.perf_counter()
        try:
            done = await self._finish(parse_order_id(taken))
        except OrderMissing:
            event("job_dropped", level="warning", problem="not an order's number")
            done = False
        except Unavailable:
            # It stays among those in work; `work` starts over and queues it again once the database is back.
            self._jobs.labels("requeued").inc()
            raise
        self._jobs.labels("done" if done else "failed").inc()
        self._duration.observe(time.perf_counter() - start)
        await self._queue.done(taken)

    async def _finish(self, order_id: int) -> bool:
        await asyncio.sleep(random.uniform(*self._work_seconds))  # noqa: S311 - play, not a key
        failed = await self._faults.apply()
        if await self._store.finish(order_id, "failed" if failed else "done") and not failed:
            self._processed.inc()
        with suppress(Unavailable):  # what is kept runs out by itself
            await self._cache.forget(order_id)
        return not failed

    async def measure(self) -> None:
        """Keep the queue length up to date; unknown (NaN) while Redis is away."""
        while True:
            try:
                self._length.set(await self._queue.length())
            except Unavailable:
                self._length.set(float("nan"))
            await asyncio.sleep(LENGTH_INTERVAL)

    async def prune(self) -> None:
        """Delete old orders every minute."""
        while True:
            await self._wait_until_ready()
            count = await self._store.prune(KEPT_ORDERS)
            if count:
                event("orders_pruned", count=count)
            await asyncio.sleep(PRUNE_INTERVAL)

    async def _wait_until_ready(self) -> None:
        while not self._health.ok():
            await asyncio.sleep(0.2)


def make_app(worker: Worker, health: Health, faults: FaultSource, registry: CollectorRegistry) -> web.Application:
    """The worker's application: health, metrics and the work itself."""
    app = base_app(registry, health)
    in_background(app, "faults", faults.watch)
    in_background(app, "queue length", worker.measure)
    in_background(app, "prune", worker.prune)
    in_background(app, "work", worker.work)
    return app


def build(environment: Environment) -> Service:
    """The worker from the environment; raises `ConfigError`."""
    redis = redis_link.connect(environment)
    pool = database.Pool(database.connector(database.Address.from_environment(environment), "demo-worker"))
    store = database.Orders(pool)
    health = Health({"postgres": store.ready, "redis": lambda: redis_link.ping(redis)})
    faults = FaultSource("worker", redis_link.RedisFaults(redis))
    registry = new_registry()
    queue, cache = redis_link.Queue(redis), redis_link.Cache(redis)
    worker = Worker(queue, store, cache, health, faults, registry)
    app = make_app(worker, health, faults, registry)
    on_stop(app, pool.close)
    on_stop(app, redis.aclose)
    return Service("worker", app, environment.port("LISTEN_PORT", 8080))
