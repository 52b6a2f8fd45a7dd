"""Prometheus's HTTP API, as far as dashboards ask it. It is only read."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import requests
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from viewer.errors import PanelError

SECONDS = 30  # a panel over weeks may take its time
_AT_ONCE = 4  # questions; Prometheus evaluates rules, too
_LARGEST = 8 * 2**20  # bytes; as numbers they take ten times that, and several are read at a time
_KEPT = 64  # answers: what several panels of a page ask at the same time is asked once
_FRESH = 60  # seconds; the values of variables are as old at most, so that a page's panels share them
_T = TypeVar("_T")
Point = tuple[float, float]  # seconds of the epoch, value


class Series(BaseModel):
    """Values over time."""

    labels: dict[str, str] = Field(default={}, alias="metric")
    values: list[Point] = []
    value: Point | None = None

    @property
    def points(self) -> Sequence[Point]:
        return self.values or ([self.value] if self.value else [])


class _Result(BaseModel):
    kind: str = Field(default="", alias="resultType")
    result: Any = None


class _Answer(BaseModel):
    status: str
    data: Any = None
    error: str = ""


_SERIES = TypeAdapter(list[Series])


class Prometheus:
    """One Prometheus; `url` is its base address, without a slash at the end."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=_AT_ONCE))
        self._turn = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Any, ...], Future[Any]] = OrderedDict()

    def range(self, expr: str, times: Sequence[float], step: float) -> list[Series]:
        """A query at moments a step apart.

        Raises:
            PanelError: it is refused, or Prometheus doesn't answer.
        """
        return self._query("query_range", {"query": expr, "start": times[0], "end": times[-1], "step": step})

    def instant(self, expr: str, at: float) -> list[Series]:
        """A query at one moment; see `range`."""
        return self._query("query", {"query": expr, "time": at})

    def label_values(self, label: str, match: str, since: float, until: float) -> list[str]:
        """The values of a label in the series that a selector finds, or in all; see `range`."""
        return self._labels(f"label/{label}/values", match, since, until)

    def label_names(self, match: str, since: float, until: float) -> list[str]:
        """The labels of the series that a selector finds, or of all; see `range`."""
        return self._labels("labels", match, since, until)

    def unknown(self, names: Sequence[str], since: float, until: float) -> list[str]:
        """Those of these metrics of which there is no series; see `range`."""
        there = self.label_values("__name__", f'{{__name__=~"{"|".join(names)}"}}', since, until) if names else []
        return [name for name in names if name not in there]

    def alerts(self) -> list[Mapping[str, Any]]:
        """Alerts that are pending or firing; see `range`."""
        data = self._ask("GET", "alerts", {})
        found = data.get("alerts") if isinstance(data, dict) else None
        return [alert for alert in found or () if isinstance(alert, dict)]

    def _labels(self, path: str, match: str, since: float, until: float) -> list[str]:
        begin, end = math.floor(since / _FRESH) * _FRESH, math.ceil(until / _FRESH) * _FRESH
        parameters = {"start": begin, "end": end} | ({"match[]": match} if match else {})
        return self._once("GET", path, parameters, lambda data: [str(value) for value in data or ()])

    def _query(self, path: str, parameters: dict[str, Any]) -> list[Series]:
        return self._once("POST", path, {**parameters, "timeout": f"{SECONDS}s"}, _series)

    def _once(self, method: str, path: str, parameters: dict[str, Any], read: Callable[[Any], list[_T]]) -> list[_T]:
        """Ask what nobody is asking or has just asked."""
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
                    future.set_result(read(self._ask(method, path, parameters)))
            except PanelError as error:
                future.set_exception(error)
                with self._lock:
                    self._kept.pop(key, None)
        found: list[_T] = future.result()
        return found

    def _ask(self, method: str, path: str, parameters: Mapping[str, Any]) -> Any:
        sent: dict[str, Any] = {"params" if method == "GET" else "data": parameters}
        try:
            with self._session.request(
                method, f"{self.url}/api/v1/{path}", timeout=SECONDS + 5, stream=True, **sent
            ) as response:
                answer = _Answer.model_validate_json(b"".join(_pieces(response)))
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
    try:
        answer = _Result.model_validate(data)
        alone = answer.kind in ("scalar", "string")
        found = _SERIES.validate_python([{"value": answer.result}] if alone else answer.result or [])
    except ValidationError:
        raise PanelError("Prometheus's answer holds something else than numbers over time") from None
    return [each for each in found if each.points]  # a native histogram has none
