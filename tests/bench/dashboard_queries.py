"""How long people wait for a panel: a day of a company with many hosts and services, out of thirty days."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import requests

from config.grafana.content import placed_dashboards
from report.grafana import Grafana
from report.panel import Panel, rows
from report.variables import resolved, values
from tests.bench.figure import Figure
from tests.bench.synthetic_blocks.fleet import Sample, fleet
from tests.bench.synthetic_blocks.write import write_blocks
from tests.e2e.panel_answers import NEEDS
from tests.e2e.system import System, eventually
from tests.e2e.test_5_grafana import chosen
from tests.free_port import free_port
from tests.rules.expressions import metric_names
from tests.rules.panel_queries import panel_queries
from tests.rules.rendered import TOOLS

HOSTS = 20
SERVICES = {"api": 40, "worker": 10}  # so many like each
DAY = 86400
DAYS = 30
STEP = 15  # seconds; production's own
AHEAD = 3600  # so that there is a now as long as it is measured
FIRST_ROUND, REPETITIONS = 3, 20
PIXELS = 75  # of one of Grafana's 24 columns, on a screen of 1920
UID = "synthetic"


@dataclass(frozen=True)
class Asked:
    """A panel, and how long its answers took, in seconds."""

    panel: Panel
    queries: list[dict[str, Any]]
    seconds: list[float]


def dashboard_queries(system: System) -> list[Figure]:
    """The 95th percentile of the slowest panel of all; seconds, through Grafana."""
    now = int(time.time())
    with tempfile.TemporaryDirectory(prefix="bench-dashboards-") as folder:
        (Path(folder) / "data").mkdir()
        series = fleet(_samples(system), hosts=HOSTS, services=SERVICES)
        write_blocks(Path(folder) / "data", series, start=now - DAYS * DAY, end=now + AHEAD, step=STEP)
        with _prometheus(Path(folder), system) as address, _datasource(system, address):
            slowest = _measure(system, now)
    uid, worst = max(slowest.items(), key=lambda item: _p95(item[1]))
    listed = ", ".join(f"{name} {_p95(asked):.2f}" for name, asked in sorted(slowest.items()))
    return [
        Figure(
            name="dashboard_slowest_panel_p95_seconds",
            value=_p95(worst),
            target=1.0,
            note=f"{uid}: {worst.panel.title}; 24 h of {DAYS} days, {HOSTS} hosts, {sum(SERVICES.values())} services, "
            f"{len(series) / 1000:.1f} thousand series, a sample "
            f"every {STEP} s; slowest panel of each dashboard: {listed}",
        )
    ]


def _measure(system: System, now: int) -> dict[str, Asked]:
    """The slowest panel of each dashboard."""
    grafana = Grafana(system.url("grafana"), login=("admin", system.secret("grafanaAdminPassword")))
    silent: set[tuple[str, str]] = set()
    slowest: dict[str, Asked] = {}
    for placed in placed_dashboards(chosen(system)):
        variables = values(placed.document, [], {"datasource": [UID]})
        asked = [Asked(panel, _queries(panel, variables), []) for row in rows(placed.document) for panel in row.panels]
        for each in asked:
            for _ in range(FIRST_ROUND):
                if not _ask(grafana, each, now):
                    silent.add((placed.uid, each.panel.title))
        worst = max(asked, key=lambda each: median(each.seconds))
        for _ in range(REPETITIONS):
            _ask(grafana, worst, now)
        slowest[placed.uid] = worst
    # an answer without data is fast, and proves nothing
    missing = silent - {(uid, title) for uid, title, _ in NEEDS}
    assert not missing, f"no synthetic data for {sorted(missing)}"
    return slowest


def _queries(panel: Panel, variables: dict[str, str]) -> list[dict[str, Any]]:
    points = panel.width * PIXELS
    grain = {"maxDataPoints": points, "intervalMs": 1000 * DAY // points}
    found: list[dict[str, Any]] = resolved([{**target, **grain} for target in panel.document["targets"]], variables)
    return found


def _ask(grafana: Grafana, asked: Asked, now: int) -> bool:
    """Ask once; whether there was an answer with anything in it."""
    # not the same moment each time: nothing is to be answered out of a cache
    until = now + len(asked.seconds)
    begun = time.perf_counter()
    results = grafana.query(asked.queries, 1000 * (until - DAY), 1000 * until)
    asked.seconds.append(time.perf_counter() - begun)
    return any(
        column
        for result in results.values()
        for frame in result.get("frames", [])
        for column in frame["data"]["values"]
    )


def _p95(asked: Asked) -> float:
    return quantiles(asked.seconds[FIRST_ROUND:], n=20)[-1]


def _samples(system: System) -> Iterator[Sample]:
    """What the panels read, as the stack has it now."""
    names = sorted({name for query in panel_queries(chosen(system)) for name in metric_names(query.expr)})
    recorded = [name for name in names if ":" in name]
    # a rate needs a while until it is recorded for the first time
    eventually(lambda: all(map(system.query, recorded)), seconds=600, what=f"series of {', '.join(recorded)}")
    for name in names:
        for found in system.query(name):
            yield Sample({"__name__": name, **found["metric"]}, float(found["value"][1]))


@contextmanager
def _prometheus(folder: Path, system: System) -> Iterator[str]:
    """A Prometheus over the blocks, where the stack's Grafana can reach it and nobody else."""
    address = f"{chosen(system).gateway}:{free_port()}"
    (folder / "prometheus.yml").write_text("{}")
    process = subprocess.Popen(
        [TOOLS / "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
         "--storage.tsdb.retention.time=60d",
         "--storage.tsdb.max-block-duration=1d",  # the blocks stay as they are, whoever asks meanwhile
         f"--web.listen-address={address}", "--log.level=error"],
        cwd=folder,
    )  # fmt: skip
    try:
        eventually(lambda: _ready(address), seconds=120, what="Prometheus reads the blocks")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=60)


def _ready(address: str) -> bool:
    try:
        return requests.get(f"http://{address}/-/ready", timeout=5).ok
    except requests.ConnectionError:
        return False


@contextmanager
def _datasource(system: System, address: str) -> Iterator[None]:
    """The product's own way to another Prometheus: a further datasource in the settings."""
    source = {"uid": UID, "name": "Synthetic", "type": "prometheus", "url": f"http://{address}"}
    before = system.settings()["grafana"]
    system.configure({"grafana": {**before, "datasources": [source]}})
    system.monitor("up")
    try:
        yield
    finally:
        system.configure({"grafana": before})
        system.monitor("up")
