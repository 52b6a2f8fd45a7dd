"""`monitor health`: is everything well?"""

import sys
from typing import Annotated

import typer

from ops.console import emit_json, err, out
from ops.errors import UNHEALTHY, NotDeployed
from ops.grafana_choice import absent
from ops.health.check import check
from ops.health.docker_engine import DockerEngine
from ops.health.show import show
from ops.health.wait import wait_until
from ops.options import DEFAULT_STACK, Json, StackName
from ops.outputs import read_outputs
from ops.session import Session

Wait = Annotated[
    float, typer.Option("--wait", min=0, metavar="SECONDS", help="Wait so long for everything to be well.")
]


def health(stack: StackName = DEFAULT_STACK, json: Json = False, wait: Wait = 0) -> None:
    """Tell whether everything is well.

    Looks at the engine, containers, targets, rules, Alertmanager and its notifications. Exit code 0: all is well;
    1: something isn't; 2: the stack isn't deployed.
    """
    session = Session.open_deployed(stack)
    outputs = read_outputs(session.pulumi)
    engine = DockerEngine(outputs.docker_host)
    seen = wait_until(
        lambda: check(outputs, engine),
        lambda found: found.healthy,
        seconds=wait,
        say=lambda line: err.print(line, markup=False) if sys.stderr.isatty() or not json else None,
    )
    if seen.engine.version is not None and not seen.containers:
        raise NotDeployed(stack)
    seen.absent |= absent(session.stack, outputs.urls)
    if json:
        emit_json(seen.as_json())
    else:
        show(seen, out)
    if not seen.healthy:
        raise typer.Exit(UNHEALTHY)
