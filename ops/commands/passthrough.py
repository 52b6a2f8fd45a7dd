"""A Pulumi command handed to the person's terminal."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ops.pulumi_cli import Pulumi
from ops.quiet import without_noise


def run_through(pulumi: Pulumi, args: Sequence[str]) -> int:
    """Run `pulumi ARGS` on this terminal as it is; returns its exit code."""
    with _terminal_stops_child():
        return subprocess.Popen(pulumi.command(args), env=dict(pulumi.env), cwd=pulumi.stack.project.root).wait()


def run_quietly(pulumi: Pulumi, args: Sequence[str]) -> int:
    """Run `pulumi ARGS` and print what it prints, without the noise; returns its exit code."""
    colour = "always" if sys.stdout.isatty() else "never"
    with (
        _terminal_stops_child(),
        subprocess.Popen(
            [*pulumi.command(args), "--non-interactive", "--color", colour],
            env=dict(pulumi.env),
            cwd=pulumi.stack.project.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as child,
    ):
        for line in without_noise(child.stdout or ()):
            sys.stdout.write(line)
            sys.stdout.flush()
        return child.wait()


@contextmanager
def _terminal_stops_child() -> Iterator[None]:
    """Ctrl-C reaches the child from the terminal; all there is to do here is to wait for it to end in order.

    A handler, unlike ignoring the signal, isn't inherited by the child.
    """
    before = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
