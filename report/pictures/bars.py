"""Values now, one bar each, to be compared."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from report.frames import Series
from report.panel import Panel
from report.pictures.canvas import FAINT, INK, SERIES, SMALL, bare, canvas, cut, letter, paint
from report.units import shown

_MOST = 15
_LINE = 24  # pixels


def bars(panel: Panel, series: Sequence[Series], size: tuple[int, int]) -> Figure:
    """A bar per series, as long as its share of the highest value, or of the panel's maximum."""
    values = [(one.name, one.last) for one in series if one.last is not None]
    listed, left_out = values[:_MOST], len(values) - len(values[:_MOST])
    width = size[0]
    height = max(size[1], _LINE * (len(listed) + (left_out > 0)) + 10)
    figure = canvas(width, height)
    axes = bare(figure)
    names = min(width * 0.45, max(letter() * len(name) for name, _ in listed) + 16)
    room = width - names - 84
    least = panel.minimum or 0.0
    span = (panel.maximum if panel.maximum is not None else max(value for _, value in listed)) - least or 1.0
    for index, (name, value) in enumerate(listed):
        middle = 8 + _LINE * (index + 0.5)
        axes.text(8, middle, cut(name, names - 8), size=SMALL, color=INK, va="center", parse_math=False)
        axes.add_patch(Rectangle((names, middle - 7), room, 14, fc="#eef1f4", ec="none"))
        share = min(1.0, max(0.0, (value - least) / span))
        color = paint(panel.look.color(value), SERIES[0])
        axes.add_patch(Rectangle((names, middle - 7), room * share, 14, fc=color, ec="none"))
        text = shown(value, panel.look.unit)
        axes.text(width - 8, middle, text, size=SMALL, color=INK, ha="right", va="center", parse_math=False)
    if left_out:
        axes.text(8, 8 + _LINE * (len(listed) + 0.5), f"and {left_out} more", size=SMALL, color=FAINT, va="center")
    return figure
