"""Sends the weekly report whenever it is due, and tells Prometheus about it."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge

from viewer.errors import ReportError
from viewer.memory import Memory
from viewer.settings import ReportSettings

_LOOK_SECONDS = 20.0
_AGAIN_SECONDS = 300.0  # after a failure


class Reporter:
    """One weekly report.

    Args:
        settings: when, among others.
        memory: until when reports have gone out.
        send: sends a report that ends then (seconds of the epoch).
        registry: where its metrics are.
        now: the clock.
    """

    def __init__(
        self,
        settings: ReportSettings,
        memory: Memory,
        send: Callable[[float], None],
        registry: CollectorRegistry,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._memory = memory
        self._send = send
        self._now = now
        self._sent = memory.read(now())
        self._due = Gauge("report_due_timestamp_seconds", "When the last report had to go out.", registry=registry)
        self._last = Gauge("report_last_success_timestamp_seconds", "Until when none is owed.", registry=registry)
        self._successes = Counter("report_sent", "Reports that went out.", registry=registry)
        self._failures = Counter("report_failures", "Attempts that failed.", registry=registry)
        self._last.set(self._sent.timestamp())
        self._due.set(settings.schedule.due(now()).timestamp())

    def look(self) -> float:
        """Send what is due; the seconds until it is worth looking again."""
        now = self._now()
        due = self._settings.schedule.due(now)
        self._due.set(due.timestamp())
        if due <= self._sent:
            return _LOOK_SECONDS
        try:
            # who can't remember a report may not send it: after a restart it would go out again, and again
            self._memory.write(self._sent)
            self._send(due.timestamp())
        except (ReportError, OSError) as error:
            self._failures.inc()
            log("report_failed", problem=str(error), due=due.isoformat())
            return _AGAIN_SECONDS
        self._sent = due
        self._memory.write(due)
        self._last.set(due.timestamp())
        self._successes.inc()
        log("report_sent", due=due.isoformat(), to=list(self._settings.to))
        return _LOOK_SECONDS

    def run(self, stop: threading.Event) -> None:
        """Go on until told to stop."""
        while not stop.wait(self.look()):
            pass


def log(event: str, **fields: object) -> None:
    """One line of JSON on standard output."""
    sys.stdout.write(json.dumps({"time": datetime.now(UTC).isoformat(timespec="seconds"), "event": event, **fields}))
    sys.stdout.write("\n")
    sys.stdout.flush()
