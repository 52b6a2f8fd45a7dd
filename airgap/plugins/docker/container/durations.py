"""Durations as Docker and Go write them ("1m30s")."""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")


def nanoseconds(text: str) -> int:
    """The duration in nanoseconds.

    Raises:
        ValueError: it isn't a duration.
    """
    if text == "0":
        return 0
    if not re.fullmatch(f"(?:{_PART.pattern})+", text):
        raise ValueError(f"{text!r} is not a duration")
    return round(sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)))


def written(duration: int) -> str:
    """Nanoseconds as a duration's text."""
    if duration % _UNITS["s"]:
        return f"{duration // _UNITS['ms']}ms"
    seconds = duration // _UNITS["s"]
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{count}{unit}" for count, unit in ((hours, "h"), (minutes, "m"), (seconds, "s")) if count]
    return "".join(parts) or "0s"


def problem(text: str) -> str | None:
    """Why the text isn't a duration, or None."""
    try:
        nanoseconds(text)
    except ValueError:
        return f"must be a duration such as '30s' or '1m30s', not {text!r}"
    return None
