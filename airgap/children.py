"""Child processes that never outlive the work they are part of."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from airgap.errors import KitError

_GRACE_SECONDS = 5.0
_LAST_LINES = 12


class Children:
    """Starts commands, each in a process group of its own, and can end them all from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._ended = False

    def run(
        self,
        what: str,
        command: Sequence[str],
        *,
        log: Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Run a command to its end, its output appended to the log.

        Raises:
            KitError: it failed; carries the last lines of the log and where the rest is.
        """
        with log.open("ab") as output:
            with self._lock:
                if self._ended:
                    raise KitError(f"{what}: not started, the work was stopped")
                child = subprocess.Popen(
                    command,
                    cwd=cwd,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
                self._running.add(child)
            code = child.wait()
            with self._lock:
                self._running.discard(child)
        if code != 0:
            raise KitError(f"{what} failed (exit code {code}):\n{_tail(log)}\nThe whole log: {log}")

    def end(self) -> None:
        """End what runs, gently first; nothing starts afterwards."""
        with self._lock:
            self._ended = True
            children = list(self._running)
        for child in children:
            _signal(child, signal.SIGINT)
        for child in children:
            try:
                child.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                _signal(child, signal.SIGKILL)
                child.wait()
            _signal(child, signal.SIGKILL)  # what it left behind in its group


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()[-_LAST_LINES:]
    return "\n".join(f"    {line}" for line in lines) or "    (no output)"
