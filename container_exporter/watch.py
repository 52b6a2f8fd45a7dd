"""What happens to containers between two scrapes: kills for memory, and what makes an inspection out of date."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from container_exporter.docker_api import DockerApi, DockerError, Event, Inspected
from container_exporter.log import log

_STREAM_SECONDS = 60
_RETRY_SECONDS = 5.0


@dataclass(frozen=True)
class Labels:
    """What a container's series are told apart by."""

    id: str
    name: str
    image: str
    more: tuple[tuple[str, str], ...] = ()


class Watch:
    """Counts kills by container, and keeps inspections for as long as nothing happens to their container.

    The engine's own count starts again with each restart of a container, usually before anyone has read it, and the
    kill of a container that stays down would be seen by nobody: what was killed is remembered until it is removed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kills: dict[str, int] = {}
        self._labels: dict[str, Labels] = {}
        self._inspected: dict[str, Inspected] = {}
        self._since = time.time_ns()
        self._changes = 0
        self._connected = False

    def kills(self, container: str) -> int:
        """How often a process of the container was killed for lack of memory since the exporter started."""
        with self._lock:
            return self._kills.get(container, 0)

    def killed(self) -> list[tuple[Labels, int]]:
        """Containers that were measured once and have lost a process, running or not; how many each."""
        with self._lock:
            return [(self._labels[key], count) for key, count in self._kills.items() if key in self._labels]

    def inspected(self, container: str) -> Inspected | None:
        """The container as it was inspected last, if nothing has happened to it since."""
        with self._lock:
            return self._inspected.get(container) if self._connected else None

    def keep(self, labels: Labels, inspected: Inspected, asked: int) -> None:
        """Keep an inspection.

        Args:
            labels: the container's.
            inspected: the answer.
            asked: `changes` before it was asked for: something may have happened in between.
        """
        with self._lock:
            self._labels[labels.id] = labels
            if asked == self._changes:
                self._inspected[labels.id] = inspected

    @property
    def following(self) -> bool:
        """Events are read at the moment."""
        return self._connected

    @property
    def since(self) -> int:
        """From when on events are yet to be read (nanoseconds of the epoch)."""
        return self._since

    def changes(self) -> int:
        """Number of events so far."""
        with self._lock:
            return self._changes

    def forget_others(self, containers: set[str]) -> None:
        """Drop what is kept of containers that don't run any more; kills are dropped when one is removed."""
        with self._lock:
            for key in self._inspected.keys() - containers:
                del self._inspected[key]
            for key in self._labels.keys() - containers - self._kills.keys():
                del self._labels[key]

    def happened(self, event: Event) -> None:
        """Take an event into account."""
        with self._lock:
            self._changes += 1
            self._since = max(self._since, event.nanoseconds + 1)
            self._inspected.pop(event.actor.id, None)
            if event.action == "oom":
                self._kills[event.actor.id] = self._kills.get(event.actor.id, 0) + 1
            elif event.action in ("destroy", "rename"):
                self._labels.pop(event.actor.id, None)  # somebody else may have the name now
                if event.action == "destroy":
                    self._kills.pop(event.actor.id, None)

    def follow(self, api: DockerApi, stop: threading.Event) -> None:
        """Read events until told to stop. After a gap the engine still has those of the last 256 that came since."""
        while not stop.is_set():
            until = max(time.time_ns(), self._since) + _STREAM_SECONDS * 10**9
            try:
                events = api.events(self._since, until)
                with self._lock:
                    self._inspected.clear()
                    self._connected = True
                for event in events:
                    self.happened(event)
                if time.time_ns() >= until:
                    continue
                problem = "the stream ended early"
            except DockerError as error:
                problem = str(error)
            log("events_missing", problem=problem)
            with self._lock:
                self._connected = False
            stop.wait(_RETRY_SECONDS)
