"""A Prometheus that answers what a test sets, and dashboards to ask it with."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from viewer.data import Asking
from viewer.documents import Dashboard
from viewer.documents import dashboard as read_dashboard
from viewer.draw import Drawn, View, look_at
from viewer.prometheus import Prometheus
from viewer.settings import Source
from viewer.times import Period

END = 1795420800.0
PERIOD = Period(END - 3600, END, UTC)
SOURCES = [
    Source(uid="prometheus", name="Prometheus (dev)", type="prometheus"),
    Source(uid="logs", name="Logs", type="loki"),
]


class FakePrometheus(BaseHTTPRequestHandler):
    """Answers with `series` (labels and a value) at every step, or with an error."""

    series: ClassVar[list[tuple[dict[str, str], float]]] = []
    labels: ClassVar[list[str]] = []
    alerts: ClassVar[list[dict[str, Any]]] = []
    problem: ClassVar[str] = ""
    gap: ClassVar[tuple[float, float]] = (0, 0)
    asked: ClassVar[list[tuple[str, dict[str, str]]]] = []

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self._answer(address.path.removeprefix("/api/v1/"), address.query)

    def do_POST(self) -> None:
        self._answer(self.path.removeprefix("/api/v1/"), self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _answer(self, path: str, query: str) -> None:
        asked = {key: values[-1] for key, values in parse_qs(query).items()}
        self.asked.append((path, asked))
        document: dict[str, Any] = {"status": "success", "data": self._data(path, asked)}
        if self.problem:
            document = {"status": "error", "errorType": "bad_data", "error": self.problem}
        body = json.dumps(document).encode()
        self.send_response(400 if self.problem else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _data(self, path: str, asked: Mapping[str, str]) -> Any:
        if path.startswith("label"):
            return self.labels
        if path == "alerts":
            return {"alerts": self.alerts}
        if path == "query":
            at = float(asked["time"])
            return {
                "resultType": "vector",
                "result": [{"metric": labels, "value": [at, str(value)]} for labels, value in self.series],
            }
        start, end, step = (float(asked[key]) for key in ("start", "end", "step"))
        moments = [start + number * step for number in range(int((end - start) / step) + 1)]
        shown = [at for at in moments if not self.gap[0] <= at < self.gap[1]]
        return {
            "resultType": "matrix",
            "result": [
                {"metric": labels, "values": [[at, str(value)] for at in shown]} for labels, value in self.series
            ],
        }

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@contextmanager
def fake_prometheus(*series: tuple[dict[str, str], float], **more: Any) -> Iterator[Asking]:
    """A way to ask it."""
    fake = FakePrometheus
    fake.series, fake.asked = list(series), []
    fake.labels, fake.alerts = more.get("labels", []), more.get("alerts", [])
    fake.problem, fake.gap = more.get("problem", ""), more.get("gap", (0, 0))
    with ThreadingHTTPServer(("127.0.0.1", 0), fake) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield Asking(Prometheus(f"http://127.0.0.1:{server.server_port}"), SOURCES, 15)
        server.shutdown()


def asked() -> list[str]:
    """The expressions that were asked."""
    return [parameters["query"] for _, parameters in FakePrometheus.asked if "query" in parameters]


def document(*panels: dict[str, Any], uid: str = "shop", **more: Any) -> dict[str, Any]:
    """A dashboard's JSON, its panels below each other under one heading."""
    placed = [{"gridPos": {"x": 0, "y": 1 + 8 * at, "w": 12, "h": 8}, **panel} for at, panel in enumerate(panels)]
    row = {"type": "row", "title": "A <row>", "gridPos": {"y": 0}}
    return {
        "uid": uid,
        "title": uid.capitalize(),
        "description": f"What {uid} shows.",
        "panels": [row, *placed],
        **more,
    }


def panel(kind: str = "timeseries", title: str = "Requests", **more: Any) -> dict[str, Any]:
    """A panel that asks one thing."""
    targets = [{"refId": "A", "expr": "up", "legendFormat": "{{job}}"}]
    return {"type": kind, "title": title, "description": f"About {title}.", "targets": targets, **more}


def view(asking: Asking, made: Mapping[str, Any] | Dashboard, chosen: Mapping[str, list[str]] | None = None) -> View:
    """A dashboard as it is looked at."""
    dashboard = made if isinstance(made, Dashboard) else read_dashboard(dict(made))
    return look_at(dashboard, chosen or {}, PERIOD, asking)


def drawn(asking: Asking, made: Mapping[str, Any], chosen: Mapping[str, list[str]] | None = None) -> list[Drawn]:
    """Every panel of a dashboard, drawn."""
    looked = view(asking, made, chosen)
    return [looked.draw(placed.panel, placed.only, 300) for row in looked.rows() for placed in row.panels]


def library_of(folder: Path, **documents: Any) -> Path:
    """A folder as the deployment fills it; texts are written as they are."""
    index = [{"uid": uid, "folder": "Shop", "file": f"{uid}.json"} for uid in documents]
    for uid, made in documents.items():
        (folder / f"{uid}.json").write_text(made if isinstance(made, str) else json.dumps(made))
    (folder / "index.json").write_text(json.dumps({"dashboards": index}))
    return folder
