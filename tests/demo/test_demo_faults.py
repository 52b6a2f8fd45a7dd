"""The switchboard for faults and how a service follows it."""

from __future__ import annotations

import asyncio

import pytest

from demo import faults as module
from demo.faults import NONE, Faults, FaultSource, decode, encode, parse_faults
from demo.load import Generator, make_app
from demo.metrics import new_registry
from demo.parse import BadInput
from tests.demo.fakes import MemoryBoard, client_of


def test_faults_survive_encoding() -> None:
    faults = Faults(0.5, 3.0, True)
    assert decode(encode(faults)) == faults


@pytest.mark.parametrize("text", [None, "", "nonsense", "[]", '{"errors": 7}', '{"colour": "red"}'])
def test_nothing_or_garbage_on_the_board_is_no_fault(text: str | None) -> None:
    assert decode(text) == NONE


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "not valid JSON"),
        (b"3", "must be a JSON object"),
        (b"{}", "service must be one of api, frontend, worker, not nothing"),
        (b'{"service": "redis"}', 'not "redis"'),
        (b'{"service": ["api"]}', "service must be one of"),
        (b'{"service": "api", "errors": 1.5}', "errors must be a number from 0 to 1, not 1.5"),
        (b'{"service": "api", "errors": "half"}', "errors must be a number"),
        (b'{"service": "api", "latency_seconds": -1}', "latency_seconds must be a number from 0 to 60"),
        (b'{"service": "api", "latency_seconds": 1e999}', "latency_seconds must be a number"),
        (b'{"service": "api", "crash_loop": 1}', "crash_loop must be true or false, not 1"),
        (b'{"service": "api", "error": 1}', 'unknown field "error": use service, errors'),
    ],
)
def test_bad_faults_are_refused_in_one_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_faults(body)
    assert sentence in str(caught.value)


def test_a_service_follows_the_board_and_keeps_what_it_saw_while_redis_is_away() -> None:
    async def go() -> None:
        board = MemoryBoard()
        source = FaultSource("api", board)
        board.texts = {"api": encode(Faults(errors=1.0)), "worker": encode(Faults(latency_seconds=9))}
        await source.poll()
        assert source.current == Faults(errors=1.0)
        assert await source.apply()
        board.away = True
        await source.poll()
        assert source.current == Faults(errors=1.0)
        board.away = False
        board.texts.clear()
        await source.poll()
        assert source.current == NONE
        assert not await source.apply()

    asyncio.run(go())


def test_the_share_of_errors_is_kept() -> None:
    async def go() -> None:
        source = FaultSource("api", MemoryBoard())
        source.current = Faults(errors=0.5)
        failed = sum([await source.apply() for _ in range(2000)])
        assert 850 < failed < 1150

    asyncio.run(go())


def test_a_crash_loop_ends_the_process_after_the_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CRASH_DELAY", 0.05)

    async def go() -> None:
        crashes: list[float] = []
        loop = asyncio.get_running_loop()
        board = MemoryBoard()
        source = FaultSource("api", board, crash=lambda: crashes.append(loop.time()))
        await source.poll()
        assert not crashes
        board.texts["api"] = encode(Faults(crash_loop=True))
        start = loop.time()
        await source.poll()
        assert len(crashes) == 1
        assert crashes[0] - start >= 0.05

    asyncio.run(go())


def test_faults_are_switched_over_http() -> None:
    async def go() -> None:
        board = MemoryBoard()
        registry = new_registry()
        generator = Generator(0, "http://127.0.0.1:9", "http://127.0.0.1:9", registry)
        async with client_of(make_app(generator, board, board.probe, registry)) as client:
            assert await (await client.get("/faults")).json() == {}
            answer = await client.post("/faults", json={"service": "api", "errors": 0.5, "crash_loop": True})
            assert answer.status == 200
            on = {"errors": 0.5, "latency_seconds": 0.0, "crash_loop": True}
            assert await answer.json() == {"api": on}
            # A second order replaces the first, other services' faults stay.
            await client.post("/faults", json={"service": "worker", "latency_seconds": 2})
            await client.post("/faults", json={"service": "api", "latency_seconds": 3})
            shown = await (await client.get("/faults")).json()
            assert shown["api"] == {"errors": 0.0, "latency_seconds": 3.0, "crash_loop": False}
            assert shown["worker"]["latency_seconds"] == 2.0
            bad = await client.post("/faults", data=b'{"service": "sink"}')
            assert bad.status == 400
            assert "service must be one of" in (await bad.json())["error"]
            assert await (await client.delete("/faults")).json() == {}
            assert board.texts == {}
            board.away = True
            assert (await client.get("/faults")).status == 503

    asyncio.run(go())
