"""The time that a report is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo


@dataclass(frozen=True)
class Period:
    """From when to when, in seconds of the epoch, and in which zone times are written."""

    since: float
    until: float
    zone: tzinfo
