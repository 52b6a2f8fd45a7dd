"""How long people wait for a panel: a day of a company with many hosts and services, out of thirty days."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from statistics import median, quantiles

import requests

from config.grafana.content import placed_dashboards
from config.viewer.files import dashboard_files, viewer_file
from tests.e2e.panel_answers import panel_may_be_empty
from tests.e2e.system import System
from tests.e2e.test_5_grafana import chosen
from tests.support.expressions import metric_names
from tests.support.free_port import free_port
from tests.support.panel_queries import panel_queries
from tests.support.rendered import TOOLS
from tests.support.waiting import eventually
from tests.viewer.browser import chromium, opened, serving, show
from tools.bench.figure import Figure
from tools.bench.synthetic_blocks.fleet import Sample, fleet
from tools.bench.synthetic_blocks.write import write_blocks
from viewer.data import Asking
from viewer.documents import Dashboard, dashboard
from viewer.draw import Drawn, Placed, look_at
from viewer.prometheus import Prometheus
from viewer.settings import Source, ViewerSettings
from viewer.times import Period

HOSTS = 20
SERVICES = {"api": 40, "worker": 10}  # so many like each
DAY = 86400
DAYS = 30
STEP = 15  # seconds; production's own
AHEAD = 3600  # so that there is a now as long as it is measured
FIRST_ROUND, REPETITIONS = 3, 20
PIXELS = 75  # of one of the 24 columns, on a screen of 1920


@dataclass(frozen=True)
class Asked:
    """A panel, and how long it took to be drawn, in seconds."""

    placed: Placed
    seconds: list[float]


def dashboard_queries(system: System) -> list[Figure]:
    """The 95th percentile of the slowest panel of all; seconds, drawn by the viewer."""
    now = int(time.time())
    with tempfile.TemporaryDirectory(prefix="bench-dashboards-") as folder:
        (Path(folder) / "data").mkdir()
        series = fleet(_samples(system), hosts=HOSTS, services=SERVICES)
        write_blocks(Path(folder) / "data", series, start=now - DAYS * DAY, end=now + AHEAD, step=STEP)
        with _prometheus(Path(folder)) as address:
            slowest = _measure(system, address, now)
            pages = _pages(system, address, Path(folder))
    uid, worst = max(slowest.items(), key=lambda item: _p95(item[1]))
    listed = ", ".join(f"{name} {_p95(asked):.2f}" for name, asked in sorted(slowest.items()))
    return [
        Figure(
            name="dashboard_slowest_panel_p95_seconds",
            value=_p95(worst),
            target=1.0,
            note=f"{uid}: {worst.placed.title}; 24 h of {DAYS} days, {HOSTS} hosts, {sum(SERVICES.values())} services, "
            f"{len(series) / 1000:.1f} thousand series, a sample "
            f"every {STEP} s; slowest panel of each dashboard: {listed}",
        ),
        *pages,
    ]


def _pages(system: System, address: str, folder: Path) -> list[Figure]:
    """The largest dashboard in a browser: when it is painted first, and when a day is drawn; seconds."""
    settings = chosen(system)
    placed = placed_dashboards(settings)
    library = folder / "library"
    library.mkdir()
    for name, content in dashboard_files(settings, placed).items():
        (library / name).write_text(content)
    told = json.loads(viewer_file(settings)) | {"prometheus": f"http://{address}", "scrapeSeconds": STEP}
    largest = max(placed, key=lambda each: len(each.document["panels"])).uid
    painted, drawn = [], []
    with (
        chromium() as browser,
        serving(ViewerSettings.model_validate(told), library, folder) as url,
    ):
        for _ in range(5):
            with opened(browser) as page:
                drawn.append(show(page, f"{url}/d/{largest}?from=now-24h&to=now"))
                entry = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
                painted.append(page.evaluate(entry) / 1000)
    note = f"{largest}, in Chromium, {HOSTS} hosts; median of {len(drawn)}"
    return [
        Figure(name="viewer_first_paint_seconds", value=median(painted), target=1.5, note=note),
        Figure(
            name="viewer_day_of_month_seconds",
            value=median(drawn),
            target=3.0,
            note=f"24 h of {DAYS} days until all that is to be seen is drawn; {note}",
        ),
    ]


def _measure(system: System, address: str, now: int) -> dict[str, Asked]:
    """The slowest panel of each dashboard."""
    asking = Asking(
        Prometheus(f"http://{address}"), [Source(uid="prometheus", name="Synthetic", type="prometheus")], STEP
    )
    silent: set[tuple[str, str]] = set()
    slowest: dict[str, Asked] = {}
    for document in placed_dashboards(chosen(system)):
        shown = dashboard(dict(document.document))
        rows = look_at(shown, {}, Period(now - DAY, now, UTC), asking).rows()
        asked = [Asked(placed, []) for row in rows for placed in row.panels]

        def draw(each: Asked, shown: Dashboard = shown) -> Drawn:
            # not the same moment each time: nothing is to be answered out of a cache
            until = now + STEP * len(each.seconds)
            view = look_at(shown, {}, Period(until - DAY, until, UTC), asking)
            begun = time.perf_counter()
            drawn = view.draw(each.placed.panel, each.placed.only, each.placed.width * PIXELS / 2)
            each.seconds.append(time.perf_counter() - begun)
            assert not drawn.problem, f"{shown.uid}: {drawn.title}: {drawn.problem}"
            return drawn

        for each in asked:
            for _ in range(FIRST_ROUND):
                if 'class="empty"' in draw(each).html:
                    silent.add((document.uid, each.placed.title))
        worst = max(asked, key=lambda each: median(each.seconds))
        for _ in range(REPETITIONS):
            draw(worst)
        slowest[document.uid] = worst
    # an answer without data is fast, and proves nothing
    missing = {place for place in silent if not panel_may_be_empty(*place)}
    assert not missing, f"no synthetic data for {sorted(missing)}"
    return slowest


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
def _prometheus(folder: Path) -> Iterator[str]:
    """A Prometheus over the blocks."""
    address = f"127.0.0.1:{free_port()}"
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
