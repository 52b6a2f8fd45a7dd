"""Killing a run in the middle, without mercy: `monitor` itself, Pulumi's CLI, or the provider."""

import contextlib
import os
import signal
import subprocess
import threading
import time

from ops import recovery
from ops.project import Project
from tests.e2e.system import System

VICTIMS = ("monitor", "pulumi", "pulumi-resource")
# said before the first change
_BEGUN = ("updating stack", "  - ")
_SECONDS = 300


def processes(system: System, name: str) -> list[int]:
    """Pulumi's processes of this system by their name's beginning; `pulumi` is the CLI alone."""
    of_it = recovery.processes(Project.load(system.root).stack(system.stack))
    return [each.pid for each in of_it if (each.name == name if name == "pulumi" else each.name.startswith(name))]


def kill(system: System, verb: str, victim: str, after: float) -> bool:
    """Start `monitor VERB` and kill a process of it, so many seconds after its first change.

    Returns:
        Whether there was something to kill: not if the run was over before.
    """
    run = system.start(verb)
    output: list[str] = []
    begun = threading.Event()

    def read() -> None:
        for line in run.stdout or ():
            output.append(line)
            if line.startswith(_BEGUN):
                begun.set()

    threading.Thread(target=read, daemon=True).start()
    deadline = time.monotonic() + _SECONDS
    while not begun.wait(0.1):
        assert run.poll() is None, f"{verb} made no change: {''.join(output)}"
        assert time.monotonic() < deadline, f"{verb} doesn't begin: {''.join(output)}"
    time.sleep(after)
    # where it has none at this moment, its `monitor`
    victims = [run.pid] if victim == "monitor" else processes(system, victim) or [run.pid]
    over = run.poll() is not None
    for pid in victims if not over else ():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    try:
        run.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        run.kill()
        raise AssertionError(f"{verb} goes on without its {victim}: {''.join(output)}") from None
    return not over
