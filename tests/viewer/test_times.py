"""The time that is looked at, in Grafana's words, and the steps that graphs are asked in."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from viewer.errors import ReportError
from viewer.times import Period, period, seconds, written

NOW = datetime(2026, 11, 25, 13, 37, 11, tzinfo=UTC).timestamp()  # a Wednesday


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("since", "until", "begin", "end"),
    [
        ("now-6h", "now", NOW - 6 * 3600, NOW),
        ("now-1d", "now-15m", NOW - 86400, NOW - 900),
        ("now/d", "now/d", at("2026-11-25"), at("2026-11-26")),
        ("now-1d/d", "now-1d/d", at("2026-11-24"), at("2026-11-25")),
        ("now/w", "now", at("2026-11-23"), NOW),
        ("now/M", "now/M", at("2026-11-01"), at("2026-12-01")),
        ("now-1d/h", "now", at("2026-11-24T13:00"), NOW),
        ("now-1M", "now", NOW - 30 * 86400, NOW),
        ("1795420800000", "1795424400000", 1795420800, 1795424400),
        ("2026-11-20T08:00", "2026-11-20T09:00:30Z", at("2026-11-20T08:00"), at("2026-11-20T09:00:30")),
    ],
)
def test_a_time(since: str, until: str, begin: float, end: float) -> None:
    found = period(since, until, NOW, UTC)
    assert (found.since, found.until) == (begin, end)


def test_a_day_is_the_zones_own() -> None:
    found = period("now/d", "now", NOW, ZoneInfo("Asia/Tokyo"))
    assert found.since == at("2026-11-24T15:00")


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("yesterday", "now", "'yesterday' is no moment; write now-6h"),
        ("now-6", "now", "is no moment"),
        ("", "now", "is no moment"),
        ("99999999999999999999", "now", "is no moment"),
        ("now", "now-1h", "ends before it begins"),
        ("now", "now", "ends before it begins"),
        ("now-2y", "now", "longer than a year"),
    ],
)
def test_what_is_no_time_is_named(since: str, until: str, words: str) -> None:
    with pytest.raises(ReportError, match=words):
        period(since, until, NOW, UTC)


@pytest.mark.parametrize(
    ("hours", "points", "least", "step"),
    [(6, 300, 15, 120), (0.25, 300, 15, 15), (24, 300, 15, 300), (24 * 30, 300, 15, 10800), (24 * 366, 50, 15, 604800)],
)
def test_steps_are_round_and_no_finer_than_what_is_measured(
    hours: float, points: float, least: float, step: float
) -> None:
    assert Period(0, hours * 3600, UTC).step(points, least) == step


def test_grafanas_own_variables() -> None:
    found = Period(NOW - 3600, NOW, UTC).builtin(30, 15)
    assert found["__interval"] == "30s"
    assert found["__rate_interval"] == "60s"
    assert found["__range"] == "3600s"
    assert found["__range_s"] == "3600"
    assert found["__interval_ms"] == "30000"
    assert Period(0, 9, UTC).builtin(120, 15)["__rate_interval"] == "135s"


@pytest.mark.parametrize(
    ("text", "found"),
    [("30s", 30), ("1h30m", 5400), ("500ms", 0.5), (">1m", 60), ("15", 15), ("", 7), ("x", 7), ("1x", 7)],
)
def test_durations(text: str, found: float) -> None:
    assert seconds(text, 7) == found


def test_durations_as_prometheus_takes_them() -> None:
    assert [written(each) for each in (60, 0.25, 1.5, 0)] == ["60s", "250ms", "1500ms", "1ms"]


@pytest.mark.parametrize(
    ("since", "until", "step", "count", "last"),
    [
        (0, 3600, 15, 241, 3600),
        (7, 3607, 15, 240, 3600),  # at multiples of a short step: a graph that is asked again doesn't tremble
        (0, 7 * 86400 + 100, 1800, 337, 7 * 86400 + 60),  # a week's last point is the last minute's
        (100, 105, 15, 1, 105),
        (101, 104, 15, 1, 90),
    ],
)
def test_a_graph_ends_now(since: float, until: float, step: float, count: int, last: float) -> None:
    grid = Period(since, until, UTC).grid(step)
    assert (len(grid), grid[-1]) == (count, last)
    assert all(later - at == step for at, later in pairwise(grid))
