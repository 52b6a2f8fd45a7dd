"""Waiting for a Grafana that is starting, and trying again after it was too busy."""

from __future__ import annotations

import threading
import time
from typing import Final

_LEAST_PATIENCE: Final = 30.0  # seconds; a Grafana that migrates its database needs them
_STILL_DOWN: Final = 5.0  # seconds for which nobody asks again after all patience was lost
_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 5.0


class Outage:
    """Grafana's being away, as all operations see it together.

    They share one clock: when Grafana doesn't come, all give up at the same time, and those that come later at once.
    """

    def __init__(self, patience: float = 0.0) -> None:
        self._patience = max(patience, _LEAST_PATIENCE)
        self._lock = threading.Lock()
        self._began: float | None = None
        self._last = 0.0
        self.problem = ""  # what it was the last time, for messages

    def over(self) -> None:
        """Grafana has answered."""
        self._began = None

    def noticed(self, problem: str) -> None:
        """Grafana has not answered."""
        with self._lock:
            self.problem = problem
            self._last = time.monotonic()
            if self._began is None:
                self._began = self._last

    @property
    def lost(self) -> bool:
        """Whether it has lasted longer than anybody wants to wait."""
        began = self._began
        return began is not None and time.monotonic() - began >= self._patience

    @property
    def hopeless(self) -> bool:
        """Whether asking now would be a waste of time."""
        return self.lost and time.monotonic() - self._last < _STILL_DOWN


def pause_before(attempt: int, wait: float, asked_for: str | None) -> float:
    """Seconds before the nth further attempt (1, 2, ...).

    Args:
        wait: What the provider's settings say; 0 lets the pauses grow.
        asked_for: What Grafana itself asked for (`Retry-After`).
    """
    if asked_for and asked_for.isdigit():
        return min(float(asked_for), 60.0)
    return wait or min(_FIRST_WAIT * 2.0 ** (attempt - 1), _LONGEST_WAIT)


def matches(status: int, codes: tuple[str, ...]) -> bool:
    """Whether a status is one of the codes, in which `x` stands for any digit."""
    digits = str(status)
    return any(all(wanted in ("x", digit) for wanted, digit in zip(code, digits, strict=True)) for code in codes)
