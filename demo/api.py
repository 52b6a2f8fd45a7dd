"""The API: orders in PostgreSQL, cached in Redis, queued for the worker."""

from __future__ import annotations

import json
from typing import Protocol

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter

from demo import database, redis_link
from demo.app import Unavailable, base_app, in_background, on_stop
from demo.environment import Environment
from demo.faults import FaultSource
from demo.health import Health
from demo.metrics import RequestMetrics, new_registry
from demo.orders import NewOrder, Order, OrderMissing, encode_order, parse_new_order, parse_order_id
from demo.reader import Reader
from demo.serve import Service


class OrderStore(Protocol):
    """Where orders are kept (`demo.database.Orders`)."""

    async def latest(self) -> list[Order]: ...
    async def get(self, order_id: int) -> Order | None: ...
    async def add(self, new: NewOrder) -> Order: ...
    async def remove(self, order_id: int) -> None: ...


class OrderCache(Protocol):
    """Where orders are cached (`demo.redis_link.Cache`)."""

    async def get(self, order_id: int | None) -> str | None: ...
    async def put(self, order_id: int | None, text: str) -> None: ...
    async def forget(self, order_id: int) -> None: ...


class OrderQueue(Protocol):
    """Where orders wait for the worker (`demo.redis_link.Queue`)."""

    async def push(self, order_id: int) -> None: ...


class Api:
    """The handlers. Without Redis it still reads (from PostgreSQL), but takes no new orders."""

    def __init__(
        self,
        store: OrderStore,
        cache: OrderCache,
        queue: OrderQueue,
        health: Health,
        registry: CollectorRegistry,
    ) -> None:
        self._store = store
        self._cache = cache
        self._queue = queue
        self._health = health
        self._created = Counter("orders_created_total", "Orders taken.", registry=registry)
        self._value = Counter("orders_value_euro_total", "Value of the orders taken, euro.", registry=registry)

    async def list_orders(self, _request: web.Request) -> web.Response:
        """``GET /orders``: the newest orders, newest first."""
        text = await self._cached(None)
        if text is None:
            self._need("postgres")
            text = json.dumps([order.as_json() for order in await self._store.latest()])
            await self._keep(None, text)
        return web.Response(text=text, content_type="application/json")

    async def show_order(self, request: web.Request) -> web.Response:
        """``GET /orders/{id}``: one order, or 404."""
        given = request.match_info["id"]
        try:
            order_id = parse_order_id(given)
            text = await self._cached(order_id)
            if text is None:
                text = encode_order(await self._stored(order_id))
                await self._keep(order_id, text)
        except OrderMissing:
            raise web.HTTPNotFound(text=f"there is no order {given[:20]}") from None
        return web.Response(text=text, content_type="application/json")

    async def create_order(self, request: web.Request) -> web.Response:
        """``POST /orders``: store, queue, answer 201; an order that can't be queued isn't kept."""
        new = parse_new_order(await request.read())
        self._need("postgres")
        self._need("redis")
        order = await self._store.add(new)
        try:
            await self._queue.push(order.id)
        except Unavailable:
            await self._store.remove(order.id)
            raise
        await self._drop(order.id)
        self._created.inc()
        self._value.inc(order.value_cents / 100)
        return web.json_response(order.as_json(), status=201, headers={"Location": f"/orders/{order.id}"})

    def _need(self, dependency: str) -> None:
        # Trying one that is known to be away would hold each request for the whole time limit.
        if not self._health.ok(dependency):
            raise Unavailable(f"{dependency} is away just now")

    async def _stored(self, order_id: int) -> Order:
        self._need("postgres")
        order = await self._store.get(order_id)
        if order is None:
            raise OrderMissing
        return order

    async def _cached(self, order_id: int | None) -> str | None:
        if not self._health.ok("redis"):
            return None
        try:
            return await self._cache.get(order_id)
        except Unavailable:
            return None

    async def _keep(self, order_id: int | None, text: str) -> None:
        if self._health.ok("redis"):
            try:
                await self._cache.put(order_id, text)
            except Unavailable:
                return

    async def _drop(self, order_id: int) -> None:
        try:
            await self._cache.forget(order_id)
        except Unavailable:
            return  # what is kept runs out by itself


def make_app(
    store: OrderStore,
    cache: OrderCache,
    queue: OrderQueue,
    health: Health,
    faults: FaultSource,
    registry: CollectorRegistry,
) -> web.Application:
    """The API's application over any store, cache and queue; `health` needs the probes ``postgres`` and ``redis``."""
    requests = RequestMetrics(registry)
    app = base_app(registry, health, [requests.middleware, faults.middleware])
    api = Api(store, cache, queue, health, registry)
    app.router.add_get("/orders", api.list_orders)
    app.router.add_post("/orders", api.create_order)
    app.router.add_get("/orders/{id}", api.show_order)
    requests.prepare(app)
    in_background(app, "faults", faults.watch)
    return app


def build(environment: Environment) -> Service:
    """The API from the environment; raises `ConfigError`."""
    redis = redis_link.connect(environment)
    pool = database.Pool(database.connector(database.Address.from_environment(environment), "demo-api"))
    store = database.Orders(pool)
    reader = Reader.from_environment(environment, pool)
    probes = [store.ready, *([reader.ready] if reader else [])]

    async def postgres() -> None:
        for probe in probes:
            await probe()

    health = Health({"postgres": postgres, "redis": lambda: redis_link.ping(redis)})
    app = make_app(
        store,
        redis_link.Cache(redis),
        redis_link.Queue(redis),
        health,
        FaultSource("api", redis_link.RedisFaults(redis)),
        new_registry(),
    )
    on_stop(app, pool.close)
    on_stop(app, redis.aclose)
    return Service("api", app, environment.port("LISTEN_PORT", 8080))
