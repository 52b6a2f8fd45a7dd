"""How long `monitor up` takes: everything built, from no stack to all healthy; and again without a change."""

import time

from tests.e2e.system import System
from tools.bench.figure import Figure


def deployment(system: System) -> list[Figure]:
    """`up` of a stack that isn't there, then of the same stack as it is; seconds."""
    first = _seconds(system)
    again = min(_seconds(system) for _ in range(3))
    engine = str(system.docker.version()["Version"])
    # from 25 on, the engine looks often at a container that starts
    target = 25 if int(engine.split(".")[0]) >= 25 else 40
    return [
        Figure(
            name="up_seconds",
            value=first,
            target=target,
            note=f"on {engine}, images built, from nothing",
        ),
        Figure(name="up_noop_seconds", value=again, target=10, note="no change; best of 3"),
    ]


def _seconds(system: System) -> float:
    begun = time.monotonic()
    system.monitor("up")
    return time.monotonic() - begun
