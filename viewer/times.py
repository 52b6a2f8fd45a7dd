"""The time that is looked at: in Grafana's words, in seconds, and what queries make of it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from viewer.errors import ReportError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "M": 30 * 86400, "y": 365 * 86400}
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)(ms|[smhdwMy]))")
_NOW = re.compile(r"now(?P<moves>(?:[+-]\d+[smhdwMy])*)(?:/(?P<unit>[smhdwMy]))?")
_LONGEST = 366 * 86400
# what people count in; a graph's steps are one of these
_STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 604800)


@dataclass(frozen=True)
class Period:
    """From when to when, in seconds of the epoch, and in which zone times are written."""

    since: float
    until: float
    zone: tzinfo

    @property
    def seconds(self) -> float:
        return self.until - self.since

    def step(self, points: float, least: float, factor: float = 1) -> float:
        """The time between two points of a graph: round, and no shorter than `least`."""
        wanted = max(self.seconds / max(points, 1), least)
        return factor * next((step for step in _STEPS if step >= wanted), float(_STEPS[-1]))

    def grid(self, step: float) -> list[float]:
        """The moments of a graph.

        The last one is now, to the minute, however long the steps are: whoever looks at a week wants to see today, too.
        """
        last = math.floor(self.until / min(step, 60)) * min(step, 60)
        count = max(math.floor((last - self.since) / step) + 1, 1)
        return [last - number * step for number in range(count)][::-1]

    def builtin(self, step: float, scrape: float) -> dict[str, str]:
        """Grafana's own variables, for a step and a time between two scrapes."""
        rate = max(step + scrape, 4 * scrape)
        return {
            "__interval": written(step),
            "__interval_ms": f"{step * 1000:.0f}",
            "__rate_interval": written(rate),
            "__rate_interval_ms": f"{rate * 1000:.0f}",
            "__range": written(max(self.seconds, 1)),
            "__range_s": f"{max(self.seconds, 1):.0f}",
            "__range_ms": f"{max(self.seconds, 1) * 1000:.0f}",
            "__from": f"{self.since * 1000:.0f}",
            "__to": f"{self.until * 1000:.0f}",
        }


def period(since: str, until: str, now: float, zone: tzinfo) -> Period:
    """The time between two moments in Grafana's words: `now-6h`, `now/d`, milliseconds of the epoch, ISO 8601.

    Raises:
        ReportError: one of them is none, or they are in the wrong order or too far apart.
    """
    begin, end = _moment(since, now, zone, ends=False), _moment(until, now, zone, ends=True)
    if begin >= end:
        raise ReportError(f"from {since} to {until} is no time: it ends before it begins")
    if end - begin > _LONGEST:
        raise ReportError(f"from {since} to {until} is longer than a year; choose a shorter time")
    return Period(begin, end, zone)


def seconds(text: str, default: float) -> float:
    """Seconds of a duration such as `30s` or `1h30m`; the default for what is none."""
    text = text.strip().removeprefix(">").strip()
    if text.replace(".", "", 1).isdigit():
        return float(text) or default
    found = _DURATION.findall(text)
    if not found or "".join(number + unit for number, unit in found) != text:
        return default
    return sum(float(number) * (0.001 if unit == "ms" else _UNITS[unit]) for number, unit in found) or default


def written(duration: float) -> str:
    """Seconds as Prometheus takes a duration."""
    return f"{duration:.0f}s" if duration >= 1 and duration == int(duration) else f"{max(duration, 0.001) * 1000:.0f}ms"


def _moment(text: str, now: float, zone: tzinfo, *, ends: bool) -> float:
    text = text.strip()
    if found := _NOW.fullmatch(text):
        moves = re.findall(r"([+-])(\d{1,6})(\w)", found["moves"])
        moment = now + sum((-1 if sign == "-" else 1) * int(number) * _UNITS[unit] for sign, number, unit in moves)
        return _rounded(moment, found["unit"], zone, ends=ends) if found["unit"] else moment
    try:
        if text.lstrip("-").isdigit():
            return datetime.fromtimestamp(int(text) / 1000, zone).timestamp()
        moment_in_zone = datetime.fromisoformat(text)
        return (moment_in_zone if moment_in_zone.tzinfo else moment_in_zone.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError, OSError):
        raise ReportError(
            f"'{text}' is no moment; write now-6h, milliseconds since 1970, or 2026-01-31T08:00"
        ) from None


def _rounded(moment: float, unit: str, zone: tzinfo, *, ends: bool) -> float:
    """The begin or the end of the minute, hour, day, … that it lies in."""
    local = datetime.fromtimestamp(moment, zone)
    begin = local.replace(microsecond=0)
    for name, units in (("second", "mhdwMy"), ("minute", "hdwMy"), ("hour", "dwMy"), ("day", "My"), ("month", "y")):
        if unit in units:
            begin = begin.replace(**{name: 1 if name in ("day", "month") else 0})  # type: ignore[arg-type]
    if unit == "w":
        begin -= timedelta(days=local.weekday())
    if not ends:
        return begin.timestamp()
    longest = begin + timedelta(seconds=_UNITS[unit] + (86400 if unit in "My" else 0))
    return (longest.replace(day=1) if unit in "My" else longest).timestamp()
