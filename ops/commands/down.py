"""`monitor down`: everything stops and goes, the data stays."""

from ops.console import say
from ops.events import summary
from ops.options import DEFAULT_STACK, Airgap, StackName
from ops.recovery import mark_begun, mark_finished, settle
from ops.session import Session
from ops.state import VOLUME, ids
from ops.stream import run_told


def down(stack: StackName = DEFAULT_STACK, airgap: Airgap = None) -> None:
    """Stop and remove everything but the data."""
    again = f"make down STACK={stack}"
    session = Session.open_deployed(stack, airgap)
    session.configure()
    session.provide_stack()
    settle(session.pulumi, session.engine, again=again)
    mark_begun(session.stack)
    # data volumes are protected by the program, so they are what is left
    told = run_told(session.pulumi, ["destroy", "--yes", "--skip-preview", "--exclude-protected"], again=again)
    mark_finished(session.stack)
    say(f"  {summary(told.changes)}")
    volumes = sorted(ids(session.pulumi.export(), VOLUME))
    say(f"stack {stack} is down; kept: {', '.join(volumes) or 'no data'}")
    say(f"  make up STACK={stack} brings it back with its data; make destroy STACK={stack} removes that too")
