# ruff: noqa: ARG002 - every resource type has the same calls, whether it needs their arguments or not
"""grafana:oss/folder:Folder."""

from __future__ import annotations

from typing import Any, Final

from airgap.plugins.grafana import ids
from airgap.plugins.grafana.api import Api, for_existing, for_new
from airgap.plugins.grafana.connection import Grafana
from airgap.plugins.grafana.failures import GrafanaError, NotFound
from airgap.plugins.grafana.fields import ORG_ID, UPDATE, not_given, uid_problem
from airgap.plugins.protocol.drift import drifted, given
from airgap.plugins.protocol.errors import PluginError
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.resource import Created, Found
from airgap.plugins.protocol.schema import Schema, boolean, text
from airgap.plugins.protocol.values import UNKNOWN, Properties

SCHEMA: Final = Schema(
    token="grafana:oss/folder:Folder",  # noqa: S106 - a type token
    fields={
        "title": text(required=True, change=UPDATE),
        "uid": text(valid=uid_problem, same=not_given),
        "preventDestroyIfNotEmpty": boolean(change=UPDATE, default=False),
        "orgId": ORG_ID,
    },
    # An organisation takes no two folders of one title.
    delete_before_replace=True,
)

_COMPUTED: Final = ("orgId", "uid", "url")


class FolderResource:
    """Folders; their id is `<organisation>:<uid>`."""

    schema = SCHEMA

    def __init__(self, grafana: Grafana) -> None:
        self.grafana = grafana

    def preview(self, inputs: Properties, olds: Properties) -> Properties:
        return {**(olds or dict.fromkeys(_COMPUTED, UNKNOWN)), **given(inputs)}

    def create(self, operation: Operation, inputs: Properties) -> Created:
        api = for_new(self.grafana, operation, inputs)
        title, uid = inputs["title"], inputs.get("uid") or ""
        try:
            made = api.post("folders", doing=f"create folder '{title}'", body={"title": title, "uid": uid})
        except GrafanaError as error:
            raise _explained(api, inputs, error) from None
        return Created(ids.make(api.org, made["uid"]), self._outputs(api, inputs, made))

    def read(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> Found | None:
        api, uid = for_existing(self.grafana, operation, id)
        try:
            folder = api.get("folders", uid, doing=f"read folder '{uid}'")
        except NotFound:
            return None
        id, now = ids.make(api.org, folder["uid"]), self._outputs(api, inputs, folder)
        if not inputs:
            return Found(id, {**now, "preventDestroyIfNotEmpty": False}, _imported(api, now))
        return Found(id, now, drifted(inputs, outputs, now, ("title",)))

    def update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        api, uid = for_existing(self.grafana, operation, id)
        title = news["title"]
        try:
            version = api.get("folders", uid, doing=f"read folder '{uid}'")["version"]
            # Told to overwrite, Grafana changes another folder that has the title already.
            body = {"title": title, "version": version}
            folder = api.put("folders", uid, doing=f"update folder '{title}'", body=body)
        except NotFound as error:
            raise PluginError(f"{error}; 'pulumi up --refresh' sees that and makes it anew") from None
        except GrafanaError as error:
            raise _explained(api, {**news, "uid": ""}, error) from None
        return self._outputs(api, news, folder)

    def delete(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> None:
        api, uid = for_existing(self.grafana, operation, id)
        keep = bool({**outputs, **inputs}.get("preventDestroyIfNotEmpty"))
        try:
            if keep:
                _refuse_unless_empty(api, uid)
            # Else alert rules in it would keep it, too.
            query = None if keep else {"forceDeleteRules": "true"}
            api.delete("folders", uid, doing=f"delete folder '{uid}'", query=query)
        except NotFound:
            return

    def _outputs(self, api: Api, inputs: Properties, folder: Any) -> Properties:
        return {
            **given(inputs),
            "title": folder["title"],
            "uid": folder["uid"],
            "url": self.grafana.url_of(folder["url"]),
            "orgId": str(api.org),
        }


def _refuse_unless_empty(api: Api, uid: str) -> None:
    folder = api.get("folders", uid, doing=f"read folder '{uid}'")
    # Grafana 10.0 searches by the folder's number only.
    inside = api.get("search", doing=f"search folder '{uid}'", query={"folderIds": str(folder["id"])})
    if inside:
        titles = ", ".join(sorted(f"'{hit['title']}'" for hit in inside))
        raise PluginError(
            f"folder '{folder['title']}' isn't empty and preventDestroyIfNotEmpty is set; it holds {titles}"
        )


def _explained(api: Api, inputs: Properties, error: GrafanaError) -> PluginError:
    title, uid = inputs["title"], inputs.get("uid") or ""
    if uid and (error.kind == "version-mismatch" or "changed to a folder" in error.reason):
        return PluginError(f"can't create folder '{title}': the uid '{uid}' is taken{_taker(api, uid)}")
    if error.kind == "version-mismatch":
        return PluginError(
            f"can't save folder '{title}': it was changed by someone else just now; run the update again"
        )
    if error.status == 409:
        holder = _of_title(api, title)
        adopt = f"adopt it ('pulumi import {SCHEMA.token} NAME {ids.make(api.org, holder)}') or " if holder else ""
        return PluginError(
            f"can't save folder '{title}': there is one with this title (uid '{holder}'); {adopt}choose another title"
        )
    if "one of its dashboards" in error.reason:
        return PluginError(
            f"can't save folder '{title}': a dashboard in the General folder has this title, and Grafana wants them "
            "to differ; rename one of them"
        )
    return error


def _taker(api: Api, uid: str) -> str:
    try:
        folder = api.get("folders", uid, doing=f"read folder '{uid}'")
    except PluginError:
        return " by a dashboard; choose another uid"
    return (
        f" by the folder '{folder['title']}'; adopt that one "
        f"('pulumi import {SCHEMA.token} NAME {ids.make(api.org, uid)}') or choose another uid"
    )


def _of_title(api: Api, title: str) -> str:
    try:
        folders = api.get("folders", doing="list folders", query={"limit": "1000"})
    except PluginError:
        return ""
    return next((str(folder["uid"]) for folder in folders if folder["title"].casefold() == title.casefold()), "")


def _imported(api: Api, now: Properties) -> Properties:
    inputs = {"title": now["title"], "uid": now["uid"]}
    return inputs if api.org == api.grafana.settings.org else {**inputs, "orgId": now["orgId"]}
