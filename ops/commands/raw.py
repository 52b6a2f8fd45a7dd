"""`monitor pulumi -- ARGS`: Pulumi's own command line, on this stack."""

from typing import Annotated

import typer

from ops.commands.passthrough import run_through
from ops.console import err
from ops.options import DEFAULT_STACK, StackName
from ops.session import Session

EVERYTHING_IS_PULUMIS = {"allow_extra_args": True, "ignore_unknown_options": True}

_RUNS_THE_PROGRAM = frozenset({"preview", "up", "update"})


def raw(
    args: Annotated[list[str], typer.Argument(help="What comes after `pulumi`.", metavar="-- ARGS...")],
    stack: StackName = DEFAULT_STACK,
) -> None:
    """Run Pulumi itself on this stack.

    With its state, its passphrase and its generated configuration: `monitor pulumi -- stack --show-urns`.
    """
    session = Session.open(stack)
    session = session.with_cli()
    session.configure(session.facts_unless_kept() if args[0] in _RUNS_THE_PROGRAM else None)
    code = run_through(session.pulumi, args)
    if args[:2] == ["config", "set"] and "--secret" not in args and code == 0:
        err.print(
            f"monitor: only secrets stay in the generated configuration: put plain settings into "
            f"{session.stack.committed_file.name}",
            markup=False,
        )
    raise typer.Exit(code)
