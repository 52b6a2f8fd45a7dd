"""Dashboards that somebody changed by hand in Grafana, where the settings say that an update may not undo that."""

from collections.abc import Mapping

from ops.errors import OpsError
from ops.grafana_api import GrafanaApi
from ops.state import resources

DASHBOARD = "grafana:oss/dashboard:Dashboard"


def refuse_hand_edits(state: Mapping[str, object], api: GrafanaApi) -> None:
    """Stop before anything is overwritten.

    Args:
        state: the stack's deployment, as `pulumi stack export` has it.
        api: the stack's Grafana.

    Raises:
        OpsError: one line per dashboard that is newer in Grafana than what was deployed: who, when, and the way out.
    """
    edits = [line for uid, version in deployed_versions(state).items() if (line := _edit(api, uid, version))]
    if edits:
        raise OpsError("\n".join([*edits, "  keep it with `monitor export-dashboard UID` and undo it in Grafana, or"
                                  " set grafana.handEdits to overwrite"]))  # fmt: skip


def deployed_versions(state: Mapping[str, object]) -> dict[str, int]:
    """Every dashboard that the stack deploys: uid -> version that Grafana gave it."""
    outputs = [each["outputs"] for each in resources(state, DASHBOARD) if "outputs" in each]
    return {str(one["uid"]): int(one["version"]) for one in outputs}


def _edit(api: GrafanaApi, uid: str, version: int) -> str | None:
    answer = api.get(f"/api/dashboards/uid/{uid}")
    meta = answer.get("meta") if isinstance(answer, dict) else None
    if not isinstance(meta, dict) or int(meta.get("version", 0)) <= version:
        return None
    return f"dashboard '{uid}' was changed in Grafana by {meta.get('updatedBy')} on {meta.get('updated')}"
