"""Reading Alertmanager's account of itself."""

from collections.abc import Mapping

from ops.health.model import AlertmanagerState, Problem

STATUS = "/api/v2/status"
RECEIVERS = "/api/v2/receivers"


def read_alertmanager(status: Mapping[str, object], receivers: object) -> AlertmanagerState:
    """`/api/v2/status` and `/api/v2/receivers`."""
    version, cluster = status.get("versionInfo"), status.get("cluster")
    named = receivers if isinstance(receivers, list) else []
    return AlertmanagerState(
        version=str(version.get("version", "")) if isinstance(version, dict) else "",
        cluster=str(cluster.get("status", "")) if isinstance(cluster, dict) else "",
        receivers=tuple(sorted(str(one["name"]) for one in named if isinstance(one, dict) and "name" in one)),
    )


def alertmanager_problems(state: AlertmanagerState) -> list[Problem]:
    """An Alertmanager that answers and still can't do its work."""
    problems = []
    if state.cluster not in ("ready", "disabled"):
        problems.append(Problem("alertmanager", "cluster", f"is {state.cluster or 'without a status'}"))
    if not state.receivers:
        problems.append(Problem("alertmanager", "receivers", "there are none: nobody would be told"))
    return problems
