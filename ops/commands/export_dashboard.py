"""`monitor export-dashboard`: bring a dashboard made by hand in Grafana into the repository."""

from typing import Annotated

import typer

from ops.console import say
from ops.grafana_api import GrafanaApi
from ops.options import DEFAULT_STACK, StackName
from ops.outputs import read_outputs
from ops.session import Session

FOLDER = "dashboards"


def export_dashboard(
    uid: Annotated[str, typer.Argument(help="The dashboard's uid: the part of its address after /d/.")],
    stack: StackName = DEFAULT_STACK,
    force: Annotated[bool, typer.Option(help="Overwrite the file if it is there.")] = False,
) -> None:
    """Write a dashboard of the running Grafana to dashboards/, from where the next `up` deploys it."""
    # here, because reading the program's own dashboards takes time that no other command should take
    from ops.made_by_hand import bring
    from ops.settings import settings_of

    session = Session.open_deployed(stack)
    root = session.stack.project.root
    api = GrafanaApi.of(read_outputs(session.pulumi), session.pulumi)
    path = bring(api, uid, settings_of(session.stack), root / FOLDER, force=force)
    say(f"written to {path.relative_to(root)}; `make up` deploys it from there")
