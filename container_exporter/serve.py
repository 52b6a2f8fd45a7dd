"""Answers Prometheus: measures every container when it is asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily

from container_exporter.disk_use import DiskUseWatch
from container_exporter.docker_api import DockerApi, DockerError, GoneError, Listed
from container_exporter.log import log
from container_exporter.metrics import Container, Families, label_name, samples
from container_exporter.watch import Labels, Watch

# 20.10 samples all containers once a second, and an answer waits for that even with `one-shot`: few at a time would
# add up to more than a scrape may take.
_WORKERS = 64
_CONTAINER_SECONDS = 3.0  # of one answer: a container that hangs mustn't hold up the others for long
_SCRAPE_SECONDS = 10.0  # where Prometheus doesn't say how long it waits
_MARGIN_SECONDS = 0.5


class Exporter:
    """Measures the containers of an engine.

    Args:
        api: the engine.
        labels: container labels that the series carry.
    """

    def __init__(self, api: DockerApi, labels: tuple[str, ...] = ()) -> None:
        self._api = api
        self._labels = labels
        self._pool = ThreadPoolExecutor(_WORKERS, "measure")
        self._busy = threading.Lock()
        self._problem = ""
        self.watch = Watch()
        self.disk_use = DiskUseWatch()
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)

    def start(self, stop: threading.Event) -> None:
        """Follow what happens on the engine until told to stop."""
        for follow in (self.watch.follow, self.disk_use.follow):
            threading.Thread(target=follow, args=(self._api, stop), daemon=True).start()

    def text(self, seconds: float) -> bytes:
        """Everything, in Prometheus's text format, within so many seconds; what takes longer is left out."""
        end = time.monotonic() + seconds
        # two that ask at once are answered one after the other: the engine shouldn't be asked twice as much
        if not self._busy.acquire(timeout=seconds):
            raise DockerError(f"still measuring for somebody else after {seconds:.1f} s")
        try:
            return generate_latest(_Collected([*self._measure(end), *self.disk_use.metrics()])) + generate_latest(
                self._process
            )
        finally:
            self._busy.release()

    def _measure(self, end: float) -> Iterator[Metric]:
        families, problems = Families(), []
        try:
            running = [
                listed
                for listed in self._pool.submit(self._api.containers, end - time.monotonic()).result()
                if listed.state != "restarting"  # it doesn't run: it waits
            ]
            measuring = {self._pool.submit(self._container, listed): listed for listed in running}
            done, late = wait(measuring, timeout=max(0.0, end - time.monotonic()))
            for one in late:
                one.cancel()
                problems.append(f"{measuring[one].name}: not measured in time")
            for one in done:
                try:
                    container = one.result()
                except GoneError:
                    continue
                except DockerError as error:
                    problems.append(f"{measuring[one].name}: {error}")
                    continue
                families.add(container.labels, samples(container))
            ids = {listed.id for listed in running}
            self.watch.forget_others(ids)
            for labels, kills in self.watch.killed():
                if labels.id not in ids:
                    families.add(labels, [("container_oom_events_total", {}, kills)])
        except DockerError as error:
            problems.append(str(error))
        self._tell("; ".join(problems))
        yield GaugeMetricFamily("container_scrape_error", "1: not every container was measured.", bool(problems))
        yield from families.metrics()

    def _container(self, listed: Listed) -> Container:
        labels = Labels(
            id=listed.id,
            name=listed.name,
            image=listed.image,
            more=tuple((label_name(name), listed.labels.get(name, "")) for name in self._labels),
        )
        changes = self.watch.changes()
        inspected = self.watch.inspected(listed.id)
        if inspected is None:
            inspected = self._api.inspect(listed.id, _CONTAINER_SECONDS)
            self.watch.keep(labels, inspected, changes)
        stats = self._api.stats(listed.id, _CONTAINER_SECONDS)
        return Container(
            labels=labels,
            listed=listed,
            inspected=inspected,
            stats=stats,
            kills=self.watch.kills(listed.id),
            now=time.time(),
        )

    def _tell(self, problem: str) -> None:
        """Log what is wrong when it changes, not at every scrape."""
        if problem != self._problem:
            log("incomplete", problem=problem[:2000]) if problem else log("complete")
            self._problem = problem


class _Collected:
    """Metrics that are there already, for the library to write."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        return iter(self._metrics)


class _Text(Protocol):
    def text(self, seconds: float) -> bytes: ...


def server(exporter: _Text, port: int) -> ThreadingHTTPServer:
    """A server with `/metrics` and `/healthz`, which measures nothing."""

    class Handler(BaseHTTPRequestHandler):
        """Answers one request."""

        timeout = 30  # of a connection on which nothing comes

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/healthz":
                self._answer(200, b"ok\n", "text/plain")
            elif path == "/metrics":
                try:
                    self._answer(200, exporter.text(self._seconds()), CONTENT_TYPE_LATEST)
                except DockerError as error:
                    self._answer(503, f"{error}\n".encode(), "text/plain")
            else:
                self._answer(404, b"there are /metrics and /healthz\n", "text/plain")

        def _seconds(self) -> float:
            try:
                allowed = float(self.headers.get("X-Prometheus-Scrape-Timeout-Seconds", _SCRAPE_SECONDS))
            except ValueError:
                allowed = _SCRAPE_SECONDS
            return min(max(allowed - _MARGIN_SECONDS, _MARGIN_SECONDS), 60.0)

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Requests aren't logged."""

    httpd = ThreadingHTTPServer(("", port), Handler)
    httpd.daemon_threads = True
    return httpd
