"""Until when reports have gone out: what a restart must not forget."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from viewer.settings import DATA

FILE = DATA / "sent"


class Memory:
    """The moment of the last report, kept in a file.

    Who starts for the first time owes nobody the report of last week: then it is that moment.
    """

    def __init__(self, path: Path = FILE) -> None:
        self._path = path

    def read(self, now: datetime) -> datetime:
        """The moment kept; now, from then on, if there is none that can be read."""
        try:
            return datetime.fromisoformat(self._path.read_text().strip())
        except (OSError, ValueError):
            self.write(now)
            return now

    def write(self, moment: datetime) -> None:
        """Keep it: whole, or as it was."""
        beside = self._path.with_suffix(".new")
        beside.write_text(moment.astimezone(UTC).isoformat())
        beside.replace(self._path)
