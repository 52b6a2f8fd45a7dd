"""The load generator against a stand-in for the API and the frontend."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from demo import load
from demo.load import Generator, make_app
from demo.metrics import new_registry
from tests.demo.fakes import MemoryBoard, client_of, sample


def target(seen: list[str], pause: float = 0.0, closed: list[bool] | None = None) -> web.Application:
    """A shop. `closed`: it isn't open the first times it is asked."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/healthz":
            return web.Response(status=503 if closed and closed.pop() else 200)
        seen.append(f"{request.method} {request.path}")
        await asyncio.sleep(pause)
        if request.method == "POST":
            return web.json_response({"id": 7}, status=201)
        return web.json_response([])

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    return app


def test_it_sends_reads_and_writes_at_the_asked_rate() -> None:
    async def go() -> None:
        seen: list[str] = []
        board, registry = MemoryBoard(), new_registry()
        async with TestServer(target(seen)) as server:
            url = str(server.make_url("")).rstrip("/")
            app = make_app(Generator(100, url, url, registry), board, board.probe, registry)
            async with client_of(app):
                await asyncio.sleep(1.5)
        assert 110 <= len(seen) <= 170  # 150, on a machine that may be busy
        assert {"GET /", "GET /orders", "GET /orders/7", "POST /orders"} == set(seen)
        answered = sample(registry, "load_requests_total", target="frontend", result="2xx")
        assert answered is not None
        assert answered >= seen.count("GET /") - 5  # the last ones may have been cut off

    asyncio.run(go())


def test_no_request_is_sent_before_the_shop_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    async def go(closed: list[bool]) -> list[str]:
        seen: list[str] = []
        board, registry = MemoryBoard(), new_registry()
        async with TestServer(target(seen, closed=closed)) as server:
            url = str(server.make_url("")).rstrip("/")
            async with client_of(make_app(Generator(100, url, url, registry), board, board.probe, registry)):
                await asyncio.sleep(0.3)
                before = len(seen)
                await asyncio.sleep(1)
        assert before == 0
        return seen

    assert asyncio.run(go([True, True, True]))  # open after the third time
    assert not asyncio.run(go([True] * 100))
    monkeypatch.setattr(load, "OPENING_TIME", 0.5)
    assert asyncio.run(go([True] * 100))


def test_slow_targets_do_not_pile_up_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MOST_AT_ONCE", 5)

    async def go() -> None:
        seen: list[str] = []
        board, registry = MemoryBoard(), new_registry()
        async with TestServer(target(seen, pause=30), shutdown_timeout=0.1) as server:
            url = str(server.make_url("")).rstrip("/")
            app = make_app(Generator(100, url, url, registry), board, board.probe, registry)
            async with client_of(app):
                await asyncio.sleep(0.5)
                assert sample(registry, "load_requests_in_flight") == 5
        assert len(seen) == 5
        assert (sample(registry, "load_requests_skipped_total") or 0) > 10

    asyncio.run(go())


def test_a_target_that_is_away_is_counted_and_the_generator_stays_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "OPENING_TIME", 0.1)

    async def go() -> None:
        board, registry = MemoryBoard(), new_registry()
        dead = "http://127.0.0.1:1"
        async with client_of(make_app(Generator(100, dead, dead, registry), board, board.probe, registry)) as c:
            await asyncio.sleep(0.4)
            assert (await c.get("/healthz")).status == 200
        assert (sample(registry, "load_requests_total", target="api", result="no_answer") or 0) > 0

    asyncio.run(go())
