"""Progress that a person can follow, on a terminal or in a log."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

HEARTBEAT_SECONDS = 30.0


class Report(Protocol):
    """What the kit tells while it works. Called from several threads."""

    def expect(self, steps: int) -> None:
        """So many more steps are to come."""

    def begin(self, step: str) -> None:
        """The step is being worked on."""

    def finish(self, step: str, how: str) -> None:
        """The step is done; `how` is a few words, such as "built in 12 s"."""

    def note(self, line: str) -> None:
        """A line that is worth keeping."""


class Silent:
    """Tells nothing."""

    def expect(self, steps: int) -> None: ...
    def begin(self, step: str) -> None: ...
    def finish(self, step: str, how: str) -> None: ...
    def note(self, line: str) -> None: ...


class _Tally:
    """How far the work is. The two reports below differ only in how they show it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._running: dict[str, float] = {}
        self._done = self._total = 0
        self._started = time.monotonic()

    def expect(self, steps: int) -> None:
        with self._lock:
            self._total += steps
            self._show()

    def begin(self, step: str) -> None:
        with self._lock:
            self._running[step] = time.monotonic()
            self._show()

    def finish(self, step: str, how: str) -> None:
        with self._lock:
            self._running.pop(step, None)
            self._done += 1
            self._line(f"{step}: {how}")
            self._show()

    def note(self, line: str) -> None:
        with self._lock:
            self._line(line)

    def _busy(self) -> str:
        return ", ".join(self._running)

    def _line(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _show(self) -> None:
        """Called with the lock held, after every change."""


class TerminalReport(_Tally):
    """One bar with the total and the elapsed time at the bottom, finished steps above it."""

    def __init__(self, console: Console, title: str) -> None:
        super().__init__(console)
        columns = (
            TextColumn(title),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[busy]}"),
        )
        self._progress = Progress(*columns, console=console, transient=True)
        self._bar = self._progress.add_task("", total=0, busy="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._progress.stop()

    def _show(self) -> None:
        self._progress.update(self._bar, total=self._total, completed=self._done, busy=self._busy())


class PlainReport(_Tally):
    """One line per finished step, and one now and then that shows it's alive."""

    def __init__(self, console: Console, title: str, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        super().__init__(console)
        self._title, self._heartbeat = title, heartbeat
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._over.set()

    def _beat(self) -> None:
        while not self._over.wait(self._heartbeat):
            with self._lock:
                if self._running:
                    elapsed = time.monotonic() - self._started
                    self._line(
                        f"{self._title}: {self._done} of {self._total} after {elapsed:.0f} s, now {self._busy()}"
                    )


@contextmanager
def reporting(console: Console, title: str) -> Iterator[Report]:
    """A report that suits the console, for as long as the block runs."""
    with TerminalReport(console, title) if console.is_terminal else PlainReport(console, title) as report:
        yield report


@contextmanager
def step(report: Report, name: str, verb: str) -> Iterator[None]:
    """Begin a step, and finish it with the seconds it took; a failure finishes nothing."""
    started = time.monotonic()
    report.begin(name)
    yield
    report.finish(name, f"{verb} in {time.monotonic() - started:.0f} s")
