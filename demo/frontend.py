"""The frontend: one page that lists the orders the API knows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from html import escape

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from prometheus_client import CollectorRegistry

from demo import redis_link
from demo.app import Unavailable, base_app, in_background, on_stop
from demo.environment import Environment
from demo.faults import FaultSource
from demo.health import Health
from demo.log import describe, event
from demo.metrics import RequestMetrics, new_registry
from demo.orders import shown_orders
from demo.page import html_page
from demo.parse import BadInput
from demo.serve import Service

API_TIME_LIMIT = 15.0  # seconds: longer than the slowness one switches on to see an alert


class ApiClient:
    """The frontend's view of the API at `url`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: ClientSession | None = None

    async def open(self, _app: web.Application) -> AsyncIterator[None]:
        """A clean-up context that keeps the HTTP session while the application runs."""
        self._session = ClientSession(timeout=ClientTimeout(total=API_TIME_LIMIT))
        yield
        await self._session.close()

    async def answers(self) -> None:
        """Raises when nothing answers at the API's address.

        Whether the API itself is well is the API's own affair: one cause, one unhealthy service.
        """
        async with self._live().get(f"{self._url}/healthz"):
            pass

    async def orders(self) -> list[dict[str, object]]:
        """The newest orders; raises `Unavailable` when the API doesn't deliver."""
        try:
            async with self._live().get(f"{self._url}/orders") as answer:
                if answer.status != 200:
                    raise Unavailable(f"the API answered {answer.status}")
                return shown_orders(json.loads(await answer.read()))
        except TimeoutError:
            raise Unavailable("the API is too slow") from None
        except (ClientError, OSError) as error:  # the health probe logs that, once
            raise Unavailable("the API can't be reached") from error
        except (ValueError, BadInput) as error:
            event("api_answer_wrong", level="warning", problem=describe(error))
            raise Unavailable("the API sent something else") from None

    def _live(self) -> ClientSession:
        if self._session is None:
            raise Unavailable("the frontend is starting")
        return self._session


def orders_page(orders: list[dict[str, object]]) -> web.Response:
    """The page with a table of orders."""
    rows = "".join(
        f'<tr><td class="num">{escape(str(order["id"]))}</td><td>{escape(str(order["item"]))}</td>'
        f'<td class="num">{escape(str(order["quantity"]))}</td>'
        f'<td class="num">{escape(str(order["value_euro"]))}</td><td>{escape(str(order["status"]))}</td></tr>'
        for order in orders
    )
    table = (
        '<table><thead><tr><th class="num">No.</th><th>Item</th><th class="num">Pieces</th>'
        f'<th class="num">Value €</th><th>Status</th></tr></thead><tbody>{rows}</tbody></table>'
        if orders
        else '<p class="mute">No orders yet.</p>'
    )
    return html_page("Orders", f"<header><h1>Orders</h1></header>{table}")


def make_app(api: ApiClient, faults: FaultSource, registry: CollectorRegistry) -> web.Application:
    """The frontend's application over an API client."""
    requests = RequestMetrics(registry)
    app = base_app(registry, Health({"api": api.answers}), [requests.middleware, faults.middleware])

    async def show(_request: web.Request) -> web.Response:
        try:
            return orders_page(await api.orders())
        except Unavailable as error:
            reason = f"<p>Orders can't be shown just now: {escape(str(error))}.</p>"
            return html_page("Orders", f"<header><h1>Orders</h1></header>{reason}", status=502)

    app.router.add_get("/", show)
    requests.prepare(app)
    # Before the background tasks, which use it: contexts start in order.
    app.cleanup_ctx.insert(0, api.open)
    in_background(app, "faults", faults.watch)
    return app


def build(environment: Environment) -> Service:
    """The frontend from the environment; raises `ConfigError`."""
    redis = redis_link.connect(environment)
    faults = FaultSource("frontend", redis_link.RedisFaults(redis))
    app = make_app(ApiClient(environment.url("API_URL")), faults, new_registry())
    on_stop(app, redis.aclose)
    return Service("frontend", app, environment.port("LISTEN_PORT", 8080))
