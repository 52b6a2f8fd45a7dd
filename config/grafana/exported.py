"""A dashboard as somebody exported it to a file: what it holds, and the uid under which it is deployed."""

import json
import re
from typing import Any, TypeGuard

from pydantic import TypeAdapter, ValidationError

from config.settings.grafana import MAX_UID, DropInDashboardSettings, Uid

# what belongs to the Grafana that it was made in, or to the way it was exported
OF_ITS_ORIGIN = ("__inputs", "__requires", "__elements", "id", "version", "iteration", "gnetId")
_NOT_IN_A_SLUG = re.compile(r"[^a-z0-9]+")
_UID: TypeAdapter[str] = TypeAdapter(Uid)


def read(text: str) -> dict[str, Any]:
    """The dashboard that a file holds.

    Raises:
        ValueError: it holds none.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error}") from None
    if isinstance(document, dict) and "dashboard" in document:  # as the API hands it out
        document = document["dashboard"]
    if not _is_dashboard(document):
        raise ValueError("is no dashboard: it has no title or no panels; export it from Grafana as JSON")
    return document


def _is_dashboard(document: Any) -> TypeGuard[dict[str, Any]]:
    return (
        isinstance(document, dict)
        and isinstance(document.get("title"), str)
        and isinstance(document.get("panels"), list)
    )


def uid_of(document: dict[str, Any], said: DropInDashboardSettings) -> str:
    """Its uid: what the settings say, else the exported one, else one made of the file's name.

    Raises:
        ValueError: Grafana would refuse it.
    """
    uid = said.uid or document.get("uid") or slug(said.file.removesuffix(".json"))[:MAX_UID]
    try:
        return _UID.validate_python(uid)
    except ValidationError:
        raise ValueError(
            f"Grafana refuses the uid {uid!r}: it takes 1 to {MAX_UID} letters, digits, - and _; change it in the file "
            f"or in grafana.dashboards: {{file: {said.file}, uid: …}}"
        ) from None


def slug(name: str) -> str:
    """A name without what neither a uid nor a file's name should have."""
    return _NOT_IN_A_SLUG.sub("-", name.lower()).strip("-")
