"""A Pulumi command with its progress told live, and Ctrl-C passed on in order."""

import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import IO

from ops.console import err, say
from ops.errors import Interrupted, OpsError
from ops.events import Teller
from ops.pulumi_cli import Pulumi, last_words

_SIGN_OF_LIFE_SECONDS = 10.0
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_told(
    pulumi: Pulumi, args: Sequence[str], *, again: str, ending: Callable[[Iterable[str]], None] = lambda _ids: None
) -> Teller:
    """Run `pulumi ARGS --json` and say what happens as it happens.

    Args:
        again: the command to run after an interruption.
        ending: is told the ids of containers whose end was begun and failed.

    Returns:
        What was seen: errors and counts of operations.

    Raises:
        Interrupted: the person stopped it; Pulumi ended in order.
        OpsError: it failed; the reasons have been printed.
    """
    teller = Teller()
    child = subprocess.Popen(
        [*pulumi.command(args), "--json", "--non-interactive"],
        env=pulumi.marked,
        cwd=pulumi.stack.project.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a group of its own: the terminal's Ctrl-C reaches Pulumi only through us, once, and never its plugins
        process_group=0,
    )
    complaints: list[str] = []
    reader = threading.Thread(target=_collect, args=(child.stderr, complaints.append), daemon=True)
    reader.start()
    with _passing_on_stops(child) as stopped:
        for raw in _lines_or_silence(child.stdout):
            lines = teller.lines(raw) if raw is not None else iter([teller.waiting() or ""])
            for line in lines:
                if line:
                    say(line)
        child.wait()
    reader.join(timeout=5)
    if teller.ending:
        ending(teller.ending)
    if stopped:
        raise Interrupted(again)
    if child.returncode:
        raise OpsError(f"`pulumi {args[0]}` failed: {_reason(teller.errors, ''.join(complaints))}")
    return teller


def _reason(errors: Sequence[str], complaints: str, longest: int = 240) -> str:
    """The first error, shortened: all of them have been printed in full as they came."""
    first = errors[0] if errors else last_words(complaints)
    if len(first) > longest:
        first = f"{first[:longest]}…"
    return f"{first} (and {len(errors) - 1} more, above)" if len(errors) > 1 else first


def _collect(stream: IO[str] | None, keep: Callable[[str], None]) -> None:
    for line in stream or ():
        keep(line)


def _lines_or_silence(stream: IO[str] | None) -> Iterator[str | None]:
    """The stream's lines; None whenever it has been silent for a while."""
    lines: queue.Queue[str | None] = queue.Queue()

    def pump() -> None:
        _collect(stream, lines.put)
        lines.put(None)

    threading.Thread(target=pump, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=_SIGN_OF_LIFE_SECONDS)
        except queue.Empty:
            yield None
            continue
        if line is None:
            return
        yield line


@contextmanager
def _passing_on_stops(child: "subprocess.Popen[str]") -> Iterator[list[int]]:
    """While inside, a stop signal goes to the child: the first asks it to finish in order, the second to end now."""
    stopped: list[int] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if not stopped:
            err.print("stopping: what is under way is finished first (Ctrl-C again stops at once)", markup=False)
        stopped.append(number)
        if child.poll() is None:
            child.send_signal(signal.SIGINT)

    before = {number: signal.signal(number, pass_on) for number in _STOPS}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
