"""Who is in a team, and who leads it."""

from __future__ import annotations

from typing import Final

from airgap.plugins.grafana import people
from airgap.plugins.grafana.api import Api
from airgap.plugins.grafana.failures import NotFound
from airgap.plugins.protocol.errors import PluginError
from airgap.plugins.protocol.values import Properties

_MEMBER: Final = 0
_ADMIN: Final = 4


def set_members(api: Api, number: int, inputs: Properties, own_login: str) -> None:
    """Makes the team's members those of the inputs.

    A list that isn't given isn't touched: its people stay, unless the other list names them.

    Raises:
        PluginError: somebody isn't in the organisation.
    """
    wanted = _wanted(inputs)
    name = inputs["name"]
    present: dict[str, tuple[int, int]] = {}
    for account in api.get("teams", number, "members", doing=f"read the members of team '{name}'"):
        email = people.key(account["email"])
        if email in wanted or not (people.is_own(account, own_login) or _is_synced(account.get("labels"), inputs)):
            present[email] = (int(account["userId"]), int(account["permission"]))
    for email, (user, permission) in present.items():
        if email not in wanted and inputs.get("admins" if permission else "members") is not None:
            _remove(api, number, user, f"remove '{email}' from team '{name}'")
        elif email in wanted and wanted[email] != permission:
            doing = f"change what '{email}' is in team '{name}'"
            api.put("teams", number, "members", user, doing=doing, body={"permission": wanted[email]})
    missing = [email for email in wanted if email not in present]
    if missing:
        _add(api, number, name, {email: wanted[email] for email in missing})


def _wanted(inputs: Properties) -> dict[str, int]:
    members = {people.key(email): _MEMBER for email in inputs.get("members") or []}
    return {**members, **{people.key(email): _ADMIN for email in inputs.get("admins") or []}}


def _is_synced(labels: object, inputs: Properties) -> bool:
    return bool(labels) and bool(inputs.get("ignoreExternallySyncedMembers", True))


def _add(api: Api, number: int, name: str, wanted: dict[str, int]) -> None:
    known = people.ids_in_organisation(api)
    for email, permission in wanted.items():
        if email not in known:
            raise PluginError(
                f"can't add '{email}' to team '{name}': organisation {api.org} has no user with this e-mail address; "
                "create it first, or add it to the organisation"
            )
        doing = f"add '{email}' to team '{name}'"
        api.post("teams", number, "members", doing=doing, body={"userId": known[email]})
        if permission:  # Grafana 10.0 adds everybody as a member
            path = ("teams", number, "members", known[email])
            api.put(*path, doing=doing, body={"permission": permission})


def _remove(api: Api, number: int, user: int, doing: str) -> None:
    try:
        api.delete("teams", number, "members", user, doing=doing)
    except NotFound:
        return
