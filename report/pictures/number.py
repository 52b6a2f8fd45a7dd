"""The value now, large."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from report.frames import Series
from report.panel import Panel
from report.pictures.canvas import DOTS, INK, SMALL, bare, canvas, cut, letter, on, paint

_MOST = 12
_BOLD = 1.2  # how much wider the letters are


def number(panel: Panel, series: Sequence[Series], size: tuple[int, int]) -> Figure:
    """One number, or several beside each other with their names; on its colour or written in it."""
    width, height = size
    figure = canvas(width, height)
    axes = bare(figure)
    values: list[tuple[str, float | None]] = [(one.name, one.last) for one in series if one.known][:_MOST]
    values = values or [("", None)]
    columns = max(1, min(len(values), width // 90))
    lines = math.ceil(len(values) / columns)
    box = (width / columns, height / lines)
    for index, (name, value) in enumerate(values):
        left, top = box[0] * (index % columns), box[1] * (index // columns)
        color = paint(panel.look.color(value) if value is not None else None, "#eaeef2" if panel.filled else INK)
        ink = on(color) if panel.filled else color
        if panel.filled:
            axes.add_patch(
                FancyBboxPatch(
                    (left + 4, top + 4),
                    box[0] - 8,
                    box[1] - 8,
                    boxstyle="round,pad=0,rounding_size=4",
                    fc=color,
                    ec="none",
                )
            )
        text = panel.empty if value is None else panel.look.text(value)
        fits = (box[0] - 24) / (max(len(text), 2) * _BOLD * letter(1.0))
        points = min(fits, (box[1] - 24) * 0.5 * 72 / DOTS, 30.0)
        several = len(values) > 1
        middle = top + box[1] / 2 - (7 if several else 0)
        axes.text(
            left + box[0] / 2, middle, text, size=points, color=ink, ha="center", va="center", weight="bold",
            parse_math=False,
        )  # fmt: skip
        if several:
            bottom = top + box[1] - 14
            label = cut(name, box[0] - 12)
            axes.text(
                left + box[0] / 2, bottom, label, size=SMALL, color=ink, ha="center", va="center", parse_math=False
            )
    return figure
