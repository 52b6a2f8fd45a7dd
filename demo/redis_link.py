"""What the demo keeps in Redis: a cache of orders, the worker's queue, the switched-on faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.credentials import CredentialProvider
from redis.exceptions import RedisError

from demo.app import Unavailable
from demo.environment import Environment, SecretFile
from demo.orders import KEPT_ORDERS

TIME_LIMIT = 2.0  # seconds for one command
CACHE_TIME_LIMIT = 0.5  # seconds: a cache that is slower than the database helps nobody
CONNECTIONS = 20
CACHE_SECONDS = 30

QUEUE = "demo:queue"
IN_WORK = "demo:queue:in-work"
FAULTS = "demo:faults"
_LATEST = "demo:orders:latest"


class _FromFile(CredentialProvider):
    """Reads the password at each connection, so that a changed one needs no restart."""

    def __init__(self, password: SecretFile) -> None:
        self._password = password

    def get_credentials(self) -> tuple[str]:
        return (self._password.read(),)

    async def get_credentials_async(self) -> tuple[str]:
        return self.get_credentials()


def connect(environment: Environment) -> Redis:
    """A client for REDIS_HOST, REDIS_PORT, REDIS_PASSWORD_FILE; it connects when first used."""
    return Redis(
        host=environment.text("REDIS_HOST"),
        port=environment.port("REDIS_PORT", 6379),
        credential_provider=_FromFile(environment.secret("REDIS_PASSWORD_FILE")),
        decode_responses=True,
        socket_timeout=TIME_LIMIT,
        socket_connect_timeout=TIME_LIMIT,
        max_connections=CONNECTIONS,
        # One more try for a connection that a restart of Redis has cut; waiting is the callers' affair.
        retry=Retry(NoBackoff(), 1),
    )


@asynccontextmanager
async def _reachable(seconds: float | None = None) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except (RedisError, OSError) as error:
        raise Unavailable("Redis can't be reached just now") from error


class Cache:
    """Orders and the list of the newest, as JSON text, for a short time. Raises `Unavailable`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def get(self, order_id: int | None) -> str | None:
        """The kept text of an order, or of the list when `order_id` is None."""
        async with _reachable(CACHE_TIME_LIMIT):
            text = await self._redis.get(_key(order_id))
            return None if text is None else str(text)

    async def put(self, order_id: int | None, text: str) -> None:
        """Keep a text for `CACHE_SECONDS`."""
        async with _reachable(CACHE_TIME_LIMIT):
            await self._redis.set(_key(order_id), text, ex=CACHE_SECONDS)

    async def forget(self, order_id: int) -> None:
        """Drop a changed order, and the list it may be in."""
        async with _reachable(CACHE_TIME_LIMIT):
            await self._redis.delete(_key(order_id), _LATEST)


class Queue:
    """The worker's queue of order numbers. Raises `Unavailable`.

    A taken number stays in a second list until it is `done`, so a worker that dies loses none.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def push(self, order_id: int) -> None:
        """Queue an order; the oldest go when there are more than the table of orders keeps."""
        async with _reachable(), self._redis.pipeline(transaction=True) as pipeline:
            pipeline.lpush(QUEUE, str(order_id))
            pipeline.ltrim(QUEUE, 0, KEPT_ORDERS - 1)
            await pipeline.execute()

    async def take(self, wait: float) -> str | None:
        """The oldest number, or None when none came within `wait` seconds (below `TIME_LIMIT`)."""
        async with _reachable():
            taken = await self._redis.blmove(QUEUE, IN_WORK, timeout=wait, src="RIGHT", dest="LEFT")  # type: ignore[arg-type]
            return None if taken is None else str(taken)

    async def done(self, taken: str) -> None:
        """This number needs no more work."""
        async with _reachable():
            await self._redis.lrem(IN_WORK, 1, taken)

    async def restore(self) -> int:
        """Queue again, first in line, what was taken and never done; returns how many."""
        count = 0
        async with _reachable():
            while await self._redis.lmove(IN_WORK, QUEUE, src="LEFT", dest="RIGHT") is not None:
                count += 1
        return count

    async def length(self) -> int:
        """How many numbers wait."""
        async with _reachable():
            return int(await self._redis.llen(QUEUE))


class RedisFaults:
    """The switched-on faults. Raises `Unavailable`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def all(self) -> dict[str, str]:
        """All kept texts by service."""
        async with _reachable():
            return {str(name): str(text) for name, text in (await self._redis.hgetall(FAULTS)).items()}

    async def get(self, service: str) -> str | None:
        """The text kept for one service."""
        async with _reachable():
            text = await self._redis.hget(FAULTS, service)
            return None if text is None else str(text)

    async def set(self, service: str, text: str) -> None:
        """Keep a service's faults."""
        async with _reachable():
            await self._redis.hset(FAULTS, service, text)

    async def clear(self) -> None:
        """Switch all faults off."""
        async with _reachable():
            await self._redis.delete(FAULTS)


async def ping(redis: Redis) -> None:
    """Raises when Redis doesn't answer."""
    await redis.ping()


def _key(order_id: int | None) -> str:
    return _LATEST if order_id is None else f"demo:order:{order_id}"
