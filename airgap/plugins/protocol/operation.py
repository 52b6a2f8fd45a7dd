"""One create, read, update or delete under way: its deadline, its cancellation, and its remarks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from airgap.plugins.protocol.errors import Cancelled, TimedOut
from airgap.plugins.protocol.log import EngineLog

T = TypeVar("T")


@dataclass
class Operation:
    """What a resource needs to know about the call it serves.

    Args:
        urn: The resource's URN.
        token: Its type token.
        name: Its name in the program.
        verb: What is being done ("create"), for messages.
        seconds: The `customTimeouts` limit; 0 is no limit.
        cancelled: Set when the person asked to stop.
        log: Where remarks go.
    """

    urn: str
    token: str
    name: str
    verb: str
    seconds: float = 0.0
    cancelled: threading.Event = field(default_factory=threading.Event)
    log: EngineLog = field(default_factory=lambda: EngineLog(""))
    started: float = field(default_factory=time.monotonic)

    def remaining(self) -> float:
        """Seconds until the deadline; infinite without one."""
        return self.started + self.seconds - time.monotonic() if self.seconds > 0 else float("inf")

    def proceed(self) -> None:
        """Raises `Cancelled` or `TimedOut` when this operation is not to go on."""
        if self.cancelled.is_set():
            raise Cancelled(
                f"{self.verb} of {self.token} '{self.name}' was cancelled; run the update again to finish it"
            )
        if self.remaining() <= 0:
            raise TimedOut(
                f"{self.verb} of {self.token} '{self.name}' took longer than {self.seconds:g} s; "
                f"raise customTimeouts.{self.verb} or look at what it waits for"
            )

    def pause(self, seconds: float) -> None:
        """Waits, but not past the deadline or a cancellation."""
        self.proceed()
        self.cancelled.wait(min(seconds, max(self.remaining(), 0.0)))
        self.proceed()

    def run(self, action: Callable[[], T]) -> T:
        """Does something slow that can't be interrupted (a stop, a pull) and stops waiting for it when told to.

        The action itself goes on in the background; it must be harmless to leave behind.
        """
        self.proceed()
        outcome: list[T] = []
        failure: list[BaseException] = []
        finished = threading.Event()

        def work() -> None:
            try:
                outcome.append(action())
            except BaseException as error:  # handed to the waiting thread
                failure.append(error)
            finally:
                finished.set()

        threading.Thread(target=work, daemon=True).start()
        while not finished.wait(0.05):
            self.proceed()
        if failure:
            raise failure[0]
        return outcome[0]
