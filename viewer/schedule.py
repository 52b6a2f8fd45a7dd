"""When a report is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Weekly:
    """Once a week, by the clocks of a time zone; `weekday` is 0 for Monday."""

    weekday: int
    at: time
    zone: tzinfo

    def due(self, now: datetime) -> datetime:
        """The last moment, now at the latest, at which a report had to go out.

        By the clock on the wall: where the clocks jump over it, it is the moment that the jump leads to.
        """
        local = now.astimezone(self.zone)
        day = local.date() - timedelta(days=(local.weekday() - self.weekday) % 7)
        moment = datetime.combine(day, self.at, self.zone)
        return moment if moment <= now else datetime.combine(day - timedelta(days=7), self.at, self.zone)
