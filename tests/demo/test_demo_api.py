"""The API: orders, caching, what happens while a dependency is away, its metrics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from prometheus_client import CollectorRegistry

from demo.api import make_app
from demo.faults import Faults, FaultSource, encode
from demo.health import Health
from demo.metrics import DURATION_BUCKETS, new_registry
from tests.demo.fakes import Client, MemoryBoard, MemoryCache, MemoryQueue, MemoryStore, client_of, sample

COFFEE = {"item": "coffee", "quantity": 2, "price_euro": 4.5}


@dataclass
class Stage:
    store: MemoryStore = field(default_factory=MemoryStore)
    cache: MemoryCache = field(default_factory=MemoryCache)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    board: MemoryBoard = field(default_factory=MemoryBoard)
    registry: CollectorRegistry = field(default_factory=new_registry)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        health = Health({"postgres": self.store.probe, "redis": self.cache.probe})
        faults = FaultSource("api", self.board)
        app = make_app(self.store, self.cache, self.queue, health, faults, self.registry)
        await health.probe("postgres")
        await health.probe("redis")
        await faults.poll()
        async with client_of(app) as client:
            yield client


def test_an_order_is_stored_queued_and_counted() -> None:
    async def go() -> None:
        stage = Stage()
        async with stage.client() as client:
            answer = await client.post("/orders", json=COFFEE)
            assert answer.status == 201
            assert answer.headers["Location"] == "/orders/1"
            order = await answer.json()
            assert (order["id"], order["value_euro"], order["status"]) == (1, 9.0, "new")
            assert stage.queue.waiting == ["1"]
            assert [shown["id"] for shown in await (await client.get("/orders")).json()] == [1]
            assert await (await client.get("/orders/1")).json() == order
        assert sample(stage.registry, "orders_created_total") == 1
        assert sample(stage.registry, "orders_value_euro_total") == 9.0

    asyncio.run(go())


def test_reads_come_from_the_cache_until_a_new_order_changes_the_list() -> None:
    async def go() -> None:
        stage = Stage()
        async with stage.client() as client:
            for _ in range(3):
                await client.get("/orders")
            assert stage.store.reads == 1
            await client.post("/orders", json=COFFEE)
            assert len(await (await client.get("/orders")).json()) == 1
            assert stage.store.reads == 2

    asyncio.run(go())


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{", "not valid JSON"),
        (b"[" * 60_000, "not valid JSON"),
        (b"[]", "must be a JSON object, not a list"),
        (b'{"quantity": 1, "price_euro": 1}', "item is missing"),
        (b'{"item": "", "quantity": 1, "price_euro": 1}', "item must be a text of 1 to 100"),
        (b'{"item": "a\\u0000b", "quantity": 1, "price_euro": 1}', "item must be a text"),
        (b'{"item": "a\\ud800", "quantity": 1, "price_euro": 1}', "item must be a text"),
        (b'{"item": "x", "quantity": 1.5, "price_euro": 1}', "quantity must be a whole number, not 1.5"),
        (b'{"item": "x", "quantity": true, "price_euro": 1}', "quantity must be a number from 1 to 1000"),
        (b'{"item": "x", "quantity": -1, "price_euro": 1}', "quantity must be a number from 1 to 1000, not -1"),
        (b'{"item": "x", "quantity": 1, "price_euro": NaN}', "price_euro must be a number"),
        (b'{"item": "x", "quantity": 1, "price_euro": 1, "colour": 1}', 'unknown field "colour"'),
        (b"[" * 100_000, "body size 65536 exceeded"),
    ],
)
def test_a_bad_order_is_refused_in_one_sentence(body: bytes, sentence: str) -> None:
    async def go() -> None:
        stage = Stage()
        async with stage.client() as client:
            answer = await client.post("/orders", data=body)
            assert answer.status in {400, 413}
            text = (await answer.json())["error"]
            assert sentence in text
            assert "\n" not in text
        assert not stage.store.orders

    asyncio.run(go())


@pytest.mark.parametrize("number", ["2", "x", "1e3", "-1", "99999999999999999999", "%F0%9F%98%80", "\u0661"])
def test_an_order_that_is_not_there_is_404(number: str) -> None:
    async def go() -> None:
        async with Stage().client() as client:
            answer = await client.get(f"/orders/{number}")
            assert answer.status == 404
            assert "there is no order" in (await answer.json())["error"]

    asyncio.run(go())


def test_without_redis_it_reads_but_takes_no_orders() -> None:
    async def go() -> None:
        stage = Stage()
        stage.cache.away = stage.queue.away = True
        async with stage.client() as client:
            assert (await client.get("/orders")).status == 200
            assert (await client.post("/orders", json=COFFEE)).status == 503
            assert (await client.get("/healthz")).status == 503
        assert not stage.store.orders

    asyncio.run(go())


def test_an_order_that_cannot_be_queued_is_not_kept() -> None:
    async def go() -> None:
        stage = Stage()
        stage.queue.away = True
        async with stage.client() as client:
            assert (await client.post("/orders", json=COFFEE)).status == 503
        assert not stage.store.orders
        assert sample(stage.registry, "orders_created_total") == 0

    asyncio.run(go())


def test_without_postgres_it_answers_503_and_recovers() -> None:
    async def go() -> None:
        stage = Stage()
        stage.store.away = True
        async with stage.client() as client:
            assert (await client.get("/orders")).status == 503
            health = await client.get("/healthz")
            assert health.status == 503
            assert (await health.json())["dependencies"]["redis"] == "ok"
            stage.store.away = False
            async with asyncio.timeout(5):
                while (await client.get("/healthz")).status != 200:
                    await asyncio.sleep(0.05)
            assert (await client.get("/orders")).status == 200

    asyncio.run(go())


def test_an_unforeseen_error_shows_no_traceback() -> None:
    async def go() -> None:
        stage = Stage()

        async def broken() -> None:
            raise KeyError("hush")

        stage.store.latest = broken  # type: ignore[method-assign,assignment]
        async with stage.client() as client:
            answer = await client.get("/orders")
            assert answer.status == 500
            assert "hush" not in await answer.text()
        assert sample(stage.registry, "http_requests_total", method="GET", route="/orders", status="500") == 1

    asyncio.run(go())


def test_requests_are_counted_by_route_template_only() -> None:
    async def go() -> None:
        stage = Stage()
        async with stage.client() as client:
            await client.post("/orders", json=COFFEE)
            for path in ("/orders/1", "/orders/2", "/healthz", "/metrics", "/a/b?c", "/../etc"):
                await client.get(path)
            await client.delete("/orders")
            await client.request("PROPFIND", "/orders")
        count = "http_requests_total"
        registry = stage.registry
        assert sample(registry, count, method="GET", route="/orders/{id}", status="200") == 1
        assert sample(registry, count, method="GET", route="/orders/{id}", status="404") == 1
        assert sample(registry, count, method="GET", route="unmatched", status="404") == 2
        assert sample(registry, count, method="DELETE", route="unmatched", status="405") == 1
        assert sample(registry, count, method="other", route="unmatched", status="405") == 1
        assert sample(registry, "http_requests_in_progress") == 0
        routes = {s.labels["route"] for metric in registry.collect() for s in metric.samples if "route" in s.labels}
        assert routes == {"/orders", "/orders/{id}", "unmatched"}

    asyncio.run(go())


def test_each_route_starts_with_zero_errors() -> None:
    stage = Stage()

    async def go() -> None:
        async with stage.client():
            pass

    asyncio.run(go())
    for method, route in (("GET", "/orders"), ("POST", "/orders"), ("GET", "/orders/{id}")):
        assert sample(stage.registry, "http_requests_total", method=method, route=route, status="500") == 0


def test_the_duration_histogram_has_bounds_on_both_sides_of_two_seconds() -> None:
    assert sum(bound < 2 for bound in DURATION_BUCKETS) >= 3
    assert sum(bound > 2 for bound in DURATION_BUCKETS) >= 3
    assert 2 in DURATION_BUCKETS


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "text/plain; version=0.0.4"),
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "application/openmetrics-text"),
    ],
)
def test_the_metrics_page_is_in_the_format_asked_for(accept: str, kind: str) -> None:
    async def go() -> None:
        async with Stage().client() as client:
            answer = await client.get("/metrics", headers={"Accept": accept})
            text = await answer.text()
            assert answer.headers["Content-Type"].startswith(kind)
            assert "orders_created_total 0.0" in text
            assert "_created{" not in text
            assert "process_resident_memory_bytes" in text

    asyncio.run(go())


def test_faults_fail_requests_but_neither_health_nor_metrics() -> None:
    async def go() -> None:
        stage = Stage()
        stage.board.texts["api"] = encode(Faults(errors=1.0, latency_seconds=0.05))
        async with stage.client() as client:
            start = asyncio.get_running_loop().time()
            assert (await client.get("/orders")).status == 500
            assert asyncio.get_running_loop().time() - start >= 0.05
            assert (await client.get("/healthz")).status == 200
            assert (await client.get("/metrics")).status == 200
        total = "http_requests_total"
        assert sample(stage.registry, total, method="GET", route="/orders", status="500") == 1
        duration = sample(stage.registry, "http_request_duration_seconds_sum", method="GET", route="/orders")
        assert duration is not None
        assert duration >= 0.05

    asyncio.run(go())
