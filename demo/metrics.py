"""Prometheus metrics: the `/metrics` page and the middleware that counts a service's requests."""

from __future__ import annotations

import time

import prometheus_client
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder

# The alert on slow answers asks whether the 95th percentile is above 2 s: a quantile can only be told apart
# from 2 s with several bounds on both sides of it.
DURATION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 5, 10)

# Paths that are about the service, not work it does.
UNCOUNTED = frozenset({"/metrics", "/healthz"})

UNMATCHED = "unmatched"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# One more series per counter that nothing here reads.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


def new_registry() -> CollectorRegistry:
    """A registry of its own (not the process-wide one) with the process's memory, CPU and file metrics."""
    registry = CollectorRegistry()
    prometheus_client.ProcessCollector(registry=registry)
    prometheus_client.PlatformCollector(registry=registry)
    return registry


class RequestMetrics:
    """Counts and times requests by method, route template and status."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._total = Counter(
            "http_requests_total", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self._duration = Histogram(
            "http_request_duration_seconds",
            "Time from a request to its answer.",
            ["method", "route"],
            buckets=DURATION_BUCKETS,
            registry=registry,
        )
        self._in_progress = Gauge("http_requests_in_progress", "Requests being answered now.", registry=registry)

    def prepare(self, app: web.Application) -> None:
        """Start each route's series at 0: `rate()` can't see the first error of a series that's new."""
        for resource in app.router.resources():
            if resource.canonical in UNCOUNTED:
                continue
            for route in resource:
                if route.method == "HEAD":  # registered along with each GET, hardly ever used
                    continue
                self._total.labels(route.method, resource.canonical, "500")
                self._duration.labels(route.method, resource.canonical)

    @property
    def middleware(self) -> Middleware:
        """The middleware; it belongs outermost, so that it sees the answers the others give."""

        @web.middleware
        async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
            route = route_of(request)
            if route in UNCOUNTED:
                return await handler(request)
            method = request.method if request.method in _METHODS else "other"
            status = "499"  # stays so only when the client goes away before the answer
            start = time.perf_counter()
            try:
                with self._in_progress.track_inprogress():
                    response = await handler(request)
            except web.HTTPException as answer:
                status = str(answer.status)
                raise
            except Exception:
                status = "500"
                raise
            else:
                status = str(response.status)
                return response
            finally:
                self._total.labels(method, route, status).inc()
                self._duration.labels(method, route).observe(time.perf_counter() - start)

        return count


def route_of(request: web.Request) -> str:
    """The request's route template (``/orders/{id}``), or ``unmatched``: never the raw path."""
    resource = request.match_info.route.resource
    return UNMATCHED if resource is None else resource.canonical


def metrics_page(registry: CollectorRegistry) -> Handler:
    """The handler of ``GET /metrics``, in the format that the scraper asks for."""

    async def handle(request: web.Request) -> web.StreamResponse:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(registry), headers={"Content-Type": content_type})

    return handle
