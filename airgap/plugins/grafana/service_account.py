# ruff: noqa: ARG002 - every resource type has the same calls, whether it needs their arguments or not
"""grafana:oss/serviceAccount:ServiceAccount."""

from __future__ import annotations

from typing import Any, Final

from airgap.plugins.grafana import ids
from airgap.plugins.grafana.api import Api, for_existing, for_new
from airgap.plugins.grafana.connection import Grafana
from airgap.plugins.grafana.failures import GrafanaError, NotFound
from airgap.plugins.grafana.fields import ORG_ID, UPDATE
from airgap.plugins.protocol.drift import drifted, given
from airgap.plugins.protocol.errors import PluginError
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.resource import Created, Found
from airgap.plugins.protocol.schema import Schema, boolean, one_of, text
from airgap.plugins.protocol.values import UNKNOWN, Properties

SCHEMA: Final = Schema(
    token="grafana:oss/serviceAccount:ServiceAccount",  # noqa: S106 - a type token
    autonamed=True,
    fields={
        "name": text(required=True, change=UPDATE),
        "role": text(required=True, change=UPDATE, valid=one_of("Viewer", "Editor", "Admin")),
        "isDisabled": boolean(change=UPDATE, default=False),
        "orgId": ORG_ID,
    },
)

_WATCHED: Final = ("name", "role", "isDisabled")


class ServiceAccountResource:
    """Service accounts; their id is `<organisation>:<number>`."""

    schema = SCHEMA

    def __init__(self, grafana: Grafana) -> None:
        self.grafana = grafana

    def preview(self, inputs: Properties, olds: Properties) -> Properties:
        return {**(olds or {"orgId": UNKNOWN}), **given(inputs)}

    def create(self, operation: Operation, inputs: Properties) -> Created:
        api = for_new(self.grafana, operation, inputs)
        try:
            doing = f"create service account '{inputs['name']}'"
            account = api.post("serviceaccounts", doing=doing, body=_body(inputs))
        except GrafanaError as error:
            raise _explained(api, inputs, error) from None
        return Created(ids.make(api.org, account["id"]), _outputs(api, inputs, account))

    def read(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> Found | None:
        api, number = for_existing(self.grafana, operation, id)
        try:
            account = api.get("serviceaccounts", number, doing=f"read service account '{number}'")
        except NotFound:
            return None
        id, now = ids.make(api.org, account["id"]), _outputs(api, inputs, account)
        if not inputs:
            imported = {key: now[key] for key in _WATCHED if now[key]}
            own = api.org == self.grafana.settings.org
            return Found(id, now, imported if own else {**imported, "orgId": now["orgId"]})
        return Found(id, now, drifted(inputs, outputs, now, _WATCHED))

    def update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        api, number = for_existing(self.grafana, operation, id)
        try:
            doing = f"update service account '{news['name']}'"
            answer = api.patch("serviceaccounts", number, doing=doing, body=_body(news))
        except NotFound as error:
            raise PluginError(f"{error}; 'pulumi up --refresh' sees that and makes it anew") from None
        except GrafanaError as error:
            raise _explained(api, news, error) from None
        return _outputs(api, news, answer["serviceaccount"])

    def delete(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> None:
        api, number = for_existing(self.grafana, operation, id)
        name = outputs.get("name", number)
        try:
            # Grafana calls deleting one that is gone an internal error.
            api.get("serviceaccounts", number, doing=f"read service account '{name}'")
            api.delete("serviceaccounts", number, doing=f"delete service account '{name}'")
        except NotFound:
            return


def _body(inputs: Properties) -> dict[str, Any]:
    return {"name": inputs["name"], "role": inputs["role"], "isDisabled": bool(inputs.get("isDisabled"))}


def _outputs(api: Api, inputs: Properties, account: Any) -> Properties:
    return {
        **given(inputs),
        "name": account["name"],
        "role": account["role"],
        "isDisabled": bool(account["isDisabled"]),
        "orgId": str(api.org),
    }


def _explained(api: Api, inputs: Properties, error: GrafanaError) -> PluginError:
    name = inputs["name"]
    if "already exists" not in error.reason:
        return error
    try:
        query = {"query": name}
        accounts = api.get("serviceaccounts", "search", doing=f"look for service account '{name}'", query=query)
    except PluginError:
        return error
    number = next((item["id"] for item in accounts["serviceAccounts"] if item["name"] == name), None)
    if number is None:  # their names are those of the whole server
        return PluginError(
            f"can't save service account '{name}': another organisation has one with this name; choose another name"
        )
    return PluginError(
        f"can't save service account '{name}': there is one with this name; adopt it "
        f"('pulumi import {SCHEMA.token} NAME {ids.make(api.org, number)}') or choose another name"
    )
