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
from ops.recovery import settle, unfinished
from ops.session import Session
from ops.state import CONTAINER, VOLUME, ids
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
    with unfinished(session.stack, session.engine) as ending:
        state = session.pulumi.export()
        ending(ids(state, CONTAINER))
        if keep_data:
            kept = take_down(state, session.engine, say)
            last = f"is gone; kept: {', '.join(kept) or 'no data'}"
            strangers = []
        else:
            strangers = _remove_all(session, state, again)
            last = "is gone, data and all"
        # the committed configuration file stays: it isn't ours to delete
        session.pulumi.run(["stack", "rm", "--force", "--yes", "--preserve-config"])
    forget(session.stack)
    say(f"stack {stack} {last}")
    if keep_data:  # its secrets stay, too
        say(f"  make up STACK={stack} makes it anew, with that data")
        return
    session.stack.config_file.unlink(missing_ok=True)
    if strangers:
        say(f"  left alone, as this checkout doesn't know them: docker volume rm {' '.join(strangers)}")
    say("  the Docker engine goes on; if `make up` started it by hand: .venv/bin/python -m airgap engine stop")


def _remove_all(session: Session, state: Mapping[str, object], again: str) -> list[str]:
    """Remove what the state knows; names of volumes that it doesn't know."""
    ours = ids(state, VOLUME)
    if of_the_kit(state):
        take_down(state, session.engine, say)  # there are no plugins any more that Pulumi could ask
    else:
        session.pulumi.run(["state", "unprotect", "--all", "--yes"])
        told = run_told(session.pulumi, ["destroy", "--yes", "--skip-preview"], again=again)
        say(f"  {summary(told.changes)}")
    left = session.engine.volumes(session.stack.name)
    for volume in sorted(ours.intersection(left)):  # only dev deletes its volumes with the resource
        say(f"  - Volume {volume}")
        session.engine.remove_volume(volume)
    return [volume for volume in left if volume not in ours]


def _confirm(stack: str) -> None:
    if not someone_is_there():
        raise UsageError(f"destroying '{stack}' deletes its data and nobody is there to confirm it; add --yes")
    typed = typer.prompt(f"This deletes stack '{stack}' and all of its data. Type its name to go on")
    if typed != stack:
        raise UsageError(f"'{typed}' isn't '{stack}': nothing was changed")


def someone_is_there() -> bool:
    """Whether the question would reach a person."""
    return sys.stdin.isatty()
