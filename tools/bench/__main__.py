"""`python -m tools.bench [--first-build]`: measure, print a table, write .bench/results.json."""

import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from airgap.engine import ensure_engine, stop_engine
from tests.e2e.system import ROOT, System
from tools.bench.content import content
from tools.bench.dashboard_queries import dashboard_queries
from tools.bench.deployment import deployment
from tools.bench.figure import RESULTS, Figure, record
from tools.bench.first_build import first_build
from tools.bench.many_dashboards import many_dashboards
from tools.bench.notification import notification
from tools.bench.preview import preview
from tools.bench.rule_change import rule_change
from tools.bench.rule_evaluation import rule_evaluation
from tools.bench.storm import storm


def bench(
    first: Annotated[
        bool, typer.Option("--first-build", help="Also build everything from nothing: a quarter of an hour.")
    ] = False,
) -> None:
    """Measure on a stack of its own and leave nothing behind; exit code 1 when a figure misses its target."""
    # a shell's background job ignores it, and Pulumi would wait seconds for its plugins to end by it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    console = Console()
    measures: list[Callable[[System], list[Figure]]] = [
        deployment,
        preview,
        rule_change,
        notification,
        content,
        many_dashboards,
        dashboard_queries,
        rule_evaluation,
        storm,
    ]
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        state = Path(folder) / "engine"
        ensure_engine(state=state)
        system = System.copy_to(Path(folder) / "checkout", "bench")
        try:
            # once through, so that what is timed is a deployment and not a build
            console.print("building what is missing")
            system.monitor("up", seconds=3000)
            system.monitor("destroy", "--yes")
            for measure in [*([first_build] if first else []), *measures]:
                if measure in (content, many_dashboards, dashboard_queries) and not system.has_grafana:
                    console.print(f"left out, as there is no Grafana: {measure.__name__.replace('_', ' ')}")
                    continue
                console.print(f"measuring {measure.__name__.replace('_', ' ')}")
                figures += measure(system)
        finally:
            system.monitor("destroy", "--yes", ok=False)
            stop_engine(state)
    _show(console, figures)
    record(figures)
    console.print(f"written to {RESULTS.relative_to(ROOT)}")
    raise typer.Exit(0 if all(figure.reached for figure in figures) else 1)


def _show(console: Console, figures: list[Figure]) -> None:
    table = Table("figure", "value", "at most", "reached", "how")
    for figure in figures:
        table.add_row(
            figure.name, f"{figure.value:.2f}", f"{figure.target:g}", "yes" if figure.reached else "NO", figure.note
        )
    console.print(table)


typer.run(bench)
