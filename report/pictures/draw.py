"""The picture of a panel, whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from report.frames import rows, series
from report.panel import Panel
from report.period import Period
from report.pictures.bars import bars
from report.pictures.canvas import pixels, png
from report.pictures.graph import graph
from report.pictures.number import number
from report.pictures.states import states
from report.pictures.table import table
from report.pictures.words import words

COLUMN, LINE = 50, 30  # pixels of a column and of a unit of height of Grafana's grid
_MARGIN = 18
_ERROR = "#d1242f"


@dataclass(frozen=True)
class Picture:
    """A PNG file and its size as shown, in pixels."""

    png: bytes
    width: int
    height: int


def draw(panel: Panel, results: Mapping[str, Any] | None, period: Period, problem: str | None = None) -> Picture:
    """Draw a panel.

    Args:
        panel: what it looks like.
        results: what its queries gave; None when they failed.
        period: the time it is about.
        problem: why they failed.
    """
    size = (panel.width * COLUMN - _MARGIN, max(70, panel.height * LINE - _MARGIN))
    if results is None:
        figure = words(problem or "the query failed", *size, color=_ERROR)
    else:
        figure = _figure(panel, results, period, size)
    return Picture(png(figure), *pixels(figure))


def _figure(panel: Panel, results: Mapping[str, Any], period: Period, size: tuple[int, int]) -> Figure:
    if panel.kind == "table":
        lines = rows(results, [column.source for column in panel.columns])
        return table(panel, lines, size) if lines else words(panel.empty, size[0], 70)
    found = series(results)
    if panel.kind in ("stat", "gauge", "singlestat"):
        return number(panel, found, size)
    if not found:
        return words(panel.empty, *size)
    if panel.kind in ("timeseries", "graph"):
        return graph(panel, found, period, size)
    if panel.kind in ("bargauge", "barchart", "piechart"):
        return bars(panel, found, size)
    if panel.kind in ("state-timeline", "status-history"):
        return states(panel, found, period, size)
    return words(f"'{panel.kind}' can't be drawn here; look at it in Grafana", *size)
