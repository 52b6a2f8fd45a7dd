# ruff: noqa: ARG002 - every resource type has the same calls, whether it needs their arguments or not
"""grafana:oss/user:User."""

from __future__ import annotations

from typing import Any, Final

from airgap.plugins.grafana.api import Api
from airgap.plugins.grafana.connection import Grafana
from airgap.plugins.grafana.failures import GrafanaError, NotFound
from airgap.plugins.grafana.fields import UPDATE, ignoring_case
from airgap.plugins.protocol.drift import drifted, given
from airgap.plugins.protocol.errors import InitFailed, PluginError
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.resource import Created, Found
from airgap.plugins.protocol.schema import Schema, boolean, text
from airgap.plugins.protocol.values import UNKNOWN, Properties

_LEAST_PASSWORD: Final = 4  # characters; Grafana's own limit


def _password_problem(password: str) -> str | None:
    return None if len(password) >= _LEAST_PASSWORD else f"must have at least {_LEAST_PASSWORD} characters"


SCHEMA: Final = Schema(
    token="grafana:oss/user:User",  # noqa: S106 - a type token
    autonamed=True,
    fields={
        "email": text(required=True, change=UPDATE, same=ignoring_case),
        "login": text(change=UPDATE, same=ignoring_case),
        "name": text(change=UPDATE),
        "password": text(
            required=True, change=UPDATE, valid=_password_problem, unit=f"of at least {_LEAST_PASSWORD} characters"
        ),
        "isAdmin": boolean(change=UPDATE, default=False),
    },
    secrets=("password",),
)

_WATCHED: Final = ("email", "login", "name", "isAdmin")


class UserResource:
    """Accounts of the whole server; their id is their number."""

    schema = SCHEMA

    def __init__(self, grafana: Grafana) -> None:
        self.grafana = grafana

    def preview(self, inputs: Properties, olds: Properties) -> Properties:
        return {**(olds or {"userId": UNKNOWN}), **given(inputs)}

    def create(self, operation: Operation, inputs: Properties) -> Created:
        api = self._api(operation)
        email = inputs["email"]
        body = {**_profile(inputs), "password": inputs["password"]}
        try:
            made = api.post("admin", "users", doing=f"create user '{email}'", body=body)
        except GrafanaError as error:
            raise _explained(api, inputs, error) from None
        id = str(made["id"])
        try:
            if inputs.get("isAdmin"):
                _set_admin(api, id, inputs)
            return Created(id, self._outputs(api, id, inputs))
        except PluginError as error:
            known = {**given(inputs), "userId": int(id), "isAdmin": False}
            raise InitFailed(id, known, [f"user '{email}' is made, but: {error}"]) from None

    def read(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> Found | None:
        if not id.isdigit():
            raise PluginError(f"the id of a user is its number, not '{id}'")
        try:
            now = self._outputs(self._api(operation), id, inputs)
        except NotFound:
            return None
        if not inputs:
            return Found(id, now, {key: now[key] for key in _WATCHED if now[key]})
        return Found(id, now, drifted(inputs, outputs, now, _WATCHED))

    def update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        api = self._api(operation)
        doing = f"update user '{news['email']}'"
        try:
            api.put("users", id, doing=doing, body=_profile(news))
            if news["password"] != olds.get("password"):
                api.put("admin", "users", id, "password", doing=doing, body={"password": news["password"]})
            now = self._outputs(api, id, news)
            if now["isAdmin"] != bool(news.get("isAdmin")):
                _set_admin(api, id, news)
        except NotFound as error:
            raise PluginError(f"{error}; 'pulumi up --refresh' sees that and makes it anew") from None
        except GrafanaError as error:
            raise _explained(api, news, error, id) from None
        return {**now, "isAdmin": bool(news.get("isAdmin"))}

    def delete(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> None:
        api = self._api(operation)
        try:
            api.delete("admin", "users", id, doing=f"delete user '{outputs.get('email', id)}'")
        except NotFound:
            return

    def _api(self, operation: Operation) -> Api:
        if self.grafana.settings.token:
            raise PluginError("users are managed with a user and a password in the provider's auth, not with a token")
        return Api(self.grafana, operation, 0)

    def _outputs(self, api: Api, id: str, inputs: Properties) -> Properties:
        user = api.get("users", id, doing=f"read user '{inputs.get('email', id)}'")
        return {
            **given(inputs),
            "email": user["email"],
            "login": user["login"],
            "name": user["name"],
            "isAdmin": bool(user["isGrafanaAdmin"]),
            "userId": int(id),
        }


def _profile(inputs: Properties) -> dict[str, Any]:
    return {"email": inputs["email"], "login": inputs.get("login") or "", "name": inputs.get("name") or ""}


def _set_admin(api: Api, id: str, inputs: Properties) -> None:
    wanted = bool(inputs.get("isAdmin"))
    doing = f"{'make' if wanted else 'unmake'} user '{inputs['email']}' an administrator of the server"
    api.put("admin", "users", id, "permissions", doing=doing, body={"isGrafanaAdmin": wanted})


def _explained(api: Api, inputs: Properties, error: GrafanaError, own: str = "") -> PluginError:
    """Why an account can't be saved; that its address or login is taken is an internal error to Grafana's update."""
    if error.status not in (409, 412, 500):
        return error
    for what in ("email", "login"):
        taken = inputs.get(what)
        if not taken:
            continue
        try:
            doing = f"look for user '{taken}'"
            holder = api.get("users", "lookup", doing=doing, query={"loginOrEmail": taken})["id"]
        except PluginError:
            continue
        if str(holder) != own:
            return PluginError(
                f"can't save user '{inputs['email']}': there is one with the {what} '{taken}'; "
                f"adopt it ('pulumi import {SCHEMA.token} NAME {holder}') or choose another {what}"
            )
    return error
