"""The frontend: its page, and what it shows when the API fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from demo import frontend
from demo.faults import FaultSource
from demo.frontend import ApiClient, make_app
from demo.metrics import new_registry
from tests.demo.fakes import Client, MemoryBoard, client_of, sample

EVIL = {"id": 1, "item": "<script>alert(1)</script>", "quantity": 2, "value_euro": 9.0, "status": '"><img src=x>'}


@asynccontextmanager
async def stage(answer: object, status: int = 200, pause: float = 0.0) -> AsyncIterator[Client]:
    async def orders(_request: web.Request) -> web.Response:
        await asyncio.sleep(pause)
        return web.json_response(answer, status=status)

    async def health(_request: web.Request) -> web.Response:
        return web.Response(status=503)

    api = web.Application()
    api.router.add_get("/orders", orders)
    api.router.add_get("/healthz", health)
    async with TestServer(api, shutdown_timeout=0.1) as server:
        url = str(server.make_url("")).rstrip("/")
        app = make_app(ApiClient(url), FaultSource("frontend", MemoryBoard()), new_registry())
        async with client_of(app) as client:
            yield client


def test_the_page_lists_orders_escaped() -> None:
    async def go() -> None:
        async with stage([EVIL]) as client:
            answer = await client.get("/")
            text = await answer.text()
            assert answer.status == 200
            assert "<script" not in text
            assert "<img" not in text
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]

    asyncio.run(go())


@pytest.mark.parametrize(("answer", "status"), [([EVIL], 500), ({"error": "x"}, 200), ([{"id": 1}], 200), (["x"], 200)])
def test_a_failing_api_gives_a_page_that_says_so(answer: object, status: int) -> None:
    async def go() -> None:
        async with stage(answer, status) as client:
            page = await client.get("/")
            assert page.status == 502
            assert "can&#x27;t be shown" in (text := await page.text()) or "can't be shown" in text

    asyncio.run(go())


def test_a_slow_api_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "API_TIME_LIMIT", 0.1)

    async def go() -> None:
        async with stage([], pause=5) as client:
            page = await client.get("/")
            assert page.status == 502
            assert "too slow" in await page.text()

    asyncio.run(go())


def test_it_is_ready_once_the_api_answers_and_not_while_it_is_away() -> None:
    async def ready() -> None:
        async with stage([]) as client:
            async with asyncio.timeout(5):
                while (await client.get("/healthz")).status != 200:
                    await asyncio.sleep(0.05)

    async def away() -> None:
        registry = new_registry()
        app = make_app(ApiClient("http://127.0.0.1:1"), FaultSource("frontend", MemoryBoard()), registry)
        async with client_of(app) as client:
            assert (await client.get("/healthz")).status == 503
            assert (await client.get("/")).status == 502
        assert sample(registry, "http_requests_total", method="GET", route="/", status="502") == 1

    asyncio.run(ready())
    asyncio.run(away())
