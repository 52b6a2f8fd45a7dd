"""What all the demo's HTTP services have in common: health, metrics, background tasks, errors as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry

from demo.health import Health
from demo.log import describe, event
from demo.metrics import metrics_page
from demo.parse import BadInput

Work = Callable[[], Awaitable[None]]

RETRY_PAUSE = 1.0  # seconds before a background task that failed is started again


class Unavailable(Exception):
    """Something the answer needs is away for now; becomes an answer 503 with this text."""


def base_app(
    registry: CollectorRegistry,
    health: Health,
    middlewares: Iterable[Middleware] = (),
    *,
    client_max_size: int = 64 * 1024,
) -> web.Application:
    """An application with ``/healthz`` and ``/metrics`` that probes the dependencies while it runs.

    `middlewares` go around the one that turns errors into answers. `client_max_size`: bytes of a body.
    """
    app = web.Application(middlewares=[*middlewares, errors_as_json], client_max_size=client_max_size)
    app.router.add_get("/healthz", health.handle)
    app.router.add_get("/metrics", metrics_page(registry))
    in_background(app, "health", health.watch)
    return app


def in_background(app: web.Application, name: str, work: Work) -> None:
    """Keep `work` running as long as the application runs; when it fails it is logged and started again."""

    async def context(_app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(_for_ever(name, work), name=name)
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    app.cleanup_ctx.append(context)


def on_stop(app: web.Application, close: Work) -> None:
    """Call `close` when the application has stopped, after all background tasks, which may still need it."""

    async def context(_app: web.Application) -> AsyncIterator[None]:
        yield
        await close()

    app.cleanup_ctx.insert(0, context)  # the first context is cleaned up last


async def _for_ever(name: str, work: Work) -> None:
    while True:
        try:
            await work()
        except Unavailable:  # the health probe logs that, once
            pass
        except Exception as error:
            event("task_failed", level="error", task=name, problem=describe(error))
        await asyncio.sleep(RETRY_PAUSE)


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error with ``{"error": "one sentence"}``; details go to the log, never to the client."""
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        headers = {"Allow": answer.headers["Allow"]} if "Allow" in answer.headers else None
        text = answer.text if answer.text and not answer.text.startswith(f"{answer.status}:") else answer.reason
        return web.json_response({"error": text}, status=answer.status, headers=headers)
    except BadInput as error:
        return web.json_response({"error": str(error)}, status=400)
    except Unavailable as error:
        return web.json_response({"error": str(error)}, status=503, headers={"Retry-After": "2"})
    except Exception as error:
        event("request_failed", level="error", method=request.method, problem=describe(error))
        return web.json_response({"error": "the service failed to answer this request"}, status=500)
