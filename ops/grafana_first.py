"""Grafana's server before what is in it.

An update looks at everything that is in Grafana. While that is away, or lets nobody in because its administrator's
password was changed by hand, that can't be done, and so the update that would bring it back can't begin.
"""

import time

from ops.console import say
from ops.errors import NotDeployed, OpsError
from ops.grafana_api import GrafanaApi, NotLetIn
from ops.outputs import Outputs, read_outputs
from ops.recovery import unfinished
from ops.session import Session
from ops.state import IN_GRAFANA
from ops.stream import run_told

_SECONDS = 60.0
_PART = "grafana"


def grafana_first(session: Session, outputs: Outputs, *, again: str) -> None:
    """Bring up all but what is in Grafana, unless Grafana answers.

    A server sets its administrator's password, as the configuration has it, when it starts.

    Args:
        session: a stack that was deployed before, with Grafana.
        outputs: of that deployment.
        again: the command to run after an interruption.

    Raises:
        OpsError: Grafana stays away, or lets nobody in all the same.
    """
    if outputs.grafana_api_url is None:
        return
    api = GrafanaApi.of(outputs, session.pulumi)
    if _problem(api) is None:
        return
    say("Grafana is away or lets nobody in: its server goes first")
    before = _container(session, outputs)
    update = ["up", "--yes", "--skip-preview", "--refresh", "--exclude", IN_GRAFANA, "--exclude-dependents"]
    with unfinished(session.stack, session.engine):
        run_told(session.pulumi, update, again=again)
    # its address may be another one now: that the settings changed it may be why it was away
    outputs = read_outputs(session.pulumi)
    earlier, api = api, GrafanaApi.of(outputs, session.pulumi)
    if api == earlier and before and before == _container(session, outputs):
        # nothing was wrong with the container; asked once more, the login would count as one more wrong try
        say("restarting Grafana, which sets its administrator's password anew")
        session.engine.restart_container(before)
    _wait(api, outputs.containers[_PART])


def can_be_looked_at(session: Session) -> bool:
    """Whether an update can look at all that was deployed before, Grafana's content too."""
    try:
        outputs = read_outputs(session.pulumi)
    except NotDeployed:
        return False
    return outputs.grafana_api_url is None or _problem(GrafanaApi.of(outputs, session.pulumi)) is None


def _container(session: Session, outputs: Outputs) -> str | None:
    """The id of the server's container."""
    name = f"/{outputs.containers[_PART]}"
    found = session.engine.containers(outputs.stack)
    return next((str(inspected["Id"]) for inspected in found if inspected["Name"] == name), None)


def _wait(api: GrafanaApi, container: str) -> None:
    until = time.monotonic() + _SECONDS
    while (problem := _problem(api)) is not None:
        if isinstance(problem, NotLetIn):
            raise OpsError(
                f"Grafana at {api.url} refuses the administrator's password, though it has just been set: after five "
                "wrong tries the login is locked for five minutes; wait, then go on"
            )
        if time.monotonic() > until:
            raise OpsError(f"{problem}; `docker logs {container}` may say why")
        time.sleep(1)


def _problem(api: GrafanaApi) -> OpsError | None:
    try:
        api.get("/api/org")
    except OpsError as error:
        return error
    return None
