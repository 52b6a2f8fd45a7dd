"""Waiting until everything is well, and saying what is waited for."""

import time
from collections.abc import Callable

from ops.health.model import Health

PAUSE_SECONDS = 1.0


def wait_until(
    look: Callable[[], Health],
    done: Callable[[Health], bool],
    *,
    seconds: float,
    say: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Health:
    """Look again and again until `done`, or until the time is over; returns the last look.

    Args:
        seconds: the longest wait; 0 looks once.
        say: told whenever what is waited for changes.
    """
    end = clock() + seconds
    told = ""
    while True:
        health = look()
        if done(health) or clock() >= end:
            return health
        now = _waiting_for(health)
        if now != told:
            say(now)
            told = now
        sleep(min(PAUSE_SECONDS, max(0.0, end - clock())))


def _waiting_for(health: Health, most: int = 4) -> str:
    subjects = [f"{problem.area} {problem.subject}" for problem in health.unready or health.problems]
    more = f" and {len(subjects) - most} more" if len(subjects) > most else ""
    return f"  … waiting for {', '.join(subjects[:most])}{more}"
