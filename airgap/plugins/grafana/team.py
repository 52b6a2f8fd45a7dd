# ruff: noqa: ARG002 - every resource type has the same calls, whether it needs their arguments or not
"""grafana:oss/team:Team."""

from __future__ import annotations

from typing import Any, Final

from airgap.plugins.grafana import ids, people, preferences
from airgap.plugins.grafana.api import Api, for_existing, for_new
from airgap.plugins.grafana.connection import Grafana
from airgap.plugins.grafana.failures import GrafanaError, NotFound
from airgap.plugins.grafana.fields import ORG_ID, UPDATE, not_given
from airgap.plugins.grafana.team_members import set_members
from airgap.plugins.protocol.drift import drifted, given
from airgap.plugins.protocol.errors import InitFailed, PluginError
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.resource import Created, Found
from airgap.plugins.protocol.schema import Schema, an_object, boolean, text, texts
from airgap.plugins.protocol.values import UNKNOWN, Properties


def _listed_twice(inputs: dict[str, Any]) -> list[tuple[str, str]]:
    again = people.twice(inputs.get("admins"), inputs.get("members"))
    return [("members", f"and 'admins' must name everybody once; {again[0]!r} is there twice")] if again else []


SCHEMA: Final = Schema(
    token="grafana:oss/team:Team",  # noqa: S106 - a type token
    autonamed=True,
    fields={
        "name": text(required=True, change=UPDATE),
        "email": text(change=UPDATE),
        # A list that isn't given isn't managed.
        "members": texts(change=UPDATE, same=not_given),
        "admins": texts(change=UPDATE, same=not_given),
        "ignoreExternallySyncedMembers": boolean(change=UPDATE, default=True),
        "preferences": an_object(preferences.FIELDS, change=UPDATE),
        "orgId": ORG_ID,
    },
    valid=_listed_twice,
)

_COMPUTED: Final = ("orgId", "teamId", "teamUid")
_WATCHED: Final = ("name", "email", "preferences")
_LISTS: Final = ("members", "admins")


class TeamResource:
    """Teams; their id is `<organisation>:<number>`."""

    schema = SCHEMA

    def __init__(self, grafana: Grafana) -> None:
        self.grafana = grafana

    def preview(self, inputs: Properties, olds: Properties) -> Properties:
        return {**(olds or dict.fromkeys(_COMPUTED, UNKNOWN)), **given(inputs)}

    def create(self, operation: Operation, inputs: Properties) -> Created:
        api = for_new(self.grafana, operation, inputs)
        name = inputs["name"]
        try:
            made = api.post("teams", doing=f"create team '{name}'", body=_body(inputs))
        except GrafanaError as error:
            raise _explained(api, inputs, error) from None
        number = int(made["teamId"])
        id = ids.make(api.org, number)
        try:
            return Created(id, self._furnish(api, number, inputs))
        except PluginError as error:
            known = {**given(inputs), "teamId": number, "orgId": str(api.org)}
            raise InitFailed(id, known, [f"team '{name}' is made, but: {error}"]) from None

    def read(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> Found | None:
        api, name = for_existing(self.grafana, operation, id)
        try:
            now = self._outputs(api, int(name), inputs)
        except NotFound:
            return None
        id = ids.make(api.org, name)
        if not inputs:
            return Found(id, now, _imported(api, now))
        watched = [*_WATCHED, *(role for role in _LISTS if inputs.get(role) is not None)]
        return Found(id, now, drifted(inputs, outputs, now, watched, SCHEMA.fields))

    def update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        api, name = for_existing(self.grafana, operation, id)
        try:
            team = api.get("teams", name, doing=f"read team '{news['name']}'")
            if _body(team) != _body(news):
                api.put("teams", name, doing=f"update team '{news['name']}'", body=_body(news))
            forget = bool(olds.get("preferences")) and not news.get("preferences")
            return self._furnish(api, int(name), news, forget_preferences=forget)
        except NotFound as error:
            raise PluginError(f"{error}; 'pulumi up --refresh' sees that and makes it anew") from None
        except GrafanaError as error:
            raise _explained(api, news, error) from None

    def delete(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> None:
        api, name = for_existing(self.grafana, operation, id)
        try:
            api.delete("teams", name, doing=f"delete team '{outputs.get('name', name)}'")
        except NotFound:
            return

    def _furnish(self, api: Api, number: int, inputs: Properties, *, forget_preferences: bool = False) -> Properties:
        """Everything of a team but itself."""
        name = inputs["name"]
        set_members(api, number, inputs, self.grafana.settings.user)
        if inputs.get("preferences") or forget_preferences:
            path = ("teams", number, "preferences")
            preferences.write(api, path, inputs.get("preferences") or {}, f"set the preferences of team '{name}'")
        return self._outputs(api, number, inputs)

    def _outputs(self, api: Api, number: int, inputs: Properties) -> Properties:
        team = api.get("teams", number, doing=f"read team '{inputs.get('name', number)}'")
        doing = f"read the members of team '{team['name']}'"
        accounts = [
            account
            for account in api.get("teams", number, "members", doing=doing)
            if not people.is_own(account, self.grafana.settings.user)
            and not (account.get("labels") and inputs.get("ignoreExternallySyncedMembers", True))
        ]
        listed = {
            role: [account["email"] for account in accounts if bool(account["permission"]) is admin]
            for role, admin in (("members", False), ("admins", True))
        }
        found = preferences.read(
            api, ("teams", number, "preferences"), f"read the preferences of team '{team['name']}'"
        )
        return {
            **given(inputs),
            "name": team["name"],
            "email": team.get("email") or "",
            **{role: people.in_spelling_of(emails, inputs.get(role)) for role, emails in listed.items()},
            "preferences": found if any(found.values()) or inputs.get("preferences") else {},
            "teamId": number,
            "teamUid": team.get("uid") or "",  # Grafana 10.0 has none
            "orgId": str(api.org),
        }


def _body(inputs: Properties) -> dict[str, str]:
    return {"name": inputs["name"], "email": inputs.get("email") or ""}


def _explained(api: Api, inputs: Properties, error: GrafanaError) -> PluginError:
    name = inputs["name"]
    if "name taken" not in error.reason.lower():
        return error
    try:
        found = api.get("teams", "search", doing=f"look for team '{name}'", query={"name": name})["teams"]
    except PluginError:
        return error
    adopt = f"; adopt it ('pulumi import {SCHEMA.token} NAME {ids.make(api.org, found[0]['id'])}')" if found else ""
    return PluginError(f"can't save team '{name}': there is one with this name{adopt} or choose another name")


def _imported(api: Api, now: Properties) -> Properties:
    inputs = {"name": now["name"], **{key: now[key] for key in (*_WATCHED, *_LISTS) if now[key]}}
    return inputs if api.org == api.grafana.settings.org else {**inputs, "orgId": now["orgId"]}
