# ruff: noqa: ARG002 - every resource type has the same calls, whether it needs their arguments or not
"""grafana:oss/organizationPreferences:OrganizationPreferences."""

from __future__ import annotations

from typing import Final

from airgap.plugins.grafana import preferences
from airgap.plugins.grafana.api import Api, for_new
from airgap.plugins.grafana.connection import Grafana
from airgap.plugins.grafana.fields import ORG_ID
from airgap.plugins.protocol.drift import drifted, given
from airgap.plugins.protocol.errors import PluginError
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.resource import Created, Found
from airgap.plugins.protocol.schema import Schema
from airgap.plugins.protocol.values import UNKNOWN, Properties

SCHEMA: Final = Schema(
    token="grafana:oss/organizationPreferences:OrganizationPreferences",  # noqa: S106 - a type token
    fields={**preferences.FIELDS, "orgId": ORG_ID},
)

_PATH: Final = ("org", "preferences")


class OrganizationPreferencesResource:
    """An organisation's preferences, which it always has; their id is the organisation's."""

    schema = SCHEMA

    def __init__(self, grafana: Grafana) -> None:
        self.grafana = grafana

    def preview(self, inputs: Properties, olds: Properties) -> Properties:
        return {**(olds or {"orgId": UNKNOWN}), **given(inputs)}

    def create(self, operation: Operation, inputs: Properties) -> Created:
        api = for_new(self.grafana, operation, inputs)
        return Created(str(api.org), self._set(api, inputs))

    def read(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> Found | None:
        if not id.isdigit():
            raise PluginError(f"the id of organisation preferences is an organisation's number, not '{id}'")
        api = Api(self.grafana, operation, int(id) or self.grafana.settings.org)
        found = preferences.read(api, _PATH, f"read the preferences of organisation {id}")
        now = {**given(inputs), **found, "orgId": id}
        if not inputs:
            return Found(id, now, {key: value for key, value in found.items() if value})
        return Found(id, now, drifted(inputs, outputs, now, preferences.FIELDS))

    def update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        return self._set(Api(self.grafana, operation, int(id) or self.grafana.settings.org), news)

    def delete(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> None:
        api = Api(self.grafana, operation, int(id) or self.grafana.settings.org)
        preferences.write(api, _PATH, {}, f"reset the preferences of organisation {id}")

    def _set(self, api: Api, inputs: Properties) -> Properties:
        preferences.write(api, _PATH, inputs, f"set the preferences of organisation {api.org}")
        return {**given(inputs), **preferences.of(inputs), "orgId": str(api.org)}
