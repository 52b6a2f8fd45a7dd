"""Stand-ins for PostgreSQL and Redis, and a client for an application under test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from demo.app import Unavailable
from demo.orders import NewOrder, Order, Status

Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def client_of(app: web.Application) -> AsyncIterator[Client]:
    """A client of `app`, which runs meanwhile, background tasks included."""
    async with TestClient(TestServer(app)) as client:
        yield client


def sample(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    """A metric's value, None when there is no such series."""
    return registry.get_sample_value(name, labels)


class _CanBeAway:
    def __init__(self) -> None:
        self.away = False

    def check(self) -> None:
        if self.away:
            raise Unavailable("away")

    async def probe(self) -> None:
        self.check()


class MemoryStore(_CanBeAway):
    """Orders in a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[int, Order] = {}
        self.reads = 0

    async def latest(self) -> list[Order]:
        self.check()
        self.reads += 1
        return sorted(self.orders.values(), key=lambda order: -order.id)

    async def get(self, order_id: int) -> Order | None:
        self.check()
        self.reads += 1
        return self.orders.get(order_id)

    async def add(self, new: NewOrder) -> Order:
        self.check()
        number = max(self.orders, default=0) + 1
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        self.orders[number] = Order(number, new.item, new.quantity, new.value_cents, "new", moment)
        return self.orders[number]

    async def remove(self, order_id: int) -> None:
        self.check()
        del self.orders[order_id]

    async def finish(self, order_id: int, status: Status) -> bool:
        self.check()
        order = self.orders.get(order_id)
        if order is None or order.status != "new":
            return False
        self.orders[order_id] = replace(order, status=status)
        return True

    async def prune(self, keep: int) -> int:
        self.check()
        old = sorted(self.orders)[:-keep]
        for number in old:
            del self.orders[number]
        return len(old)


class MemoryCache(_CanBeAway):
    """Cached texts in a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[int | None, str] = {}

    async def get(self, order_id: int | None) -> str | None:
        self.check()
        return self.texts.get(order_id)

    async def put(self, order_id: int | None, text: str) -> None:
        self.check()
        self.texts[order_id] = text

    async def forget(self, order_id: int) -> None:
        self.check()
        self.texts.pop(order_id, None)
        self.texts.pop(None, None)


class MemoryQueue(_CanBeAway):
    """The queue in two lists."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[str] = []
        self.in_work: list[str] = []

    async def push(self, order_id: int) -> None:
        self.check()
        self.waiting.append(str(order_id))

    async def take(self, wait: float) -> str | None:
        self.check()
        if not self.waiting:
            await asyncio.sleep(min(wait, 0.01))
            return None
        self.in_work.append(self.waiting.pop(0))
        return self.in_work[-1]

    async def done(self, taken: str) -> None:
        self.check()
        self.in_work.remove(taken)

    async def restore(self) -> int:
        self.check()
        restored, self.in_work = self.in_work, []
        self.waiting = restored + self.waiting
        return len(restored)

    async def length(self) -> int:
        self.check()
        return len(self.waiting)


class MemoryBoard(_CanBeAway):
    """Faults in a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}

    async def all(self) -> dict[str, str]:
        self.check()
        return dict(self.texts)

    async def get(self, service: str) -> str | None:
        self.check()
        return self.texts.get(service)

    async def set(self, service: str, text: str) -> None:
        self.check()
        self.texts[service] = text

    async def clear(self) -> None:
        self.check()
        self.texts.clear()
