"""`monitor preview`: what `up` would change."""

import typer

from ops.commands.passthrough import run_quietly
from ops.grafana_choice import FACT, counted_on
from ops.grafana_first import can_be_looked_at
from ops.options import DEFAULT_STACK, Airgap, StackName
from ops.session import Session


def preview(stack: StackName = DEFAULT_STACK, airgap: Airgap = None) -> None:
    """Show what `up` would change. A stack that isn't there yet is created, empty; nothing is deployed."""
    session = Session.open(stack, airgap)
    session = session.with_cli()
    grafana = counted_on(session)
    facts = session.facts_unless_kept()
    config = session.configure(None if facts is None else {**facts, FACT: grafana})
    session.provide_stack()
    session.provide_secrets(config, grafana=grafana)
    # as `up` does, but where the engine or Grafana is away: then it is what the stack's state says that is compared
    refresh = ["--refresh"] if session.engine_info() and can_be_looked_at(session) else []
    raise typer.Exit(run_quietly(session.pulumi, ["preview", *refresh]))
