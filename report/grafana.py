"""Grafana's HTTP API, as far as a report asks it. It is only read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from report.errors import ReportError

_SECONDS = 60  # a panel over weeks may take its time
_UNAUTHORIZED = 401


class QueryError(Exception):
    """A panel's query was answered with an error; the text is Grafana's."""


@dataclass(frozen=True)
class Found:
    """A dashboard of a search."""

    uid: str
    title: str
    folder: str


@dataclass(frozen=True)
class Grafana:
    """One Grafana, and how to sign in: a service account's token, or a user's name and password.

    Attributes:
        url: its base address, without a slash at the end.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    login: tuple[str, str] | None = field(default=None, repr=False)

    def dashboards(self) -> list[Found]:
        """Every dashboard that may be seen, by folder and title."""
        answer = self._ask("GET", "/api/search?type=dash-db&limit=5000")
        found = [Found(one["uid"], one["title"], one.get("folderTitle", "")) for one in answer]
        return sorted(found, key=lambda one: (one.folder, one.title))

    def dashboard(self, uid: str) -> dict[str, Any]:
        """A dashboard's document.

        Raises:
            ReportError: there is none with this uid, or Grafana can't be asked.
        """
        answer = self._ask("GET", f"/api/dashboards/uid/{uid}")
        if answer is None:
            there = ", ".join(sorted(one.uid for one in self.dashboards()))
            raise ReportError(f"Grafana has no dashboard '{uid}'; there are {there}")
        document: dict[str, Any] = answer["dashboard"]
        return document

    def datasources(self) -> list[dict[str, Any]]:
        """What may be asked; empty where the account may not list them."""
        try:
            answer: list[dict[str, Any]] = self._ask("GET", "/api/datasources") or []
        except ReportError:
            return []
        return answer

    def query(self, queries: Sequence[Mapping[str, Any]], since: int, until: int) -> dict[str, Any]:
        """What queries give: letter -> its result, as `/api/ds/query` answers it.

        Args:
            queries: as a panel has them, variables resolved.
            since: begin, in milliseconds of the epoch.
            until: end, likewise.

        Raises:
            QueryError: one of them is refused.
            ReportError: Grafana can't be asked.
        """
        body = {"queries": list(queries), "from": str(since), "to": str(until)}
        answer = self._send("POST", "/api/ds/query", body)
        document = _document(answer)
        results = document.get("results") if isinstance(document, dict) else None
        if not isinstance(results, dict):
            said = document.get("message") if isinstance(document, dict) else None
            raise QueryError(str(said or f"Grafana answers {answer.status_code}"))
        for result in results.values():
            if error := result.get("error"):
                raise QueryError(str(error))
        return results

    def _ask(self, method: str, path: str) -> Any:
        """A JSON document; None when there is none (404)."""
        answer = self._send(method, path, None)
        if answer.status_code == requests.codes.not_found:
            return None
        document = _document(answer)
        if not answer.ok:
            said = document.get("message") if isinstance(document, dict) else None
            raise ReportError(f"Grafana answers {answer.status_code} to {path.split('?')[0]}: {said or answer.reason}")
        return document

    def _send(self, method: str, path: str, body: object) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            answer = requests.request(
                method, self.url + path, json=body, headers=headers, auth=self.login, timeout=_SECONDS
            )
        except requests.Timeout:
            raise ReportError(f"Grafana at {self.url} didn't answer within {_SECONDS} s") from None
        except requests.RequestException as error:
            raise ReportError(f"Grafana doesn't answer at {self.url} ({type(error).__name__}); is it up?") from None
        if answer.status_code == _UNAUTHORIZED:
            raise ReportError(f"Grafana at {self.url} refuses the login; `make up` sets password and token anew")
        return answer


def _document(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
