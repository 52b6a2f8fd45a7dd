# ruff: noqa: ARG002 - every resource type has the same calls, whether it needs their arguments or not
"""grafana:oss/dashboard:Dashboard."""

from __future__ import annotations

from typing import Any, Final

from airgap.plugins.grafana import dashboard_model as model_of
from airgap.plugins.grafana import ids
from airgap.plugins.grafana.api import Api, for_existing, for_new
from airgap.plugins.grafana.connection import Grafana
from airgap.plugins.grafana.dashboard_model import Model
from airgap.plugins.grafana.failures import GrafanaError, NotFound
from airgap.plugins.grafana.fields import ORG_ID, UPDATE, same_id
from airgap.plugins.protocol.drift import drifted, given
from airgap.plugins.protocol.errors import PluginError
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.resource import Created, Found
from airgap.plugins.protocol.schema import Schema, boolean, text
from airgap.plugins.protocol.values import UNKNOWN, Properties, Unknown

SCHEMA: Final = Schema(
    token="grafana:oss/dashboard:Dashboard",  # noqa: S106 - a type token
    fields={
        "configJson": text(
            required=True,
            change=UPDATE,
            valid=model_of.problem,
            same=model_of.same,
            replaces=model_of.other_uid,
        ),
        "folder": text(change=UPDATE, same=same_id),
        "message": text(change=UPDATE),
        "overwrite": boolean(change=UPDATE),
        "orgId": ORG_ID,
    },
    # A folder takes no two dashboards of one title.
    delete_before_replace=True,
)

_COMPUTED: Final = ("dashboardId", "orgId", "uid", "url", "version")
_WATCHED: Final = ("configJson", "folder")


