"""Waiting for what comes by itself."""

import time
from collections.abc import Callable, Collection
from typing import TypeVar

T = TypeVar("T")
_PAUSE = 0.2  # seconds: what is asked may be the engine, for every container


def eventually(found: Callable[[], T], *, what: str, seconds: float = 20) -> T:
    """Wait until `found` answers something; an AssertionError says what never came."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(_PAUSE)
    return answer


def until_nothing(left: Callable[[], Collection[object]], *, what: str, seconds: float) -> None:
    """Wait until nothing is left; an AssertionError says what still was."""
    deadline = time.monotonic() + seconds
    while there := left():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s, left: {there}"
        time.sleep(_PAUSE)
