"""The axis of time, and the look that all axes share."""

from __future__ import annotations

from datetime import UTC, datetime

from matplotlib import dates
from matplotlib.axes import Axes

from report.period import Period
from report.pictures.canvas import FAINT, SMALL

_MARK = 75  # pixels that a mark of time takes


def moment(seconds: float) -> float:
    """Seconds of the epoch as the axis counts them."""
    return float(dates.date2num(datetime.fromtimestamp(seconds, UTC)))


def clock(axes: Axes, period: Period) -> None:
    """Mark the time from left to right, as it is in the zone."""
    axes.set_xlim(moment(period.since), moment(period.until))
    locator = dates.AutoDateLocator(tz=period.zone, minticks=2, maxticks=max(3, int(axes.bbox.width / _MARK)))
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=period.zone, show_offset=False))
    axes.tick_params(labelsize=SMALL, colors=FAINT, length=0)
    for side in axes.spines.values():
        side.set_visible(False)
