"""Lines of labels and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from matplotlib.figure import Figure

from report.frames import Value
from report.panel import Column, Look, Panel
from report.pictures.canvas import FAINT, GRID, INK, SMALL, bare, canvas, cut, letter, paint

_MOST = 25
_LINE = 18  # pixels
_TIMES = ("Time", "time")


def table(panel: Panel, rows: Sequence[Mapping[str, Value]], size: tuple[int, int]) -> Figure:
    """A line per row, in the panel's order, else in the query's; of many, the first."""
    columns = panel.columns or _all(rows, panel.look)
    rows = ordered(rows, columns, panel.sort)
    columns = [column for column in columns if any(row.get(column.source) not in (None, "") for row in rows)]
    listed, left_out = rows[:_MOST], max(0, len(rows) - _MOST)
    width = size[0]
    height = max(size[1], _LINE * (1 + len(listed) + (left_out > 0)) + 16)
    figure = canvas(width, height)
    axes = bare(figure)
    left = 8.0
    for column, wide in zip(columns, _widths(columns, listed, width - 16), strict=True):
        number = all(isinstance(row.get(column.source), float) for row in listed)
        at = left + wide - 10 if number else left
        side = "right" if number else "left"
        axes.text(at, 14, cut(column.title, wide - 6), size=SMALL, color=FAINT, ha=side, va="center", weight="bold")
        for index, row in enumerate(listed):
            value = row.get(column.source)
            colored = column.colored and isinstance(value, float)
            color = paint(column.look.color(value), INK) if colored and isinstance(value, float) else INK
            axes.text(
                at, 14 + _LINE * (index + 1), cut(_text(value, column.look), wide - 6), size=SMALL, color=color,
                ha=side, va="center", parse_math=False,
            )  # fmt: skip
        left += wide
    for index in range(len(listed)):
        below = 14 + _LINE * (index + 0.5)
        axes.plot([8, width - 8], [below, below], color=GRID, linewidth=0.6)
    if left_out:
        below = 14 + _LINE * (len(listed) + 1)
        axes.text(8, below, f"and {left_out} more", size=SMALL, color=FAINT, va="center")
    return figure


def ordered(
    rows: Sequence[Mapping[str, Value]], columns: Sequence[Column], sort: Sequence[tuple[str, bool]]
) -> list[Mapping[str, Value]]:
    """Lines sorted by the columns with these heads, as Grafana sorts them; what is equal stays in its order."""
    sources = {column.title: column.source for column in columns}
    lines = list(rows)
    for title, falling in reversed(sort):
        if source := sources.get(title):
            lines.sort(key=partial(_rank, source), reverse=falling)
    return lines


def _rank(source: str, row: Mapping[str, Value]) -> tuple[bool, bool, float, str]:
    """Nothing first, then numbers, then words."""
    value = row.get(source)
    if isinstance(value, str):
        return True, True, 0, value
    return value is not None, False, value or 0, ""


def _all(rows: Sequence[Mapping[str, Value]], look: Look) -> list[Column]:
    names = dict.fromkeys(name for row in rows for name in row if name not in _TIMES and not name.startswith("__"))
    return [Column(source=name, title=name, look=look, colored=False) for name in names]


def _widths(columns: Sequence[Column], rows: Sequence[Mapping[str, Value]], room: float) -> list[float]:
    """As wide as what stands in them; what is left over is shared out, what is missing too."""
    wanted = [
        letter() * max(len(column.title) + 1, *(len(_text(row.get(column.source), column.look)) for row in rows)) + 16
        for column in columns
    ]
    return [one * room / sum(wanted) for one in wanted]


def _text(value: Value, look: Look) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return look.text(value)
