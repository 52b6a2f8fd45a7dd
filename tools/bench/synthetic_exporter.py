"""Many targets out of a few real pages: what an exporter really exports, with counters that count on."""

import re
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

COUNTING = {"counter", "histogram", "summary"}
DOUBLING_SECONDS = 3600.0
_TYPE = re.compile(r"^# TYPE (\S+) (\w+)$")
_SAMPLE = re.compile(r"^((?:[^{\s]+)(?:\{.*\})?) (\S+)(?: \d+)?$")


class Page:
    """A page of metrics in the text format; gauges stay as they were, counters grow evenly, buckets in proportion."""

    def __init__(self, text: str) -> None:
        kinds: dict[str, str] = {}
        lines: list[str] = []
        self._values: list[float] = []
        for line in text.splitlines():
            if declared := _TYPE.match(line):
                kinds[declared[1]] = declared[2]
            sample = _SAMPLE.match(line)
            if sample and not line.startswith("#") and _kind(sample[1], kinds) in COUNTING:
                lines.append(sample[1].replace("%", "%%") + " %.12g")
                self._values.append(float(sample[2]))
            elif sample and not line.startswith("#"):
                lines.append(f"{sample[1]} {sample[2]}".replace("%", "%%"))
            else:
                lines.append(line.replace("%", "%%"))
        self.samples = sum(1 for line in lines if line and not line.startswith("#"))
        self._template = "\n".join(lines) + "\n"

    def at(self, seconds: float) -> str:
        """The page so many seconds after it was taken."""
        factor = 1 + seconds / DOUBLING_SECONDS
        return self._template % tuple(value * factor for value in self._values)


def _kind(series: str, kinds: Mapping[str, str]) -> str:
    name = series.partition("{")[0]
    if name in kinds:
        return kinds[name]
    return kinds.get(re.sub(r"_(bucket|count|sum|total)$", "", name), "gauge")


class SyntheticExporter:
    """Serves each page at `/<name>/<anything>`, so that one page stands for any number of targets."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        started = time.monotonic()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                page = pages.get(self.path.split("/")[1])
                body = page.at(time.monotonic() - started).encode() if page else b""
                self.send_response(200 if page else 404)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """A thousand targets would drown everything else."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.address = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "SyntheticExporter":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
