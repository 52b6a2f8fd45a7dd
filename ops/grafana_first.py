"""Grafana's server before what is in it.

An update looks at everything that is in Grafana. While that is away, or lets nobody in because its administrator's
password was changed by hand, that can't be done, and so the update that would bring it back can't begin.
"""

import time

from ops.console import say
from ops.errors import NotDeployed, OpsError
from ops.grafana_api import GrafanaApi
from ops.outputs import Outputs, read_outputs
from ops.recovery import mark_begun, mark_finished
from ops.session import Session
from ops.state import IN_GRAFANA
from ops.stream import run_told

_SECONDS = 60.0
_PART = "grafana"


def grafana_first(session: Session, *, again: str) -> None:
    """Of a stack that was deployed before, bring up all but what is in Grafana, unless Grafana answers.

    A restarted server takes the administrator's password from the configuration.

    Args:
        again: the command to run after an interruption.
    """
    try:
        outputs = read_outputs(session.pulumi)
    except NotDeployed:
        return
    if _PART not in outputs.urls:
        return
    api = GrafanaApi.of(outputs, session.pulumi)
    if not _problem(api):
        return
    say("Grafana is away or lets nobody in: its server goes first")
    mark_begun(session.stack)
    update = ["up", "--yes", "--skip-preview", "--refresh", "--exclude", IN_GRAFANA, "--exclude-dependents"]
    run_told(session.pulumi, update, again=again)
    mark_finished(session.stack)
    if _problem(api):
        _restart(session, outputs, api)


def _restart(session: Session, outputs: Outputs, api: GrafanaApi) -> None:
    say("restarting Grafana, which sets its administrator's password anew")
    session.engine.restart_container(outputs.containers[_PART])
    until = time.monotonic() + _SECONDS
    while (problem := _problem(api)) and time.monotonic() < until:
        time.sleep(1)
    if problem:
        raise OpsError(f"{problem}, even after a restart; `docker logs {outputs.containers[_PART]}` may say why")


def _problem(api: GrafanaApi) -> str | None:
    try:
        api.get("/api/org")
    except OpsError as error:
        return str(error)
    return None
