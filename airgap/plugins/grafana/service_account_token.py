# ruff: noqa: ARG002 - every resource type has the same calls, whether it needs their arguments or not
"""grafana:oss/serviceAccountToken:ServiceAccountToken."""

from __future__ import annotations

from typing import Any, Final

from airgap.plugins.grafana.api import Api, for_existing
from airgap.plugins.grafana.connection import Grafana
from airgap.plugins.grafana.failures import GrafanaError, NotFound
from airgap.plugins.protocol.drift import given
from airgap.plugins.protocol.errors import InitFailed, PluginError
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.resource import Created, Found
from airgap.plugins.protocol.schema import Schema, at_least, integer, text
from airgap.plugins.protocol.values import UNKNOWN, Properties

SCHEMA: Final = Schema(
    token="grafana:oss/serviceAccountToken:ServiceAccountToken",  # noqa: S106 - a type token
    autonamed=True,
    fields={
        "name": text(required=True),
        "serviceAccountId": text(required=True),
        "secondsToLive": integer(unit="seconds", valid=at_least(0)),
    },
    secrets=("key",),
)

_COMPUTED: Final = ("expiration", "hasExpired", "key")


class ServiceAccountTokenResource:
    """Tokens of service accounts; their id is their number. Only its making tells a token's key."""

    schema = SCHEMA

    def __init__(self, grafana: Grafana) -> None:
        self.grafana = grafana

    def preview(self, inputs: Properties, olds: Properties) -> Properties:
        return {**(olds or dict.fromkeys(_COMPUTED, UNKNOWN)), **given(inputs)}

    def create(self, operation: Operation, inputs: Properties) -> Created:
        api, account = for_existing(self.grafana, operation, inputs["serviceAccountId"])
        name = inputs["name"]
        body = {"name": name, "secondsToLive": inputs.get("secondsToLive") or 0}
        try:
            made = api.post("serviceaccounts", account, "tokens", doing=f"create token '{name}'", body=body)
        except NotFound:
            raise PluginError(
                f"can't create token '{name}': there is no service account {inputs['serviceAccountId']}"
            ) from None
        except GrafanaError as error:
            raise _explained(name, error) from None
        id, known = str(made["id"]), {**given(inputs), "key": made["key"]}
        try:
            return Created(id, {**known, **_lifetime(_listed(api, account, id))})
        except PluginError as error:
            # Its key can't be had again.
            raise InitFailed(id, known, [f"token '{name}' is made, but: {error}"]) from None

    def read(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> Found | None:
        if not inputs.get("serviceAccountId"):
            raise PluginError("a token can't be imported: Grafana tells its key only once; create a new one")
        api, account = for_existing(self.grafana, operation, inputs["serviceAccountId"])
        token = _listed(api, account, id)
        if token is None:
            return None
        return Found(id, {**given(inputs), "key": outputs.get("key"), **_lifetime(token)}, inputs)

    def update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        # Every input replaces; this comes only after a making whose end wasn't seen.
        api, account = for_existing(self.grafana, operation, news["serviceAccountId"])
        return {**given(news), "key": outputs.get("key"), **_lifetime(_listed(api, account, id))}

    def delete(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> None:
        given_to = {**outputs, **inputs}
        api, account = for_existing(self.grafana, operation, given_to["serviceAccountId"])
        try:
            doing = f"delete token '{given_to.get('name', id)}'"
            api.delete("serviceaccounts", account, "tokens", id, doing=doing)
        except NotFound:
            return


def _listed(api: Api, account: str, id: str) -> Any:
    tokens = api.get("serviceaccounts", account, "tokens", doing=f"list the tokens of service account {account}")
    return next((token for token in tokens if str(token["id"]) == id), None)


def _lifetime(token: Any) -> Properties:
    found = token or {}
    return {"expiration": found.get("expiration") or "", "hasExpired": bool(found.get("hasExpired"))}


def _explained(name: str, error: GrafanaError) -> PluginError:
    if "already exists" in error.reason:
        return PluginError(
            f"can't create token '{name}': the organisation has one of this name; delete that one or choose another "
            "name (it can't be adopted, because Grafana tells its key only once)"
        )
    if "expiration should be set" in error.reason:
        return PluginError(f"can't create token '{name}': this Grafana wants secondsToLive to be set")
    return error
