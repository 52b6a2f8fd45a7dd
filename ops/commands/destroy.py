"""`monitor destroy`: the stack goes, with its data."""

import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from ops.console import say
from ops.errors import UsageError
from ops.events import summary
from ops.grafana_choice import of_the_kit
from ops.mode import forget
from ops.options import DEFAULT_STACK, Airgap, StackName
from ops.recovery import mark_begun, mark_finished, settle
from ops.session import Session
from ops.state import VOLUME, ids
from ops.stream import run_told
from ops.take_down import take_down

Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]
KeepData = Annotated[
    bool, typer.Option("--keep-data", help="Leave the data volumes on the engine; `up` makes the rest anew.")
]


def destroy(
    stack: StackName = DEFAULT_STACK, airgap: Airgap = None, yes: Yes = False, keep_data: KeepData = False
) -> None:
    """Remove the stack and all of its data, for good; with --keep-data all but the data."""
    session = Session.open_deployed(stack, airgap)
    if not (yes or keep_data):
        _confirm(stack)
    again = f"make destroy STACK={stack}"
    session.configure()
    session.provide_stack()
    settle(session.pulumi, session.engine, again=again)
    mark_begun(session.stack)
    state = session.pulumi.export()
    if keep_data:
        _forget_all_but_data(session, state)
        return
    ours = ids(state, VOLUME)
    if of_the_kit(state):
        take_down(state, session.engine, say)  # there are no plugins any more that Pulumi could ask
    else:
        session.pulumi.run(["state", "unprotect", "--all", "--yes"])
        told = run_told(session.pulumi, ["destroy", "--yes", "--skip-preview"], again=again)
        say(f"  {summary(told.changes)}")
    left = session.engine.volumes(stack)
    for volume in sorted(ours.intersection(left)):  # only dev deletes its volumes with the resource
        say(f"  - Volume {volume}")
        session.engine.remove_volume(volume)
    # the committed configuration file stays: it isn't ours to delete
    session.pulumi.run(["stack", "rm", "--force", "--yes", "--preserve-config"])
    mark_finished(session.stack)
    forget(session.stack)
    session.stack.config_file.unlink(missing_ok=True)
    say(f"stack {stack} is gone, data and all")
    if strangers := [volume for volume in left if volume not in ours]:
        say(f"  left alone, as this checkout didn't make them: docker volume rm {' '.join(strangers)}")
    say("  the Docker engine goes on; if `make up` started it by hand: .venv/bin/python -m airgap engine stop")


def _forget_all_but_data(session: Session, state: Mapping[str, object]) -> None:
    """Take the stack off the engine and out of the backend; its data volumes and its secrets stay."""
    kept = take_down(state, session.engine, say)
    session.pulumi.run(["stack", "rm", "--force", "--yes", "--preserve-config"])
    mark_finished(session.stack)
    forget(session.stack)
    say(f"stack {session.stack.name} is gone; kept: {', '.join(kept) or 'no data'}")
    say(f"  make up STACK={session.stack.name} makes it anew, with that data")


def _confirm(stack: str) -> None:
    if not someone_is_there():
        raise UsageError(f"destroying '{stack}' deletes its data and nobody is there to confirm it; add --yes")
    typed = typer.prompt(f"This deletes stack '{stack}' and all of its data. Type its name to go on")
    if typed != stack:
        raise UsageError(f"'{typed}' isn't '{stack}': nothing was changed")


def someone_is_there() -> bool:
    """Whether the question would reach a person."""
    return sys.stdin.isatty()
