"""Orders in PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import LiteralString

import psycopg
from psycopg.rows import TupleRow

from demo.app import Unavailable
from demo.environment import Environment, SecretFile
from demo.orders import LISTED_ORDERS, NewOrder, Order, Status

Connection = psycopg.AsyncConnection[TupleRow]

CONNECTIONS = 4  # per process: enough for the demo's load, little for the server
TIME_LIMIT = 5.0  # seconds for one piece of work, waiting for a connection included

_TABLE = """
CREATE TABLE IF NOT EXISTS orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item text NOT NULL,
    quantity integer NOT NULL,
    value_cents bigint NOT NULL,
    status text NOT NULL DEFAULT 'new',
    created_at timestamptz NOT NULL DEFAULT now()
)
"""
_COLUMNS: LiteralString = "id, item, quantity, value_cents, status, created_at"


@dataclass(frozen=True)
class Address:
    """Where the database is and as whom to log in."""

    host: str
    port: int
    user: str
    name: str
    password: SecretFile

    @classmethod
    def from_environment(cls, environment: Environment) -> Address:
        """POSTGRES_HOST, _PORT, _USER, _DB and _PASSWORD_FILE; raises `ConfigError`."""
        return cls(
            host=environment.text("POSTGRES_HOST"),
            port=environment.port("POSTGRES_PORT", 5432),
            user=environment.text("POSTGRES_USER"),
            name=environment.text("POSTGRES_DB"),
            password=environment.secret("POSTGRES_PASSWORD_FILE"),
        )


def connector(address: Address, application: str) -> Callable[[], Awaitable[Connection]]:
    """A function that opens a connection which notices a vanished server within seconds."""

    async def connect() -> Connection:
        return await psycopg.AsyncConnection.connect(
            host=address.host,
            port=address.port,
            user=address.user,
            dbname=address.name,
            password=address.password.read(),
            application_name=application,
            connect_timeout=3,
            options="-c statement_timeout=4000",
            tcp_user_timeout=4000,
            autocommit=True,
        )

    return connect


class Pool:
    """A handful of connections, opened when needed; a broken one is thrown away, the idle ones with it."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], size: int = CONNECTIONS) -> None:
        self._connect = connect
        self._free = asyncio.Semaphore(size)
        self._idle: list[Connection] = []

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection; raises `Unavailable` when the database is away or too slow."""
        try:
            async with asyncio.timeout(TIME_LIMIT), self._free:
                connection = self._idle.pop() if self._idle else await self._connect()
                try:
                    yield connection
                except BaseException as error:
                    await self._close([connection])
                    if isinstance(error, psycopg.OperationalError):
                        # A restarted server has broken the others as well: don't let each fail a request.
                        await self.close()
                    raise
                self._idle.append(connection)
        except (psycopg.OperationalError, TimeoutError, OSError) as error:
            raise Unavailable("the database can't be reached just now") from error

    async def close(self) -> None:
        """Close all idle connections."""
        idle, self._idle = self._idle, []
        await self._close(idle)

    @staticmethod
    async def _close(connections: list[Connection]) -> None:
        for connection in connections:
            with suppress(Exception):  # it is broken: nothing more to be done with it
                await connection.close()


class Orders:
    """The table of orders. Every method raises `Unavailable` when the database is away."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def ready(self) -> None:
        """Make sure that the database answers and the table is there (again)."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute("SELECT to_regclass('orders') IS NOT NULL")
            row = await cursor.fetchone()
            if row is None or not row[0]:
                await connection.execute(_TABLE)

    async def latest(self, limit: int = LISTED_ORDERS) -> list[Order]:
        """The newest orders, newest first."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                f"SELECT {_COLUMNS} FROM orders ORDER BY id DESC LIMIT %s",  # noqa: S608 - constant text
                (limit,),
            )
            return [_order(row) for row in await cursor.fetchall()]

    async def get(self, order_id: int) -> Order | None:
        """One order, or None."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                f"SELECT {_COLUMNS} FROM orders WHERE id = %s",  # noqa: S608 - constant text
                (order_id,),
            )
            row = await cursor.fetchone()
            return None if row is None else _order(row)

    async def add(self, new: NewOrder) -> Order:
        """Store an order; its status is ``new``."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                f"INSERT INTO orders (item, quantity, value_cents) VALUES (%s, %s, %s) RETURNING {_COLUMNS}",  # noqa: S608
                (new.item, new.quantity, new.value_cents),
            )
            row = await cursor.fetchone()
            if row is None:
                raise Unavailable("the database took no order")
            return _order(row)

    async def remove(self, order_id: int) -> None:
        """Take an order back."""
        async with self._pool.connection() as connection:
            await connection.execute("DELETE FROM orders WHERE id = %s", (order_id,))

    async def finish(self, order_id: int, status: Status) -> bool:
        """Set an order's final status; False when it isn't there or has one already."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "UPDATE orders SET status = %s WHERE id = %s AND status = 'new'", (status, order_id)
            )
            return cursor.rowcount == 1

    async def prune(self, keep: int) -> int:
        """Delete all but the newest `keep` orders; returns how many went."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "DELETE FROM orders WHERE id <= (SELECT id FROM orders ORDER BY id DESC OFFSET %s LIMIT 1)",
                (keep,),
            )
            return cursor.rowcount


def _order(row: TupleRow) -> Order:
    order_id, item, quantity, value_cents, status, created_at = row
    if isinstance(created_at, datetime):
        created_at = created_at.astimezone(UTC)
    return Order(order_id, item, quantity, value_cents, status, created_at)
