# ruff: noqa: ARG002 - every resource type has the same calls, whether it needs their arguments or not
"""grafana:oss/organization:Organization."""

from __future__ import annotations

import secrets
from typing import Any, Final

from airgap.plugins.grafana import people
from airgap.plugins.grafana.api import Api
from airgap.plugins.grafana.connection import Grafana
from airgap.plugins.grafana.failures import GrafanaError, NotFound
from airgap.plugins.grafana.fields import UPDATE
from airgap.plugins.protocol.drift import drifted, given
from airgap.plugins.protocol.errors import InitFailed, PluginError
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.resource import Created, Found
from airgap.plugins.protocol.schema import Schema, boolean, text, texts
from airgap.plugins.protocol.values import UNKNOWN, Properties

# Input -> the role its people have.
_ROLES: Final = {"admins": "Admin", "editors": "Editor", "viewers": "Viewer"}


def _listed_twice(inputs: dict[str, Any]) -> list[tuple[str, str]]:
    again = people.twice(*(inputs.get(role) for role in _ROLES))
    if not again:
        return []
    return [("viewers", f"and the other roles must name everybody once; {again[0]!r} is there twice")]


SCHEMA: Final = Schema(
    token="grafana:oss/organization:Organization",  # noqa: S106 - a type token
    autonamed=True,
    fields={
        "name": text(required=True, change=UPDATE),
        "adminUser": text(change=UPDATE, default="admin"),
        "createUsers": boolean(change=UPDATE, default=True),
        **{role: texts(change=UPDATE) for role in _ROLES},
    },
    valid=_listed_twice,
)

_WATCHED: Final = ("name", *_ROLES)


class OrganizationResource:
    """Organisations and everybody's role in them; their id is their number."""

    schema = SCHEMA

    def __init__(self, grafana: Grafana) -> None:
        self.grafana = grafana

    def preview(self, inputs: Properties, olds: Properties) -> Properties:
        return {**(olds or {"orgId": UNKNOWN}), **given(inputs)}

    def create(self, operation: Operation, inputs: Properties) -> Created:
        api = self._api(operation)
        name = inputs["name"]
        try:
            made = api.post("orgs", doing=f"create organisation '{name}'", body={"name": name})
        except GrafanaError as error:
            raise _explained(api, inputs, error) from None
        id = str(made["orgId"])
        try:
            self._set_roles(api, id, inputs)
            return Created(id, self._outputs(api, id, inputs))
        except PluginError as error:
            known = {**given(inputs), "orgId": int(id)}
            raise InitFailed(id, known, [f"organisation '{name}' is made, but: {error}"]) from None

    def read(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> Found | None:
        if not id.isdigit():
            raise PluginError(f"the id of an organisation is its number, not '{id}'")
        try:
            now = self._outputs(self._api(operation), id, inputs)
        except NotFound:
            return None
        if not inputs:
            return Found(id, now, {key: now[key] for key in _WATCHED if now[key]})
        fields = {role: SCHEMA.fields[role] for role in _ROLES}
        return Found(id, now, drifted(inputs, outputs, now, _WATCHED, fields))

    def update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        api = self._api(operation)
        try:
            api.put("orgs", id, doing=f"update organisation '{news['name']}'", body={"name": news["name"]})
            self._set_roles(api, id, news)
            return self._outputs(api, id, news)
        except NotFound as error:
            raise PluginError(f"{error}; 'pulumi up --refresh' sees that and makes it anew") from None
        except GrafanaError as error:
            raise _explained(api, news, error) from None

    def delete(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> None:
        # Grafana doesn't delete the organisation that the login works in.
        home = self.grafana.settings.org if str(self.grafana.settings.org) != id else 0
        api = Api(self.grafana, operation, home)
        try:
            api.delete("orgs", id, doing=f"delete organisation '{outputs.get('name', id)}'")
        except NotFound:
            return

    def _api(self, operation: Operation) -> Api:
        if self.grafana.settings.token:
            raise PluginError(
                "organisations are managed with a user and a password in the provider's auth, not with a token"
            )
        return Api(self.grafana, operation, 0)

    def _set_roles(self, api: Api, id: str, inputs: Properties) -> None:
        name = inputs["name"]
        wanted = {people.key(email): role for key, role in _ROLES.items() for email in inputs.get(key) or []}
        present = {people.key(account["email"]): account for account in self._accounts(api, id, name, inputs, wanted)}
        for email, role in wanted.items():
            account = present.get(email)
            if account is None:
                self._add(api, id, name, email, role, create=bool(inputs.get("createUsers", True)))
            elif account["role"] != role:
                doing = f"make '{email}' {role} of organisation '{name}'"
                api.patch("orgs", id, "users", account["userId"], doing=doing, body={"role": role})
        for email, account in present.items():
            if email not in wanted:
                doing = f"remove '{email}' from organisation '{name}'"
                api.delete("orgs", id, "users", account["userId"], doing=doing)

    def _add(self, api: Api, id: str, name: str, email: str, role: str, *, create: bool) -> None:
        doing = f"add '{email}' to organisation '{name}'"
        body = {"loginOrEmail": email, "role": role}
        try:
            api.post("orgs", id, "users", doing=doing, body=body)
        except NotFound:
            if not create:
                raise PluginError(
                    f"can't {doing}: there is no user with this e-mail address; create it first, or set "
                    "createUsers=True"
                ) from None
            account = {"email": email, "login": email, "name": email, "password": secrets.token_urlsafe(48)}
            api.post("admin", "users", doing=f"create user '{email}'", body=account)
            api.post("orgs", id, "users", doing=doing, body=body)

    def _accounts(
        self, api: Api, id: str, name: str, inputs: Properties, wanted: dict[str, str]
    ) -> list[dict[str, Any]]:
        """Everybody in the organisation but the server's administrator, unless the program names that one, too."""
        found: list[dict[str, Any]] = api.get("orgs", id, "users", doing=f"list the users of organisation '{name}'")
        administrators = (inputs.get("adminUser", "admin"), self.grafana.settings.user)
        return [
            account
            for account in found
            if account["login"] not in administrators or people.key(account["email"]) in wanted
        ]

    def _outputs(self, api: Api, id: str, inputs: Properties) -> Properties:
        name = api.get("orgs", id, doing=f"read organisation '{inputs.get('name', id)}'")["name"]
        wanted = {people.key(email): role for key, role in _ROLES.items() for email in inputs.get(key) or []}
        accounts = self._accounts(api, id, name, inputs, wanted)
        listed = {
            key: people.in_spelling_of(
                [account["email"] for account in accounts if account["role"] == role], inputs.get(key)
            )
            for key, role in _ROLES.items()
        }
        return {**given(inputs), "name": name, **listed, "orgId": int(id)}


def _explained(api: Api, inputs: Properties, error: GrafanaError) -> PluginError:
    name = inputs["name"]
    if "name taken" not in error.reason.lower():
        return error
    try:
        number = api.get("orgs", "name", name, doing=f"read organisation '{name}'")["id"]
    except PluginError:
        return error
    return PluginError(
        f"can't save organisation '{name}': there is one with this name; "
        f"adopt it ('pulumi import {SCHEMA.token} NAME {number}') or choose another name"
    )
