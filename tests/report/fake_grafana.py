"""A Grafana with a few dashboards, and answers that a test sets."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

TOKEN = "canary-token"


class FakeGrafana(BaseHTTPRequestHandler):
    """Answers whoever brings the token; `asked` keeps the queries."""

    dashboards: ClassVar[dict[str, dict[str, Any]]] = {}
    results: ClassVar[dict[str, Any]] = {}
    status: ClassVar[int] = 200
    asked: ClassVar[list[dict[str, Any]]] = []

    def do_GET(self) -> None:
        uid = self.path.rpartition("/")[2]
        if self.path.startswith("/api/search"):
            found = [{"uid": key, "title": one["title"], "folderTitle": ""} for key, one in self.dashboards.items()]
            self._answer(200, found)
        elif self.path == "/api/datasources":
            self._answer(403, {"message": "no"})
        elif uid in self.dashboards:
            self._answer(200, {"dashboard": self.dashboards[uid]})
        else:
            self._answer(404, {"message": "Dashboard not found"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body)
        self._answer(self.status, self.results)

    def _answer(self, status: int, document: Any) -> None:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            status, document = 401, {"message": "Unauthorized"}
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@contextmanager
def fake_grafana(dashboards: dict[str, dict[str, Any]], results: dict[str, Any], status: int = 200) -> Iterator[str]:
    """Its address."""
    FakeGrafana.dashboards, FakeGrafana.results = dashboards, results
    FakeGrafana.status, FakeGrafana.asked = status, []
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeGrafana) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def dashboard(uid: str, *panels: dict[str, Any]) -> dict[str, Any]:
    """A dashboard with a variable `service`, whose panels stand below each other."""
    return {
        "uid": uid,
        "title": uid.capitalize(),
        "description": f"What {uid} shows.",
        "templating": {
            "list": [
                {"name": "datasource", "type": "datasource", "query": "prometheus", "current": {"value": "prometheus"}},
                {"name": "service", "type": "query", "includeAll": True, "allValue": ".*"},
            ]
        },
        "panels": [
            {"type": "row", "title": "A <row>", "gridPos": {"y": 0}},
            *({"gridPos": {"x": 0, "y": 1 + 8 * at, "w": 12, "h": 8}, **each} for at, each in enumerate(panels)),
        ],
    }


def panel(title: str, kind: str = "timeseries") -> dict[str, Any]:
    """A panel that asks one thing."""
    return {
        "type": kind,
        "title": title,
        "description": f"About {title}.",
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "targets": [{"refId": "A", "expr": 'up{service=~"$service"}', "datasource": {"uid": "${datasource}"}}],
    }
