"""`monitor down`: everything stops and goes, the data stays."""

from ops.console import say
from ops.errors import Interrupted
from ops.options import DEFAULT_STACK, Airgap, StackName
from ops.recovery import settle, unfinished
from ops.session import Session
from ops.state import CONTAINER, IN_GRAFANA, ids
from ops.take_down import take_down


def down(stack: StackName = DEFAULT_STACK, airgap: Airgap = None) -> None:
    """Stop and remove everything but the data."""
    again = f"make down STACK={stack}"
    try:
        _down(stack, airgap, again)
    except KeyboardInterrupt:
        raise Interrupted(again) from None


def _down(stack: str, airgap: bool | None, again: str) -> None:
    session = Session.open_deployed(stack, airgap)
    session.configure()
    session.provide_stack()
    settle(session.pulumi, session.engine, again=again)
    with unfinished(session.stack, session.engine) as ending:
        state = session.pulumi.export()
        ending(ids(state, CONTAINER))
        kept = take_down(state, session.engine, say)
        session.pulumi.run(["refresh", "--yes", "--skip-preview", "--exclude", IN_GRAFANA])
    say(f"stack {stack} is down; kept: {', '.join(kept) or 'no data'}")
    say(f"  make up STACK={stack} brings it back with its data; make destroy STACK={stack} removes that too")
