"""The worker: jobs done, failed and put back; its metrics."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from prometheus_client import CollectorRegistry

from demo.app import Unavailable
from demo.faults import Faults, FaultSource
from demo.health import Health
from demo.metrics import new_registry
from demo.orders import NewOrder
from demo.worker import Worker, make_app
from tests.demo.fakes import MemoryBoard, MemoryCache, MemoryQueue, MemoryStore, client_of, sample


@dataclass
class Stage:
    store: MemoryStore = field(default_factory=MemoryStore)
    cache: MemoryCache = field(default_factory=MemoryCache)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    registry: CollectorRegistry = field(default_factory=new_registry)
    faults: FaultSource = field(default_factory=lambda: FaultSource("worker", MemoryBoard()))

    def __post_init__(self) -> None:
        self.health = Health({"postgres": self.store.probe, "redis": self.queue.probe})
        no_time = (0.0, 0.0)
        self.worker = Worker(self.queue, self.store, self.cache, self.health, self.faults, self.registry, no_time)

    async def order(self) -> str:
        order = await self.store.add(NewOrder("tea", 1, 100))
        self.cache.texts[order.id] = "outdated"
        await self.queue.push(order.id)
        return str(order.id)

    def jobs(self, result: str) -> float | None:
        return sample(self.registry, "worker_jobs_total", result=result)

    async def until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not met():
                await asyncio.sleep(0.01)


def run(test: Callable[[Stage], Awaitable[None]]) -> None:
    async def go() -> None:
        await test(Stage())

    asyncio.run(go())


def test_all_results_are_there_from_the_start_and_the_length_is_unknown() -> None:
    stage = Stage()
    assert [stage.jobs(result) for result in ("done", "failed", "requeued")] == [0, 0, 0]
    length = sample(stage.registry, "worker_queue_length")
    assert length is not None
    assert math.isnan(length)


def test_queued_orders_are_marked_done() -> None:
    async def test(stage: Stage) -> None:
        for _ in range(3):
            await stage.order()
        async with client_of(make_app(stage.worker, stage.health, stage.faults, stage.registry)) as client:
            await stage.until(lambda: stage.jobs("done") == 3 and not stage.queue.in_work)
            assert (await client.get("/healthz")).status == 200
            await stage.until(lambda: sample(stage.registry, "worker_queue_length") == 0)
        assert {order.status for order in stage.store.orders.values()} == {"done"}
        assert not stage.cache.texts
        assert sample(stage.registry, "orders_processed_total") == 3
        assert sample(stage.registry, "worker_job_duration_seconds_count") == 3

    run(test)


def test_a_fault_fails_the_job_and_the_order() -> None:
    async def test(stage: Stage) -> None:
        stage.faults.current = Faults(errors=1.0)
        await stage.order()
        await stage.worker.process(str(await stage.queue.take(0)))
        assert stage.store.orders[1].status == "failed"
        assert (stage.jobs("failed"), stage.jobs("done")) == (1, 0)
        assert sample(stage.registry, "orders_processed_total") == 0
        assert not stage.queue.in_work

    run(test)


def test_while_the_database_is_away_a_job_is_kept_and_later_done() -> None:
    async def test(stage: Stage) -> None:
        await stage.order()
        taken = str(await stage.queue.take(0))
        stage.store.away = True
        with pytest.raises(Unavailable):
            await stage.worker.process(taken)
        assert stage.jobs("requeued") == 1
        assert stage.queue.in_work == [taken]
        async with client_of(make_app(stage.worker, stage.health, stage.faults, stage.registry)) as client:
            assert (await client.get("/healthz")).status == 503
            stage.store.away = False
            await stage.until(lambda: stage.jobs("done") == 1)
        assert stage.store.orders[1].status == "done"

    run(test)


def test_garbage_in_the_queue_is_dropped_and_an_order_is_counted_once() -> None:
    async def test(stage: Stage) -> None:
        stage.queue.in_work = ["nonsense"]
        await stage.worker.process("nonsense")
        assert stage.jobs("failed") == 1
        number = await stage.order()
        for _ in range(2):  # the second time after a restart that put it back although it was done
            stage.queue.in_work = [number]
            await stage.worker.process(number)
        assert sample(stage.registry, "orders_processed_total") == 1

    run(test)