class DashboardResource:
    """Dashboards; their id is `<organisation>:<uid>`."""

    schema = SCHEMA

    def __init__(self, grafana: Grafana) -> None:
        self.grafana = grafana

    def preview(self, inputs: Properties, olds: Properties) -> Properties:
        known = olds or dict.fromkeys(_COMPUTED, UNKNOWN)
        config = inputs["configJson"]
        uid = "" if isinstance(config, Unknown) else model_of.uid_of(model_of.parse(config))
        return {**known, **({"uid": uid} if uid else {}), **given(inputs)}

    def create(self, operation: Operation, inputs: Properties) -> Created:
        api = for_new(self.grafana, operation, inputs)
        model = _without_count(model_of.parse(inputs["configJson"]))
        try:
            saved = _save(api, inputs, model)
        except GrafanaError as error:
            saved = _save_over(api, inputs, model, error)
        return Created(ids.make(api.org, saved["uid"]), self._outputs(api, inputs, saved))

    def read(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> Found | None:
        api, uid = for_existing(self.grafana, operation, id)
        found = _current(api, uid)
        if found is None:
            return None
        model, meta = found["dashboard"], found["meta"]
        id = ids.make(api.org, uid)
        now = {
            **given(inputs),
            **self._known(api, uid, model["id"], model["version"], meta["url"]),
            "folder": meta.get("folderUid") or "",
            "configJson": model_of.comparable(_as_configured(model, inputs)),
        }
        if not inputs:
            if meta.get("provisioned"):
                raise PluginError(f"dashboard '{uid}' comes from a file of Grafana's own provisioning; remove it there")
            return Found(id, now, _imported(api, now))
        return Found(id, now, drifted(inputs, outputs, now, _WATCHED, SCHEMA.fields))

    def update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        api, uid = for_existing(self.grafana, operation, id)
        # By its uid alone: that makes it anew where it is gone (a folder takes its dashboards with it).
        model = {**_without_count(model_of.parse(news["configJson"])), "uid": uid}
        try:
            saved = _save(api, news, {**model, "version": outputs.get("version", 0)})
        except GrafanaError as error:
            current = _current(api, uid) if error.kind == "version-mismatch" else None
            if current is None:
                raise _explained(api, news, model, error) from None
            operation.log.warn(operation.urn, _overwritten(current))
            saved = _save(api, news, {**model, "version": current["dashboard"]["version"]})
        return self._outputs(api, news, saved)

    def delete(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> None:
        api, uid = for_existing(self.grafana, operation, id)
        try:
            api.delete("dashboards", "uid", uid, doing=f"delete dashboard '{uid}'")
        except NotFound:
            return

    def _outputs(self, api: Api, inputs: Properties, saved: Any) -> Properties:
        return {
            **given(inputs),
            **self._known(api, saved["uid"], saved["id"], saved["version"], saved["url"]),
            "folder": ids.bare(inputs.get("folder")),
            "configJson": model_of.comparable(model_of.parse(inputs["configJson"])),
        }

    def _known(self, api: Api, uid: str, number: int, version: int, path: str) -> Properties:
        return {
            "uid": uid,
            "dashboardId": number,
            "version": version,
            "url": self.grafana.url_of(path),
            "orgId": str(api.org),
        }


def _without_count(model: Model) -> Model:
    return {key: value for key, value in model.items() if key not in ("id", "version")}


def _as_configured(model: Model, inputs: Properties) -> Model:
    """The model without the uid where the program leaves that to Grafana."""
    if not inputs or model_of.uid_of(model_of.parse(inputs["configJson"])):
        return model
    return {key: value for key, value in model.items() if key != "uid"}


def _current(api: Api, uid: str) -> Any:
    try:
        found = api.get("dashboards", "uid", uid, doing=f"read dashboard '{uid}'")
    except NotFound:
        return None
    return None if found["meta"].get("isFolder") else found


def _save(api: Api, inputs: Properties, model: Model, *, overwrite: bool = False) -> Any:
    """Saves the model over the version it names, or as a new dashboard."""
    return api.post(
        "dashboards",
        "db",
        doing=f"save dashboard '{model['title']}'",
        body={
            "dashboard": model,
            "folderUid": ids.bare(inputs.get("folder")),
            "message": inputs.get("message") or "",
            "overwrite": overwrite,
        },
    )


def _save_over(api: Api, inputs: Properties, model: Model, error: GrafanaError) -> Any:
    """Saves over the dashboard that is in the way of a new one, where the program allows that.

    Grafana itself, told to overwrite, also takes the place of a dashboard with the same title and another uid. That
    is done only for a model that leaves its uid to Grafana: else its own uid would be lost.
    """
    uid = model_of.uid_of(model)
    if inputs.get("overwrite") and error.kind == "version-mismatch":
        current = _current(api, uid)
        if current is not None:
            return _save(api, inputs, {**model, "version": current["dashboard"]["version"]})
    if inputs.get("overwrite") and error.kind == "name-exists" and not uid:
        return _save(api, inputs, model, overwrite=True)
    raise _explained(api, inputs, model, error)


def _explained(api: Api, inputs: Properties, model: Model, error: GrafanaError) -> PluginError:
    title, uid, folder = model["title"], model_of.uid_of(model), ids.bare(inputs.get("folder"))
    where = f"folder '{folder}'" if folder else "the General folder"
    if error.kind == "version-mismatch":
        return PluginError(
            f"can't save dashboard '{title}': there is one with the uid '{uid}' already, or it has been changed by "
            f"someone else; adopt it ('pulumi import {SCHEMA.token} NAME {ids.make(api.org, uid)}'), set "
            "overwrite=True, or choose another uid"
        )
    if error.kind == "name-exists":
        return PluginError(
            f"can't save dashboard '{title}': {where} has another one with this title{_holder(api, title, folder)}; "
            "rename one of them or put it into another folder"
        )
    if error.kind == "name-match":
        return PluginError(
            f"can't save dashboard '{title}': there is a folder with this title, and Grafana wants them to differ; "
            "rename one of them"
        )
    if "changed to a folder" in error.reason:
        return PluginError(f"can't save dashboard '{title}': its uid '{uid}' is that of a folder; choose another one")
    if "folder not found" in error.reason.lower():
        return PluginError(f"can't save dashboard '{title}': {where} doesn't exist in organisation {api.org}")
    return error


def _holder(api: Api, title: str, folder: str) -> str:
    try:
        hits = api.get("search", doing="search dashboards", query={"type": "dash-db", "query": title, "limit": "100"})
    except PluginError:
        return ""
    found = [hit["uid"] for hit in hits if hit.get("title") == title and (hit.get("folderUid") or "") == folder]
    return f" (uid '{found[0]}')" if found else ""


def _overwritten(current: Any) -> str:
    meta = current["meta"]
    return (
        f"dashboard '{current['dashboard']['title']}' was changed by {meta.get('updatedBy') or 'someone'} at "
        f"{meta.get('updated') or 'an unknown time'}; that is overwritten and stays in its history in Grafana"
    )


def _imported(api: Api, now: Properties) -> Properties:
    inputs = {"configJson": now["configJson"]}
    if now["folder"]:
        inputs["folder"] = now["folder"]
    return inputs if api.org == api.grafana.settings.org else {**inputs, "orgId": now["orgId"]}
