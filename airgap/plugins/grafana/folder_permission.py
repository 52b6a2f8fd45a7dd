# ruff: noqa: ARG002 - every resource type has the same calls, whether it needs their arguments or not
"""grafana:oss/folderPermission:FolderPermission."""

from __future__ import annotations

import re
from typing import Any, Final

from airgap.plugins.grafana import ids
from airgap.plugins.grafana.api import Api, for_existing, for_new
from airgap.plugins.grafana.connection import Grafana
from airgap.plugins.grafana.failures import GrafanaError, NotFound
from airgap.plugins.grafana.fields import ORG_ID, UPDATE, same_id
from airgap.plugins.protocol.drift import drifted, given
from airgap.plugins.protocol.errors import PluginError
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.resource import Created, Found
from airgap.plugins.protocol.schema import Schema, objects, one_of, text
from airgap.plugins.protocol.values import UNKNOWN, Properties

# Who has a permission: (role, team's number, account's number), one of them set.
Holder = tuple[str, int, int]


def _number_problem(id: str) -> str | None:
    return None if re.fullmatch(r"(\d+:)?\d+", id) else f"must be a number, or '<organisation>:<number>', not {id!r}"


def _holder_problems(inputs: dict[str, Any]) -> list[tuple[str, str]]:
    problems = []
    seen: set[Holder] = set()
    for index, item in enumerate(inputs.get("permissions") or []):
        if len(item) < len(_ITEM):  # something isn't known yet
            continue
        holder = _holder(item)
        path = f"permissions[{index}]"
        if sum(map(bool, holder)) != 1:
            problems.append((path, "must have one of 'role', 'teamId' and 'userId'"))
        elif holder in seen:
            problems.append((path, f"is for {_named(holder)}, who has another one in the list"))
        seen.add(holder)
    return problems


_ITEM: Final = {
    "permission": text(required=True, valid=one_of("View", "Edit", "Admin")),
    "role": text(default="", valid=one_of("", "Viewer", "Editor", "Admin")),
    "teamId": text(default="0", valid=_number_problem, same=same_id),
    "userId": text(default="0", valid=_number_problem, same=same_id),
}

SCHEMA: Final = Schema(
    token="grafana:oss/folderPermission:FolderPermission",  # noqa: S106 - a type token
    fields={
        "folderUid": text(required=True, same=same_id),
        "permissions": objects(_ITEM, change=UPDATE, identity=("role", "teamId", "userId")),
        "orgId": ORG_ID,
    },
    valid=_holder_problems,
)


class FolderPermissionResource:
    """All that is allowed in a folder; its id is the folder's, `<organisation>:<uid>`."""

    schema = SCHEMA

    def __init__(self, grafana: Grafana) -> None:
        self.grafana = grafana

    def preview(self, inputs: Properties, olds: Properties) -> Properties:
        return {**(olds or {"orgId": UNKNOWN}), **given(inputs)}

    def create(self, operation: Operation, inputs: Properties) -> Created:
        api = for_new(self.grafana, operation, inputs)
        uid = ids.bare(inputs["folderUid"])
        return Created(ids.make(api.org, uid), self._set(api, uid, inputs))

    def read(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> Found | None:
        api, uid = for_existing(self.grafana, operation, id)
        try:
            # Grafana has permissions even for a folder it doesn't have.
            api.get("folders", uid, doing=f"read folder '{uid}'")
            now = {**given(inputs), "folderUid": uid, **_outputs(api, _present(api, uid))}
        except NotFound:
            return None
        id = ids.make(api.org, uid)
        if not inputs:
            own = api.org == self.grafana.settings.org
            imported = {"folderUid": uid, "permissions": now["permissions"]}
            return Found(id, now, imported if own else {**imported, "orgId": now["orgId"]})
        return Found(id, now, drifted(inputs, outputs, now, ("permissions",), SCHEMA.fields))

    def update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        api, uid = for_existing(self.grafana, operation, id)
        return self._set(api, uid, news)

    def delete(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> None:
        api, uid = for_existing(self.grafana, operation, id)
        try:
            # A folder without permissions is one for administrators only.
            api.get("folders", uid, doing=f"read folder '{uid}'")
            _change(api, uid, {})
        except NotFound:
            return

    def _set(self, api: Api, uid: str, inputs: Properties) -> Properties:
        wanted = {_holder(item): str(item["permission"]) for item in inputs.get("permissions") or []}
        try:
            _change(api, uid, wanted)
        except GrafanaError as error:
            raise _explained(api, wanted, error) from None
        return {**given(inputs), "folderUid": uid, **_outputs(api, wanted)}


def _present(api: Api, uid: str) -> dict[Holder, str]:
    """The permissions given in this folder itself, not by roles of Grafana's own or from above."""
    found = api.get("access-control", "folders", uid, doing=f"read the permissions of folder '{uid}'")
    return {
        (item.get("builtInRole") or "", int(item.get("teamId") or 0), int(item.get("userId") or 0)): item["permission"]
        for item in found
        if item.get("isManaged") and not item.get("isInherited")
    }


def _change(api: Api, uid: str, wanted: dict[Holder, str]) -> None:
    present = _present(api, uid)
    # An empty permission takes away the one there is.
    changes = {**{holder: "" for holder in present if holder not in wanted}, **wanted}
    commands = [
        _command(holder, permission) for holder, permission in changes.items() if present.get(holder) != permission
    ]
    if commands:
        doing = f"set the permissions of folder '{uid}'"
        api.post("access-control", "folders", uid, doing=doing, body={"permissions": commands})


def _command(holder: Holder, permission: str) -> dict[str, Any]:
    role, team, user = holder
    name: dict[str, Any] = {"builtInRole": role} if role else {"teamId": team} if team else {"userId": user}
    return {**name, "permission": permission}


def _holder(item: dict[str, Any]) -> Holder:
    return (
        item.get("role") or "",
        int(ids.bare(item.get("teamId")) or 0),
        int(ids.bare(item.get("userId")) or 0),
    )


def _outputs(api: Api, permissions: dict[Holder, str]) -> Properties:
    items = [
        {"permission": permission, "role": role, "teamId": str(team), "userId": str(user)}
        for (role, team, user), permission in sorted(permissions.items())
    ]
    return {"permissions": items, "orgId": str(api.org)}


def _named(holder: Holder) -> str:
    role, team, user = holder
    return f"role {role}" if role else f"team {team}" if team else f"user {user}"


def _explained(api: Api, wanted: dict[Holder, str], error: GrafanaError) -> PluginError:
    if error.status != 400:
        return error
    names = ", ".join(_named(holder) for holder in sorted(wanted))
    return PluginError(
        f"{error}; does organisation {api.org} have the folder and all of {names}? (it says no more than that)"
    )
