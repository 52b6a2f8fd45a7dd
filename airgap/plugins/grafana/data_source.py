# ruff: noqa: ARG002 - every resource type has the same calls, whether it needs their arguments or not
"""grafana:oss/dataSource:DataSource."""

from __future__ import annotations

import json
from typing import Any, Final

from airgap.plugins.grafana import data_source_json as data
from airgap.plugins.grafana import ids
from airgap.plugins.grafana.api import Api, for_existing, for_new
from airgap.plugins.grafana.connection import Grafana
from airgap.plugins.grafana.failures import GrafanaError, NotFound
from airgap.plugins.grafana.fields import ORG_ID, UPDATE, canonical, not_given, same_json, uid_problem
from airgap.plugins.protocol.drift import drifted, given
from airgap.plugins.protocol.errors import PluginError
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.resource import Created, Found
from airgap.plugins.protocol.schema import Schema, boolean, mapping, one_of, text
from airgap.plugins.protocol.values import UNKNOWN, Properties


def _still_default(before: Any, after: Any) -> bool:
    # There always is a default data source: it stops being one when another is made it.
    return bool(before) == bool(after) or (bool(before) and not after)


SCHEMA: Final = Schema(
    token="grafana:oss/dataSource:DataSource",  # noqa: S106 - a type token
    autonamed=True,
    fields={
        "name": text(required=True, change=UPDATE),
        "type": text(required=True, change=UPDATE),
        "uid": text(valid=uid_problem, same=not_given),
        "url": text(change=UPDATE),
        "accessMode": text(change=UPDATE, default="proxy", valid=one_of("proxy", "direct")),
        "isDefault": boolean(change=UPDATE, default=False, same=_still_default),
        "basicAuthEnabled": boolean(change=UPDATE, default=False),
        "basicAuthUsername": text(change=UPDATE, default=""),
        "username": text(change=UPDATE, default=""),
        "databaseName": text(change=UPDATE, default=""),
        "jsonDataEncoded": text(change=UPDATE, valid=data.json_data_problem, same=same_json),
        "secureJsonDataEncoded": text(
            change=UPDATE,
            valid=data.secure_json_data_problem,
            same=same_json,
            unit="a JSON object of texts without headers, which belong in httpHeaders",
        ),
        "httpHeaders": mapping(change=UPDATE),
        "orgId": ORG_ID,
    },
    secrets=("secureJsonDataEncoded", "httpHeaders"),
)

_COMPUTED: Final = ("orgId", "uid")
# Input -> how the API calls it.
_PLAIN: Final = {
    "name": "name",
    "type": "type",
    "url": "url",
    "accessMode": "access",
    "isDefault": "isDefault",
    "basicAuthEnabled": "basicAuth",
    "basicAuthUsername": "basicAuthUser",
    "username": "user",
    "databaseName": "database",
}
_WATCHED: Final = (*_PLAIN, "jsonDataEncoded", "secureJsonDataEncoded", "httpHeaders")
_AS_JSON: Final = {key: SCHEMA.fields[key] for key in ("jsonDataEncoded", "secureJsonDataEncoded")}


