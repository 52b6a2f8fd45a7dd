"""Putting right what an interrupted run left behind, so that the next one simply finishes the job.

What can be left: a lock of a process that is gone, operations the state calls pending, and containers that the
engine has made but the state doesn't know (Pulumi was ended between the two).
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from ops import local_state
from ops.console import say
from ops.errors import OpsError
from ops.health.engine import Inspected
from ops.private_file import write_private
from ops.project import Stack
from ops.pulumi_cli import Pulumi
from ops.state import CONTAINER, IN_GRAFANA, ids
from ops.stream import run_told


class Containers(Protocol):
    """The part of a Docker engine that clearing up needs."""

    def containers(self, stack: str) -> list[Inspected]:
        """`docker inspect` of every container labelled with the stack, running or not."""

    def remove_container(self, container_id: str) -> None:
        """Remove a container by force; one that is gone already is fine."""


def free_lock(pulumi: Pulumi) -> None:
    """Remove the lock of a run that is gone. Only for the local backend.

    Raises:
        OpsError: the run that holds the lock is still at work.
    """
    locks = local_state.locks(pulumi.stack)
    for lock in locks:
        if lock.held:
            raise OpsError(
                f"another run works on stack '{pulumi.stack.name}' (process {lock.pid} on {lock.hostname}); "
                "wait for it to end, or free the lock with `monitor pulumi -- cancel --yes` if it is gone"
            )
    if locks:
        say("the last run was cut short: removing its lock")
        pulumi.run(["cancel", "--yes"])


def mark_begun(stack: Stack) -> None:
    """Remember that changes are being made from now on; an earlier mark stands for the earlier begin."""
    if not _mark(stack).is_file():
        write_private(_mark(stack), json.dumps({"since": datetime.now(UTC).timestamp()}))


def mark_finished(stack: Stack) -> None:
    """The changes were made to the end."""
    _mark(stack).unlink(missing_ok=True)


def is_unfinished(stack: Stack) -> bool:
    """Whether changes were begun that weren't made to the end."""
    return _mark(stack).is_file()


def settle(pulumi: Pulumi, engine: Containers, *, again: str) -> None:
    """After an unfinished run: remove containers nobody knows, and clear pending operations."""
    if not _mark(pulumi.stack).is_file():
        return
    state = pulumi.export()
    known = ids(state, CONTAINER)
    begun = _begun(pulumi.stack)
    for inspected in engine.containers(pulumi.stack.name):
        if is_stray(inspected, known, begun):
            say(f"  removing {str(inspected['Name']).lstrip('/')}: the unfinished run made it and lost it")
            engine.remove_container(str(inspected["Id"]))
    if state.get("pending_operations"):
        say("the last run was cut short: checking what it left")
        # not what is in Grafana: that may be away, and an edit by hand would be taken for what was deployed
        refresh = ["refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--exclude", IN_GRAFANA]
        run_told(pulumi, refresh, again=again)


def is_stray(inspected: Mapping[str, object], known: frozenset[str], begun: float) -> bool:
    """Whether a container of this stack came into being during the unfinished run and isn't in the state.

    An older one belongs to somebody else, another checkout with the same stack name for one: it is left alone.
    """
    if inspected.get("Id") in known:
        return False
    try:
        created = datetime.fromisoformat(str(inspected.get("Created")))
    except ValueError:
        return False
    return created.timestamp() >= begun


def _mark(stack: Stack) -> Path:
    return stack.folder / "unfinished.json"


def _begun(stack: Stack) -> float:
    try:
        return float(json.loads(_mark(stack).read_text())["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return float("inf")  # an unreadable mark: nothing counts as made since then
