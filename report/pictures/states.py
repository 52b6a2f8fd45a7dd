"""What was well and what wasn't, over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matplotlib.figure import Figure

from report.frames import Series
from report.panel import Panel
from report.period import Period
from report.pictures.canvas import FAINT, INK, SERIES, SMALL, bare, canvas, cut, letter, paint
from report.pictures.clock import clock, moment

_MOST = 20
_LINE = 24  # pixels
_BOTTOM = 22


def states(panel: Panel, series: Sequence[Series], period: Period, size: tuple[int, int]) -> Figure:
    """A band per series in the colours of its values; below, what the colours mean."""
    listed, left_out = list(series[:_MOST]), max(0, len(series) - _MOST)
    meanings = _meanings(panel, listed)
    width = size[0]
    height = max(size[1], _LINE * len(listed) + _BOTTOM + 30)
    figure = canvas(width, height)
    names = min(width * 0.3, max(letter() * len(one.name) for one in listed) + 18)
    top, plot = 6, height - _BOTTOM - 26
    axes = figure.add_axes((names / width, 1 - (top + plot) / height, 1 - (names + 12) / width, plot / height))
    for index, one in enumerate(listed):
        for begin, end, value in _spans(one, period.until):
            color = paint(panel.look.color(value), SERIES[0])
            axes.broken_barh([(moment(begin), moment(end) - moment(begin))], (index + 0.12, 0.76), facecolors=color)
    clock(axes, period)
    axes.set_ylim(len(listed), 0)
    axes.set_yticks([index + 0.5 for index in range(len(listed))], labels=[""] * len(listed))
    words = bare(figure)
    for index, one in enumerate(listed):
        middle = top + plot * (index + 0.5) / len(listed)
        words.text(8, middle, cut(one.name, names - 8), size=SMALL, color=INK, va="center", parse_math=False)
    left = names
    for text, color in meanings:
        words.plot([left, left + 10], [height - 12, height - 12], color=color, linewidth=6, solid_capstyle="butt")
        words.text(left + 15, height - 12, text, size=SMALL, color=FAINT, va="center", parse_math=False)
        left += 34 + letter() * len(text)
    if left_out:
        words.text(width - 12, height - 12, f"and {left_out} more", size=SMALL, color=FAINT, ha="right", va="center")
    return figure


def _spans(series: Series, until: float) -> Iterator[tuple[float, float, float]]:
    """Begin, end and value of every stretch in which the value stays the same."""
    usual = until - series.times[0] if series.step is None else series.step
    begin: float | None = None
    last, value = 0.0, 0.0
    for time, now in zip(series.times, series.values, strict=True):
        if begin is not None and (now is None or now != value or time - last > 1.5 * usual):
            yield begin, min(last + usual, time), value
            begin = None
        if now is not None and begin is None:
            begin, value = time, now
        last = time
    if begin is not None:
        yield begin, min(last + usual, until), value


def _meanings(panel: Panel, series: Sequence[Series]) -> list[tuple[str, str]]:
    there = {value for one in series for value in one.known}
    words = {panel.look.text(value): paint(panel.look.color(value), SERIES[0]) for value in sorted(there)}
    return list(words.items())[:8]