class DataSourceResource:
    """Data sources; their id is `<organisation>:<uid>`."""

    schema = SCHEMA

    def __init__(self, grafana: Grafana) -> None:
        self.grafana = grafana

    def preview(self, inputs: Properties, olds: Properties) -> Properties:
        return {**(olds or dict.fromkeys(_COMPUTED, UNKNOWN)), **given(inputs)}

    def create(self, operation: Operation, inputs: Properties) -> Created:
        api = for_new(self.grafana, operation, inputs)
        try:
            made = api.post("datasources", doing=f"create data source '{inputs['name']}'", body=_body(inputs, {}))
        except GrafanaError as error:
            raise _explained(api, inputs, error) from None
        source = made["datasource"]
        return Created(ids.make(api.org, source["uid"]), _outputs(api, inputs, source))

    def read(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> Found | None:
        api, uid = for_existing(self.grafana, operation, id)
        try:
            source = api.get("datasources", "uid", uid, doing=f"read data source '{uid}'")
        except NotFound:
            return None
        id, now = ids.make(api.org, source["uid"]), _outputs(api, inputs, source)
        if not inputs:
            if source.get("readOnly"):
                raise PluginError(
                    f"data source '{source['name']}' comes from a file of Grafana's own provisioning; remove it there"
                )
            return Found(id, now, _imported(api, now))
        now = {**now, **_secrets_still_there(inputs, source)}
        return Found(id, now, drifted(inputs, outputs, now, _WATCHED, _AS_JSON))

    def update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        api, uid = for_existing(self.grafana, operation, id)
        name = news["name"]
        body = {**_body(news, {**outputs, **olds}), "uid": uid}
        try:
            made = api.put("datasources", "uid", uid, doing=f"update data source '{name}'", body=body)
        except NotFound as error:
            raise PluginError(f"{error}; 'pulumi up --refresh' sees that and makes it anew") from None
        except GrafanaError as error:
            raise _explained(api, news, error, uid) from None
        source = made["datasource"]
        for ours, theirs in _PLAIN.items():
            if source[theirs] and not body[theirs]:
                operation.log.warn(
                    operation.urn,
                    f"Grafana keeps '{ours}' of data source '{name}' ({source[theirs]!r}): it empties that only on a "
                    "new one; replace it ('pulumi up --replace URN')",
                )
        return _outputs(api, news, source)

    def delete(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> None:
        api, uid = for_existing(self.grafana, operation, id)
        try:
            api.delete("datasources", "uid", uid, doing=f"delete data source '{outputs.get('name', uid)}'")
        except NotFound:
            return


def _body(inputs: Properties, olds: Properties) -> dict[str, Any]:
    json_data, secrets = data.encoded(inputs)
    # Grafana keeps a secret that isn't mentioned; an empty one takes it away.
    _, before = data.encoded(olds)
    secrets = {**dict.fromkeys(before, ""), **secrets}
    plain = {theirs: inputs.get(ours, SCHEMA.fields[ours].default) for ours, theirs in _PLAIN.items()}
    plain["url"] = inputs.get("url") or ""
    return {**plain, "uid": inputs.get("uid") or "", "jsonData": json_data, "secureJsonData": secrets}


def _outputs(api: Api, inputs: Properties, source: Any) -> Properties:
    json_data, _ = data.without_headers(source.get("jsonData") or {})
    return {
        **given(inputs),
        **{ours: source[theirs] for ours, theirs in _PLAIN.items()},
        "uid": source["uid"],
        "jsonDataEncoded": canonical(json_data),
        "orgId": str(api.org),
    }


def _secrets_still_there(inputs: Properties, source: Any) -> Properties:
    """The secret inputs, less what Grafana no longer has: all that it tells of a secret is whether it is set."""
    kept = {key for key, is_set in (source.get("secureJsonFields") or {}).items() if is_set}
    _, header_names = data.without_headers(source.get("jsonData") or {})
    secrets = {key: value for key, value in data.secure(inputs).items() if not value or key in kept}
    headers = {name: value for name, value in (inputs.get("httpHeaders") or {}).items() if name in header_names}
    result: Properties = {}
    if inputs.get("secureJsonDataEncoded"):
        result["secureJsonDataEncoded"] = json.dumps(secrets, sort_keys=True)
    if inputs.get("httpHeaders"):
        result["httpHeaders"] = headers
    return result


def _explained(api: Api, inputs: Properties, error: GrafanaError, uid: str = "") -> PluginError:
    """Why a data source can't be saved; a name that is taken at an update is but an internal error to Grafana."""
    name = inputs["name"]
    if error.status == 409 and "uid" in error.reason:
        taken = inputs.get("uid") or uid
        return PluginError(
            f"can't save data source '{name}': the uid '{taken}' is taken; "
            f"adopt it ('pulumi import {SCHEMA.token} NAME {ids.make(api.org, taken)}') or choose another uid"
        )
    if error.status not in (409, 500):
        return error
    try:
        holder = api.get("datasources", "name", name, doing=f"read data source '{name}'")["uid"]
    except PluginError:
        return error
    if holder == uid:
        return error
    return PluginError(
        f"can't save data source '{name}': the name is taken (uid '{holder}'); "
        f"adopt that one ('pulumi import {SCHEMA.token} NAME {ids.make(api.org, holder)}') or choose another name"
    )


def _imported(api: Api, now: Properties) -> Properties:
    """The inputs a program needs to describe it: what isn't a default."""
    inputs = {"name": now["name"], "type": now["type"], "uid": now["uid"]}
    for key in (*_PLAIN, "jsonDataEncoded"):
        if key not in inputs and now[key] not in (SCHEMA.fields[key].default, "", "{}"):
            inputs[key] = now[key]
    return inputs if api.org == api.grafana.settings.org else {**inputs, "orgId": now["orgId"]}
