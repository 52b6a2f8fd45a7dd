"""Prometheus's HTTP API, as far as dashboards ask it. It is only read."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import requests
from pydantic import BaseModel, ValidationError

from viewer.errors import PanelError

SECONDS = 30  # a panel over weeks may take its time
_AT_ONCE = 4  # questions; Prometheus evaluates rules, too
_LARGEST = 8 * 2**20  # bytes; as numbers they take ten times that, and several are read at a time
_KEPT = 64  # answers: what several panels of a page ask at the same time is asked once


@dataclass(frozen=True)
class Series:
    """Values over time; times in seconds of the epoch."""

    labels: Mapping[str, str]
    points: Sequence[tuple[float, float]]


class _Result(BaseModel):
    metric: dict[str, str] = {}
    values: list[tuple[float, str]] = []
    value: tuple[float, str] | None = None


class _Answer(BaseModel):
    status: str
    data: Any = None
    error: str = ""


class Prometheus:
    """One Prometheus.

    Args:
        url: its base address, without a slash at the end.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=_AT_ONCE)
        self._session.mount("http://", adapter)
        self._turn = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Any, ...], Future[list[Series]]] = OrderedDict()

    def range(self, expr: str, since: float, until: float, step: float) -> list[Series]:
        """A query over time, at multiples of the step.

        Raises:
            PanelError: it is refused, or Prometheus doesn't answer.
        """
        begin, end = math.floor(since / step) * step, math.floor(until / step) * step
        return self._once(("query_range", {"query": expr, "start": begin, "end": end, "step": step}))

    def instant(self, expr: str, at: float) -> list[Series]:
        """A query at one moment; see `range`."""
        return self._once(("query", {"query": expr, "time": at}))

    def label_values(self, label: str, match: str, since: float, until: float) -> list[str]:
        """The values of a label in the series that a selector finds, or in all; see `range`."""
        parameters = {"start": since, "end": until} | ({"match[]": match} if match else {})
        return [str(value) for value in self._ask("GET", f"label/{label}/values", parameters) or ()]

    def label_names(self, match: str, since: float, until: float) -> list[str]:
        """The labels of the series that a selector finds, or of all; see `range`."""
        parameters = {"start": since, "end": until} | ({"match[]": match} if match else {})
        return [str(value) for value in self._ask("GET", "labels", parameters) or ()]

    def alerts(self) -> list[Mapping[str, Any]]:
        """Alerts that are pending or firing; see `range`."""
        data = self._ask("GET", "alerts", {})
        found = data.get("alerts") if isinstance(data, dict) else None
        return [alert for alert in found or () if isinstance(alert, dict)]

    def _once(self, question: tuple[str, dict[str, Any]]) -> list[Series]:
        """Ask what nobody is asking or has just asked."""
        path, parameters = question
        parameters = {**parameters, "timeout": f"{SECONDS}s"}
        key = (path, *sorted(parameters.items()))
        with self._lock:
            future = self._kept.get(key)
            mine = future is None
            if future is None:
                future = self._kept[key] = Future()
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        if mine:
            try:
                with self._turn:
                    future.set_result(_series(self._ask("POST", path, parameters)))
            except PanelError as error:
                future.set_exception(error)
                with self._lock:
                    self._kept.pop(key, None)
        return future.result()

    def _ask(self, method: str, path: str, parameters: Mapping[str, Any]) -> Any:
        sent: dict[str, Any] = {"params": parameters} if method == "GET" else {"data": parameters}
        try:
            with self._session.request(
                method, f"{self.url}/api/v1/{path}", timeout=SECONDS + 5, stream=True, **sent
            ) as response:
                body = b"".join(_pieces(response))
            answer = _Answer.model_validate_json(body)
        except requests.Timeout:
            raise PanelError(f"Prometheus didn't answer within {SECONDS} s; choose a shorter time") from None
        except requests.RequestException as error:
            raise PanelError(f"Prometheus doesn't answer at {self.url} ({type(error).__name__}); is it up?") from None
        except ValidationError:
            raise PanelError(f"Prometheus answers {response.status_code} with something that isn't its API") from None
        if answer.status != "success":
            raise PanelError(f"the query failed: {answer.error}")
        return answer.data


def _pieces(response: requests.Response) -> Iterator[bytes]:
    size = 0
    for piece in response.iter_content(2**16):
        size += len(piece)
        if size > _LARGEST:
            raise PanelError(
                f"Prometheus's answer is larger than {_LARGEST >> 20} MB; choose fewer series, or less time"
            )
        yield piece


def _series(data: Any) -> list[Series]:
    if not isinstance(data, dict):
        raise PanelError("Prometheus's answer holds no result")
    result = data.get("result")
    if data.get("resultType") in ("scalar", "string") and isinstance(result, list):
        result = [{"value": result}]
    try:
        found = [_Result.model_validate(each) for each in result or ()]
        return [
            Series(
                each.metric, [(at, float(value)) for at, value in each.values or ([each.value] if each.value else [])]
            )
            for each in found
            if each.values or each.value  # a native histogram has neither
        ]
    except (ValidationError, ValueError):
        raise PanelError("Prometheus's answer holds something else than numbers over time") from None
