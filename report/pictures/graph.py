"""Values over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from report.frames import Series
from report.panel import Panel
from report.period import Period
from report.pictures.canvas import FAINT, GRID, INK, SERIES, SMALL, bare, canvas, cut, letter, paint, pixels
from report.pictures.clock import clock, moment
from report.units import scale, shown

_NAMED = 8  # series that are told apart by the legend
_DRAWN = 60
_LINE = 15  # pixels of a line of the legend
_FINE = "green"
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 12, 8, 24


def graph(panel: Panel, series: Sequence[Series], period: Period, size: tuple[int, int]) -> Figure:
    """Lines, or areas on top of each other; below them what they are called, their last and their highest value.

    Args:
        panel: how it looks.
        series: the highest ones are named; of very many only these are drawn.
        period: the time from left to right.
        size: width and height of the plot with its axes, in pixels; the legend comes below.
    """
    width, plot = size
    by_height = sorted(series, key=lambda one: max(one.known), reverse=True)[:_DRAWN]
    named = by_height[:_NAMED]
    left_out = len(series) - len(named)
    height = plot + _LINE * (len(named) + (left_out > 0)) + 6
    figure = canvas(width, height)
    axes = figure.add_axes(
        (_LEFT / width, 1 - (plot - _BOTTOM) / height, 1 - (_LEFT + _RIGHT) / width, (plot - _BOTTOM - _TOP) / height)
    )
    colors = {id(one): SERIES[index % len(SERIES)] for index, one in enumerate(by_height)}
    if panel.stacked:
        _stack(axes, named if left_out else by_height, colors)
    else:
        for one in reversed(by_height):  # the highest one last, on top
            times, values = _with_gaps(one)
            color = colors[id(one)] if one in named else GRID
            axes.plot([moment(time) for time in times], values, color=color, linewidth=1.1)
    _limits(axes, panel)
    _axes(axes, panel, by_height, period)
    _legend(figure, panel, named, colors, plot, left_out)
    return figure


def _stack(axes: Axes, series: Sequence[Series], colors: dict[int, str]) -> None:
    times = sorted({time for one in series for time in one.times})
    columns = []
    for one in series:
        known = dict(zip(one.times, one.values, strict=True))
        columns.append([known.get(time) or 0.0 for time in times])
    axes.stackplot(
        [moment(time) for time in times],
        *columns,
        colors=[colors[id(one)] for one in series],
        alpha=0.75,
        linewidth=0,
    )


def _with_gaps(series: Series) -> tuple[list[float], list[float]]:
    """Where values are missing, the line ends and begins anew."""
    usual = math.inf if series.step is None else series.step
    times: list[float] = []
    values: list[float] = []
    for time, value in zip(series.times, series.values, strict=True):
        if times and time - times[-1] > 1.5 * usual:
            times.append(times[-1] + usual)
            values.append(math.nan)
        times.append(time)
        values.append(math.nan if value is None else value)
    return times, values


def _limits(axes: Axes, panel: Panel) -> None:
    if not panel.lines:
        return
    steps = panel.look.steps
    for before, step in pairwise(steps):
        if step.value is not None:
            # where small values are the bad ones, a line is of the colour that begins below it
            color = before.color if steps[0].color != _FINE else step.color
            axes.axhline(step.value, color=paint(color), linewidth=0.9, linestyle=(0, (5, 3)), zorder=3)


def _axes(axes: Axes, panel: Panel, series: Sequence[Series], period: Period) -> None:
    clock(axes, period)
    _, highest = axes.get_ylim()
    bottom = panel.minimum
    if panel.maximum is not None:
        # a share that stays small would be a line on the ground: it gets the room that values and limits take
        limits = [step.value for step in panel.look.steps if step.value is not None and panel.lines]
        highest = min(panel.maximum, max([highest * 1.1, *(1.1 * value for value in limits)]))
    if all(value == 0 for one in series for value in one.known) and not panel.lines:
        bottom, highest = 0.0, 1.0  # nothing but zeros: no scale around them
    axes.set_ylim(bottom=bottom, top=highest if highest != bottom else (bottom or 0) + 1)
    lowest, highest = axes.get_ylim()
    size = scale(max(abs(lowest), abs(highest)), panel.look.unit)
    ticks = [float(mark) * size for mark in ticker.MaxNLocator(4).tick_values(lowest / size, highest / size)]
    axes.set_yticks([tick for tick in ticks if lowest <= tick <= highest])
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: shown(value, panel.look.unit)))
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)


def _texts(series: Series, unit: str) -> tuple[str, str]:
    """The last value, and the one furthest from zero: what is sent is often drawn downwards."""
    last = "" if series.last is None else f"last {shown(series.last, unit)}"
    return last, f"peak {shown(max(series.known, key=abs), unit)}"


def _legend(
    figure: Figure, panel: Panel, named: Sequence[Series], colors: dict[int, str], top: int, left_out: int
) -> None:
    axes = bare(figure)
    width, _ = pixels(figure)
    texts = [_texts(one, panel.look.unit) for one in named]
    wide = [letter() * max(len(text[part]) for text in texts) + 14 for part in (0, 1)]
    ends = (width - _RIGHT - wide[1], width - _RIGHT)
    names = ends[0] - wide[0] - 32
    for index, one in enumerate(named):
        middle = top + 8 + _LINE * index
        axes.plot([14, 26], [middle, middle], color=colors[id(one)], linewidth=2.5)
        axes.text(32, middle, cut(one.name, names), size=SMALL, color=INK, va="center", parse_math=False)
        for right, text in zip(ends, texts[index], strict=True):
            axes.text(right, middle, text, size=SMALL, color=FAINT, ha="right", va="center", parse_math=False)
    if left_out:
        middle = top + 8 + _LINE * len(named)
        axes.text(32, middle, f"and {left_out} more", size=SMALL, color=FAINT, va="center")
