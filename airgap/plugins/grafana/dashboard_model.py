"""A dashboard's JSON model: what of it counts, and when two mean the same."""

from __future__ import annotations

import json
from typing import Any

from airgap.plugins.grafana.fields import canonical, json_object_problem, uid_problem

Model = dict[str, Any]

# Of a panel from the library, Grafana fills in everything but these.
_LIBRARY_PANEL_KEYS = ("name", "uid")


def parse(text: str) -> Model:
    """The model in a text that `problem` has nothing against."""
    model: Model = json.loads(text)
    return model


def problem(text: str) -> str | None:
    """Why Grafana wouldn't take it, or None."""
    reason = json_object_problem(text)
    if reason:
        return reason
    model = parse(text)
    if "apiVersion" in model and "spec" in model:
        return "must be a classic dashboard; this Grafana doesn't know dashboards with 'apiVersion' and 'spec'"
    if not isinstance(model.get("title"), str) or not model["title"].strip():
        return "must have a 'title'"
    if not isinstance(model.get("uid", ""), str | None):
        return f"must have a text as 'uid', not {model['uid']!r}"
    reason = uid_problem(model.get("uid") or "")
    return f"has a 'uid' that {reason}" if reason else None


def uid_of(model: Model) -> str:
    """Its uid; "" leaves it to Grafana to make one."""
    return str(model.get("uid") or "")


def comparable(model: Model) -> str:
    """The text in which two models that mean the same are equal.

    Left out is what Grafana counts up (`id`, `version`), the ids of panels, which it makes where there are none, and
    what it fills in of library panels; as the official plugin does.
    """
    kept = {key: value for key, value in model.items() if key not in ("id", "version")}
    if isinstance(kept.get("title"), str):
        kept["title"] = kept["title"].strip()
    if isinstance(kept.get("panels"), list):
        kept["panels"] = [_panel(panel) for panel in kept["panels"]]
    return canonical(kept)


def _panel(panel: Any) -> Any:
    if not isinstance(panel, dict):
        return panel
    kept = {key: value for key, value in panel.items() if key != "id"}
    library = kept.get("libraryPanel")
    if isinstance(library, dict):
        kept["libraryPanel"] = {key: library[key] for key in _LIBRARY_PANEL_KEYS if key in library}
    return kept


def same(before: Any, after: Any) -> bool:
    """Whether two texts are the same dashboard."""
    if before == after:
        return True
    if not before or not after:
        return False
    try:
        return comparable(parse(before)) == comparable(parse(after))
    except (ValueError, AttributeError):
        return False


def other_uid(before: Any, after: Any) -> bool:
    """Whether two texts are dashboards of different uids."""
    try:
        return uid_of(parse(before)) != uid_of(parse(after))
    except (TypeError, ValueError, AttributeError):
        return True
