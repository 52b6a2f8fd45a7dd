"""Grafana's API as one operation uses it, within one organisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from airgap.plugins.grafana import ids
from airgap.plugins.grafana.connection import Grafana, Request
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.values import Properties


@dataclass(frozen=True)
class Api:
    """Calls of the API; every call says what it is `doing`, for messages.

    Attributes:
        grafana: The server.
        operation: The operation the calls are made for.
        org: The organisation they are about; 0 for those about the whole server, or where the token decides.
    """

    grafana: Grafana
    operation: Operation
    org: int

    def get(self, *path: object, doing: str, query: Mapping[str, str] | None = None) -> Any:
        """Reads."""
        return self._ask("GET", path, doing, query=query)

    def post(self, *path: object, doing: str, body: Any) -> Any:
        """Makes something."""
        return self._ask("POST", path, doing, body=body)

    def put(self, *path: object, doing: str, body: Any) -> Any:
        """Sets something."""
        return self._ask("PUT", path, doing, body=body)

    def patch(self, *path: object, doing: str, body: Any) -> Any:
        """Sets parts of something."""
        return self._ask("PATCH", path, doing, body=body)

    def delete(self, *path: object, doing: str, query: Mapping[str, str] | None = None) -> Any:
        """Removes something."""
        return self._ask("DELETE", path, doing, query=query)

    def without_org(self) -> Api:
        """The same for calls about the whole server."""
        return replace(self, org=0)

    def _ask(
        self,
        method: str,
        path: tuple[object, ...],
        doing: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Any:
        parts = tuple(str(part) for part in path)
        request = Request(method=method, path=parts, org=self.org, doing=doing, query=query, body=body)
        return self.grafana.ask(self.operation, request)


def for_new(grafana: Grafana, operation: Operation, inputs: Properties) -> Api:
    """For making something in the organisation its inputs name, else in the provider's."""
    return Api(grafana, operation, int(inputs.get("orgId") or 0) or grafana.settings.org)


def for_existing(grafana: Grafana, operation: Operation, id: str) -> tuple[Api, str]:
    """For something that exists, by its id; gives its name within the organisation, too."""
    org, name = ids.split(id)
    return Api(grafana, operation, org or grafana.settings.org), name
