"""Recurring times, such as business hours and nights: how settings write them, how Alertmanager reads them."""

import re
from typing import Annotated, Any, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, model_validator

from config.settings.base import Model

UTC = "UTC"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
_TIMES = re.compile(r"(([01]\d|2[0-3]):[0-5]\d)-(([01]\d|2[0-3]):[0-5]\d|24:00)")
_DAYS = re.compile(r"(-?(?:[1-9]|[12]\d|3[01]))(?:-(-?(?:[1-9]|[12]\d|3[01])))?")


def _weekdays(text: str) -> str:
    return _known(text, WEEKDAYS, "weekdays")


def _months(text: str) -> str:
    return _known(text, MONTHS, "months")


def _known(text: str, names: tuple[str, ...], what: str) -> str:
    if unknown := [part for part in text.split("-", 1) if part not in names]:
        raise ValueError(f"there is no '{unknown[0]}' among the {what}: {', '.join(names)}")
    return text


def _times(text: str) -> str:
    found = _TIMES.fullmatch(text)
    if not found:
        raise ValueError("must be HH:MM-HH:MM, from 00:00 to 24:00")
    start, end = found[1], found[3]
    if start >= end:
        raise ValueError(f"ends before it starts; split it at midnight: {start}-24:00 and 00:00-{end}")
    return text


def _days(text: str) -> str:
    found = _DAYS.fullmatch(text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    # Alertmanager takes a range from the front to the back that every month has, and none the other way round
    if first < 0 < last or first > (last + 28 if last < 0 < first else last):
        raise ValueError("must be a day of the month or a range of them, from 1 to 31, or from -31 to -1, the last day")
    return text


def _zone(name: str) -> str:
    known = available_timezones()  # empty on a machine without the database: then only Alertmanager can tell
    if name != UTC and known and name not in known:
        raise ValueError("there is no such time zone; use a name of the IANA database")
    return name


TimeZone = Annotated[str, AfterValidator(_zone), Field(examples=["Europe/Berlin"])]
Weekdays = Annotated[str, AfterValidator(_weekdays), Field(examples=["monday-friday"])]
Times = Annotated[str, AfterValidator(_times), Field(examples=["09:00-18:00"])]
DaysOfMonth = Annotated[str, AfterValidator(_days), Field(examples=["24-26"])]
Months = Annotated[str, AfterValidator(_months), Field(examples=["december"])]


class TimeWindow(Model):
    """When something holds: at these times, on these days, in these months; what is left out doesn't matter.

    Ranges include both ends and may wrap: `friday-monday`, `december-january`. Times don't: a night is two of them.
    """

    weekdays: tuple[Weekdays, ...] = ()
    times: tuple[Times, ...] = ()
    days_of_month: tuple[DaysOfMonth, ...] = ()
    months: tuple[Months, ...] = ()
    time_zone: TimeZone | None = None

    @model_validator(mode="after")
    def _not_always(self) -> Self:
        if not (self.weekdays or self.times or self.days_of_month or self.months):
            raise ValueError("this would be always; give it at least one of weekdays, times, daysOfMonth, months")
        return self


def interval(window: TimeWindow, time_zone: str) -> dict[str, Any]:
    """A window as one entry of Alertmanager's `time_intervals`.

    Args:
        window: what the settings say.
        time_zone: the zone of a window that names none.
    """
    entry: dict[str, Any] = {}
    if window.times:
        entry["times"] = [
            dict(zip(("start_time", "end_time"), times.split("-"), strict=True)) for times in window.times
        ]
    if window.weekdays:
        entry["weekdays"] = _expanded(window.weekdays, WEEKDAYS)
    if window.days_of_month:
        entry["days_of_month"] = [_DAYS.sub(_day_range, days) for days in window.days_of_month]
    if window.months:
        entry["months"] = _expanded(window.months, MONTHS)
    zone = window.time_zone or time_zone
    if zone != UTC:  # which it is anyway, and for UTC no time zone database is needed
        entry["location"] = zone
    return entry


def _day_range(days: re.Match[str]) -> str:
    return f"{days[1]}:{days[2]}" if days[2] else days[1]


def _expanded(ranges: tuple[str, ...], names: tuple[str, ...]) -> list[str]:
    """Each name by itself: Alertmanager's ranges can't wrap, and its week starts on a Sunday."""
    chosen: set[str] = set()
    for text in ranges:
        first, _, last = text.partition("-")
        start = names.index(first)
        length = (names.index(last or first) - start) % len(names) + 1
        chosen |= {names[(start + offset) % len(names)] for offset in range(length)}
    return [name for name in names if name in chosen]
