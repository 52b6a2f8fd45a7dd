"""The live pages: the list of dashboards, a dashboard, and the panels that its page asks for."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from datetime import UTC
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from viewer import charts
from viewer.data import Asking
from viewer.documents import Library
from viewer.draw import TEMPLATES, Drawn, View, alert_list, firing, look_at
from viewer.errors import DashboardError, PanelError, ReportError
from viewer.prometheus import Prometheus
from viewer.settings import ViewerSettings
from viewer.times import period

PORT = 3000
STATIC = Path(__file__).with_name("static")
BUILT = Path("/app/built")  # made with the image, by `viewer bundle`
# from when on: what the page offers
RANGES = ("15m", "1h", "3h", "6h", "12h", "24h", "2d", "7d", "14d", "30d")
REFRESHES = ("off", "10s", "30s", "1m", "5m")
_WIDEST = 4000  # pixels
_PIXELS_PER_POINT = 4
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def asking_of(settings: ViewerSettings) -> Asking:
    """What the dashboards of a stack ask."""
    return Asking(Prometheus(settings.prometheus), settings.sources, settings.scrape_seconds)


class _OnlyOurs:
    """Answers only under names that are ours, and only questions; every answer says what a browser may do with it.

    A page from elsewhere whose name was made to point here (DNS rebinding) asks under that name.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = Request(scope).headers.get("host", "")
        name = urlsplit(f"//{host}").hostname or ""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(key.encode(), value.encode()) for key, value in _HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *headers]
            await send(message)

        refused: Response | None = None
        if name not in self._hosts and not _is_number(name):
            words = f"'{name}' is not a name of this server; set grafana.externalUrl, or use its number\n"
            refused = PlainTextResponse(words, 421)
        elif scope["method"] not in ("GET", "HEAD"):
            refused = PlainTextResponse("this server is only read\n", 405, {"allow": "GET, HEAD"})
        await (refused or self._app)(scope, receive, answer)


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Pages:
    """The pages of a stack: its dashboards, and metrics about them in the registry; `built` is where `vega.js` is."""

    def __init__(
        self, settings: ViewerSettings, library: Library, registry: CollectorRegistry, built: Path = BUILT
    ) -> None:
        self._built, self._settings, self._library = built, settings, library
        self._asking = asking_of(settings)
        self._base = urlsplit(settings.link).path.rstrip("/")
        self._seconds = Histogram("viewer_panel_seconds", "How long a panel takes to be drawn.", registry=registry)
        self._failures = Counter("viewer_panel_failures", "Panels that could not be drawn.", registry=registry)

    def app(self) -> ASGIApp:
        """The pages as a web application, below the path of the address that people use, and without it."""
        routes = [
            Route("/", self._answer(self._home)),
            Route("/dashboards", self._answer(self._list)),
            Route("/d/{uid}", self._answer(self._dashboard)),
            Route("/d/{uid}/{slug:path}", self._answer(self._dashboard)),
            Route("/api/panel/{uid}/{key}", self._answer(self._panel)),
            Route("/api/alerts", self._answer(self._alerts)),
            Route("/health", lambda _: PlainTextResponse("ok\n")),
            Mount("/static/built", StaticFiles(directory=self._built, check_dir=False)),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
        if self._base:
            routes = [Mount(self._base, routes=routes), *routes]
        hosts = frozenset({"localhost", urlsplit(self._settings.link).hostname or "", *self._settings.hosts})
        middleware = [
            Middleware(_OnlyOurs, hosts=hosts),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5),
        ]
        return Starlette(routes=routes, middleware=middleware, exception_handlers={404: self._missing})

    def _answer(self, page: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            try:
                return page(request)
            except ReportError as error:
                return self._problem(request, str(error), 404 if str(error).startswith("there is no") else 400)
            except (DashboardError, PanelError) as error:
                return self._problem(request, str(error), 422)

        return answer

    async def _missing(self, request: Request, _: Exception) -> Response:
        return self._problem(request, f"there is nothing at {request.url.path}", 404)

    def _problem(self, request: Request, problem: str, status: int) -> Response:
        if "/api/" in request.url.path:
            return JSONResponse({"problem": problem}, status)
        return self._page("problem.html", status, title="Not shown", problem=problem)

    def _page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        html = TEMPLATES.get_template(template).render(
            base=self._base, environment=self._settings.environment, version=_version(), **values
        )
        return HTMLResponse(html, status, {"cache-control": "no-store"})

    def _home(self, _: Request) -> Response:
        home = self._settings.home
        there = any(entry.uid == home and not entry.problem for entry in self._library.entries())
        return Response(status_code=302, headers={"location": f"{self._base}/{f'd/{home}' if there else 'dashboards'}"})

    def _list(self, _: Request) -> Response:
        folders: dict[str, list[Any]] = {}
        for entry in self._library.entries():
            folders.setdefault(entry.folder or "Not shown", []).append(entry)
        return self._page("list.html", title="Dashboards", folders=folders)

    def _dashboard(self, request: Request) -> Response:
        view, since, until = self._view(request)
        dashboard = view.dashboard
        refresh = request.query_params.get("refresh", dashboard.refresh)
        return self._page(
            "dashboard.html",
            title=dashboard.title,
            dashboard=dashboard,
            choices=[choice for choice in view.choices.values() if choice.shown],
            rows=view.rows(),
            since=since,
            until=until,
            absolute=(round(view.period.since * 1000), round(view.period.until * 1000)),
            ranges=RANGES,
            refreshes=REFRESHES,
            refresh=refresh,
            others=[entry for entry in self._library.entries() if not entry.problem],
            kept=urlencode({"from": since, "to": until}),
        )

    def _view(self, request: Request) -> tuple[View, str, str]:
        """A dashboard as it is asked for, and from when to when in the words of who asks."""
        dashboard, said = self._library.dashboard(request.path_params["uid"]), request.query_params
        since, until = said.get("from", dashboard.since), said.get("to", dashboard.until)
        chosen = {name.removeprefix("var-"): said.getlist(name) for name in said if name.startswith("var-")}
        return look_at(dashboard, chosen, period(since, until, time.time(), UTC), self._asking), since, until

    def _panel(self, request: Request) -> Response:
        view, *_ = self._view(request)
        panel = view.dashboard.panel(request.path_params["key"])
        only = dict(pair.partition("=")[::2] for pair in request.query_params.getlist("only"))
        width = request.query_params.get("width", "")
        pixels = min(int(width), _WIDEST) if width.isascii() and width.isdigit() else 600
        with self._seconds.time():
            drawn = view.draw(panel, only, max(pixels / _PIXELS_PER_POINT, 20))
        if drawn.problem:
            self._failures.inc()
        return JSONResponse(_as_json(drawn), headers={"cache-control": "no-store"})

    def _alerts(self, _: Request) -> Response:
        alerts = firing(self._asking)
        html = alert_list(alerts) if alerts else ""
        return JSONResponse({"count": len(alerts), "html": html}, headers={"cache-control": "no-store"})


def _as_json(drawn: Drawn) -> Mapping[str, Any]:
    found: dict[str, Any] = {
        "description": drawn.description,
        "html": drawn.html,
        "problem": drawn.problem,
        "notes": list(drawn.notes),
    }
    if drawn.chart:
        found |= {"spec": drawn.chart.spec, "values": drawn.chart.values, "configs": _CONFIGS}
    return found


_CONFIGS = {theme: {**charts.config(theme), "background": None} for theme in charts.THEMES}


def _version() -> int:
    """Changes with the files that browsers keep."""
    return max((int(path.stat().st_mtime) for path in STATIC.iterdir()), default=0)
