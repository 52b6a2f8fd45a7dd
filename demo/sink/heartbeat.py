"""The other end of the dead man's switch: a service that is called as long as the alerting works."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge


class Heartbeat:
    """How often it was called, and when last (seconds since 1970; None: not yet)."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.count = 0
        self.last_at: float | None = None
        self._total = Counter("sink_heartbeats_total", "Heartbeats that arrived.", registry=registry)
        last = Gauge("sink_heartbeat_timestamp_seconds", "When the last heartbeat arrived; 0: none.", registry=registry)
        last.set_function(lambda: self.last_at or 0)

    def beat(self) -> None:
        """One more."""
        self.count += 1
        self.last_at = time.time()
        self._total.inc()

    def as_json(self) -> dict[str, object]:
        """The state as ``GET /heartbeat`` shows it."""
        return {"count": self.count, "lastAt": self.last_at}

    def age(self) -> str:
        """The state in words."""
        if self.last_at is None:
            return "no heartbeat yet"
        return f"last heartbeat {time.time() - self.last_at:.0f} s ago"
