"""`monitor export-dashboard`: bring a dashboard made by hand in Grafana into the repository."""

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from ops.console import say
from ops.errors import OpsError, UsageError
from ops.grafana_api import GrafanaApi
from ops.hand_edits import deployed_versions
from ops.options import DEFAULT_STACK, StackName
from ops.outputs import read_outputs
from ops.session import Session

FOLDER = "dashboards"
# what belongs to the Grafana that it was made in
_OWN = ("id", "version", "iteration")


def export_dashboard(
    uid: Annotated[str, typer.Argument(help="The dashboard's uid: the part of its address after /d/.")],
    stack: StackName = DEFAULT_STACK,
    force: Annotated[bool, typer.Option(help="Overwrite the file if it is there.")] = False,
) -> None:
    """Write a dashboard of the running Grafana to dashboards/, from where the next `up` deploys it."""
    session = Session.open_deployed(stack)
    api = GrafanaApi.of(read_outputs(session.pulumi), session.pulumi)
    folder = session.stack.project.root / FOLDER
    document = fetch(api, uid)
    if uid in deployed_versions(session.pulumi.export()) and uid not in dropped_in(folder):
        document = as_a_copy(document)
    path = write(document, folder, force=force)
    say(f"written to {path.relative_to(session.stack.project.root)}; `make up` deploys it from there")


def fetch(api: GrafanaApi, uid: str) -> dict[str, object]:
    """A dashboard's document.

    Raises:
        UsageError: there is none with this uid.
    """
    answer = api.get(f"/api/dashboards/uid/{uid}")
    document = answer.get("dashboard") if isinstance(answer, dict) else None
    if not isinstance(document, dict):
        raise UsageError(f"Grafana has no dashboard with uid '{uid}'; the uid is the part of its address after /d/")
    return {key: value for key, value in document.items() if key not in _OWN}


def dropped_in(folder: Path) -> set[object]:
    """Uids of the dashboards that are in the folder already."""
    return {json.loads(path.read_text()).get("uid") for path in folder.glob("*.json")}


def as_a_copy(document: dict[str, object]) -> dict[str, object]:
    """One of the program's own, edited by hand, beside the original: that is made anew by every update."""
    return {**document, "uid": f"{document['uid']}-by-hand", "title": f"{document['title']} (by hand)"}


def write(document: dict[str, object], folder: Path, *, force: bool) -> Path:
    """Write it under a name made of its title.

    Raises:
        OpsError: a file of that name is there and may not be overwritten.
    """
    name = re.sub(r"[^a-z0-9]+", "-", str(document.get("title", "")).lower()).strip("-") or str(document["uid"])
    path = folder / f"{name}.json"
    if path.exists() and not force:
        raise OpsError(f"{folder.name}/{path.name} is there already; --force overwrites it")
    folder.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    return path
