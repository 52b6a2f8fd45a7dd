"""Putting right what an interrupted run left behind, so that the next one simply finishes the job.

What can be left: a lock of a process that is gone, plugins that go on without it, operations the state calls pending,
and what the engine has made but the state doesn't know (a process was ended between the two).
"""

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ops import local_state
from ops.console import say
from ops.errors import OpsError
from ops.health.docker_engine import EngineInfo
from ops.health.engine import Made
from ops.private_file import write_private
from ops.project import Stack
from ops.pulumi_cli import RUN, RUN_BY, Pulumi
from ops.state import CONTAINER, IN_GRAFANA, VOLUME, entries
from ops.stream import run_told

LOCK_SECONDS = 60.0
# more than any container of ours is given by its deletion
_GRACE_SECONDS = 90


class Engine(Protocol):
    """The part of a Docker engine that clearing up needs."""

    def info(self) -> EngineInfo:
        """What the engine says of itself."""

    def made(self, stack: str) -> list[Made]:
        """Containers, networks and volumes labelled with the stack."""

    def stop_container(self, container_id: str, *, seconds: int) -> None:
        """Have it end in order, and kill it after so many seconds; one that is gone already is fine."""

    def remove(self, made: Made) -> None:
        """Remove it by force; what is gone already is fine."""


def free_lock(pulumi: Pulumi, seconds: float = LOCK_SECONDS) -> None:
    """Remove the lock of a run that is gone. Only for the local backend.

    Args:
        seconds: how long to wait for a run on this machine: one that lost its `monitor` ends with its next message.

    Raises:
        OpsError: the run that holds the lock is still at work.
    """
    deadline = time.monotonic() + seconds
    while lock := next((lock for lock in (*local_state.locks(pulumi.stack), *_late(pulumi.stack)) if lock.held), None):
        if not lock.here or time.monotonic() > deadline:
            raise OpsError(
                f"another run works on stack '{pulumi.stack.name}' (process {lock.pid} on {lock.hostname}); "
                "wait for it to end, or free the lock with `monitor pulumi -- cancel --yes` if it is gone"
            )
        time.sleep(0.5)
    if local_state.locks(pulumi.stack):
        say("the last run was cut short: removing its lock")
        pulumi.run(["cancel", "--yes"])


@contextmanager
def unfinished(stack: Stack, engine: Engine) -> Iterator[Callable[[Iterable[str]], None]]:
    """Remembers, until the block has ended well, that changes are being made; an earlier mark stands.

    By the engine's clock, which also says when something was made. The block is given what notes containers (ids) that
    it is about to end: one that was asked to stop still runs for a while, and is taken for one that goes on.
    """
    mark = _marked(stack) or {"since": engine.info().time.timestamp()}

    def ending(ids: Iterable[str]) -> None:
        mark["ending"] = sorted({*_ending(mark), *ids})
        write_private(_mark(stack), json.dumps(mark))

    ending(())
    yield ending
    _mark(stack).unlink(missing_ok=True)


def is_unfinished(stack: Stack) -> bool:
    """Whether changes were begun that weren't made to the end."""
    return _mark(stack).is_file()


def settle(pulumi: Pulumi, engine: Engine, *, again: str) -> None:
    """After an unfinished run: remove containers and networks nobody knows, and clear pending operations.

    Volumes stay, whoever made them: there may be data in them, and the next update takes them as they are.
    """
    if not is_unfinished(pulumi.stack):
        return
    end_orphans(pulumi.stack)
    state = pulumi.export()
    mark = _marked(pulumi.stack)
    ending = {*_ending(mark), *(str(each["resource"].get("id")) for each in _pending(state, "deleting"))}
    there = engine.made(pulumi.stack.name)
    for made in there:
        if made.kind == CONTAINER and made.id in ending:
            say(f"  ending {made.name}: the unfinished run was about to")
            engine.stop_container(made.id, seconds=_GRACE_SECONDS)
            engine.remove(made)
    for made in strays(state, [made for made in there if made.id not in ending], _begun(mark)):
        say(f"  removing {made.name}: the unfinished run made it and lost it")
        engine.remove(made)
    if state.get("pending_operations"):
        say("the last run was cut short: checking what it left")
        # not what is in Grafana: that may be away, and an edit by hand would be taken for what was deployed
        refresh = ["refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--exclude", IN_GRAFANA]
        run_told(pulumi, refresh, again=again)


def strays(state: Mapping[str, object], there: Sequence[Made], begun: float) -> list[Made]:
    """Containers and then networks that came into being during the unfinished run and aren't in the state.

    An older one belongs to somebody else, another checkout with the same stack name for one: it is left alone, unless
    the state says that it was about to be made.
    """
    known = {str(entry.get("id")) for entry in entries(state, "resources")}
    expected = {str(each["resource"].get("inputs", {}).get("name")) for each in _pending(state, "creating")}
    lost = [
        made
        for made in there
        # of containers the engine tells whole seconds alone
        if made.kind != VOLUME and made.id not in known and (made.created >= begun - 1 or made.name in expected)
    ]
    return sorted(lost, key=lambda made: made.kind != CONTAINER)


def end_orphans(stack: Stack) -> None:
    """End plugins of a run that is gone: they would go on with what it asked of them, for minutes. Linux alone."""
    orphans = [each for each in processes(stack) if each.name != "pulumi" and not local_state.is_pulumi(each.parent)]
    for each in orphans:
        with suppress(OSError):
            os.kill(each.pid, signal.SIGKILL)
    if orphans:
        time.sleep(1)  # what they have asked of the engine is still being done


class Process(NamedTuple):
    """One of Pulumi's: `name` is `pulumi` for the command line, else a plugin's, of which 15 characters are told."""

    pid: int
    name: str
    parent: int
    started_by: int


def processes(stack: Stack) -> Iterator[Process]:
    """Pulumi's processes that were started for the stack. Linux alone."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_text(errors="replace").split("\0")
            # "PID (NAME) STATE PARENT ..."
            name, _, rest = (process / "stat").read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue  # it has ended, or is somebody else's
        variables = dict(one.partition("=")[::2] for one in environment)
        state, parent = rest.split()[:2]
        if variables.get(RUN) == str(stack.folder) and name.startswith("pulumi") and state not in ("Z", "X"):
            yield Process(int(process.name), name, int(parent), int(variables.get(RUN_BY, parent)))


def _late(stack: Stack) -> list[local_state.Lock]:
    """Of each CLI that lost the `monitor` which started it: the lock that it has, or is about to take."""
    here = socket.gethostname()
    lost = [each for each in processes(stack) if each.name == "pulumi" and each.parent != each.started_by]
    return [local_state.Lock(each.pid, here, held=True) for each in lost]


def _mark(stack: Stack) -> Path:
    return stack.folder / "unfinished.json"


def _marked(stack: Stack) -> dict[str, object]:
    try:
        document = json.loads(_mark(stack).read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        return {"since": None}  # unreadable: nothing counts as made since then
    return document if isinstance(document, dict) else {"since": None}


def _begun(mark: Mapping[str, object]) -> float:
    since = mark.get("since")
    return float(since) if isinstance(since, int | float) else float("inf")


def _ending(mark: Mapping[str, object]) -> list[str]:
    ids = mark.get("ending")
    return [str(one) for one in ids] if isinstance(ids, list) else []


def _pending(state: Mapping[str, object], kind: str) -> list[Mapping[str, Any]]:
    return [each for each in entries(state, "pending_operations") if each.get("type") == kind]
