"""Preferences, as an organisation and a team have them."""

from __future__ import annotations

from typing import Any, Final

from airgap.plugins.grafana.api import Api
from airgap.plugins.grafana.failures import NotFound
from airgap.plugins.grafana.fields import UPDATE
from airgap.plugins.protocol.errors import PluginError
from airgap.plugins.protocol.schema import Field, one_of, text
from airgap.plugins.protocol.values import Properties

FIELDS: Final[dict[str, Field]] = {
    "theme": text(change=UPDATE, valid=one_of("", "light", "dark", "system")),
    "timezone": text(change=UPDATE),
    "weekStart": text(change=UPDATE, valid=one_of("", "saturday", "sunday", "monday")),
    "homeDashboardUid": text(change=UPDATE),
}


def of(inputs: Properties) -> dict[str, str]:
    """The preferences in the inputs, "" where Grafana decides."""
    return {key: inputs.get(key) or "" for key in FIELDS}


def read(api: Api, path: tuple[object, ...], doing: str) -> dict[str, str]:
    """The preferences as Grafana has them."""
    found: dict[str, Any] = api.get(*path, doing=doing)
    return {
        "theme": found.get("theme") or "",
        "timezone": found.get("timezone") or "",
        "weekStart": found.get("weekStart") or "",
        "homeDashboardUid": found.get("homeDashboardUID") or "",
    }


def write(api: Api, path: tuple[object, ...], inputs: Properties, doing: str) -> None:
    """Sets all of them; what isn't given goes back to Grafana's own default."""
    wanted = of(inputs)
    home = wanted["homeDashboardUid"]
    body = {key: wanted[key] for key in ("theme", "timezone", "weekStart")}
    try:
        api.put(*path, doing=doing, body={**body, "homeDashboardUID": home})
    except NotFound as error:
        if home:
            raise PluginError(
                f"can't {doing}: organisation {api.org} has no dashboard with the uid '{home}' for homeDashboardUid"
            ) from None
        raise error from None
