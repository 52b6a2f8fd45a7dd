"""When a report is due: by the clock on the wall, whatever the clocks do."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from viewer.settings import Weekly

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-23T07:59:59", "2026-11-16T08:00:00"),  # Monday, a second too early
        ("2026-11-23T08:00:00", "2026-11-23T08:00:00"),
        ("2026-11-25T12:00:00", "2026-11-23T08:00:00"),
        ("2026-11-29T23:59:00", "2026-11-23T08:00:00"),
        ("2026-11-30T09:00:00", "2026-11-30T08:00:00"),
    ],
)
def test_the_last_monday_at_eight(now: str, due: str) -> None:
    weekly = Weekly(0, time(8), UTC)
    assert weekly.due(datetime.fromisoformat(now).replace(tzinfo=UTC)) == datetime.fromisoformat(due).replace(
        tzinfo=UTC
    )


def test_another_zone_and_weekday() -> None:
    weekly = Weekly(6, time(23, 30), BERLIN)
    found = weekly.due(datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert found.astimezone(UTC) == datetime(2026, 11, 22, 22, 30, tzinfo=UTC)


def test_the_hour_stays_when_clocks_change() -> None:
    weekly = Weekly(0, time(8), BERLIN)
    summer = weekly.due(datetime(2026, 10, 20, 12, tzinfo=UTC))
    winter = weekly.due(datetime(2026, 10, 27, 12, tzinfo=UTC))
    assert summer.astimezone(UTC) == datetime(2026, 10, 19, 6, tzinfo=UTC)
    assert winter.astimezone(UTC) == datetime(2026, 10, 26, 7, tzinfo=UTC)


def test_an_hour_that_the_clocks_jump_over() -> None:
    weekly = Weekly(6, time(2, 30), BERLIN)  # 2026-03-29: from 2 to 3 o'clock
    assert weekly.due(datetime(2026, 3, 29, 1, 29, tzinfo=UTC)).astimezone(UTC).day == 22
    assert weekly.due(datetime(2026, 3, 29, 1, 30, tzinfo=UTC)).astimezone(UTC) == datetime(
        2026, 3, 29, 1, 30, tzinfo=UTC
    )
