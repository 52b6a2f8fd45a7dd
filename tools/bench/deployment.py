"""How long `monitor up` takes: everything built, from no stack to all healthy; and again without a change."""

import time

from tests.e2e.system import System
from tools.bench.figure import Figure


def deployment(system: System) -> list[Figure]:
    """`up` of a stack that isn't there, then of the same stack as it is; seconds."""
    first = _seconds(system)
    again = min(_seconds(system) for _ in range(3))
    return [
        Figure(name="up_seconds", value=first, target=90, note="images built, stack absent, to all healthy"),
        Figure(name="up_noop_seconds", value=again, target=10, note="no change; best of 3"),
    ]


def _seconds(system: System) -> float:
    begun = time.monotonic()
    system.monitor("up")
    return time.monotonic() - begun
