"""What a query gives: Grafana's data frames, as series over time or as rows of a table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Value = float | str | None


@dataclass(frozen=True)
class Field:
    """A column of a frame."""

    name: str
    kind: str
    labels: Mapping[str, str]
    values: list[Any]


@dataclass(frozen=True)
class Series:
    """Values over time; times in seconds of the epoch, None where there is no value."""

    name: str
    times: list[float]
    values: list[float | None]

    @property
    def known(self) -> list[float]:
        return [value for value in self.values if value is not None]

    @property
    def step(self) -> float | None:
        """The usual time between two values, in seconds; where there is more, values are missing."""
        steps = sorted(later - earlier for earlier, later in pairwise(self.times))
        return steps[len(steps) // 2] if steps else None

    @property
    def last(self) -> float | None:
        """The last value that there is."""
        return self.known[-1] if self.known else None


def fields(frame: Mapping[str, Any]) -> list[Field]:
    """A frame's columns, in their order."""
    columns = (frame.get("data") or {}).get("values") or []
    described = (frame.get("schema") or {}).get("fields") or []
    return [
        Field(
            name=str((one.get("config") or {}).get("displayNameFromDS") or one.get("name") or ""),
            kind=str(one.get("type")),
            labels=one.get("labels") or {},
            values=list(values),
        )
        for one, values in zip(described, columns, strict=False)
    ]


def series(results: Mapping[str, Any]) -> list[Series]:
    """Every series of a panel, in the order of its queries."""
    found = []
    for _letter, frame in _frames(results):
        columns = fields(frame)
        times = next((column.values for column in columns if column.kind == "time"), None)
        for column in columns:
            if column.kind != "number":
                continue
            at = [each / 1000 for each in times] if times is not None else [0.0] * len(column.values)
            found.append(Series(_name(column), at, [_number(value) for value in column.values]))
    return [one for one in found if one.known]


def rows(results: Mapping[str, Any], names: Collection[str] = ()) -> list[dict[str, Value]]:
    """A panel's queries as the lines of one table: those with the same labels side by side.

    A query's values stand under `Value`, where there are several queries under `Value #<letter>`.

    Args:
        results: letter -> what the query gave.
        names: labels that count, as the others aren't shown; none: all.
    """
    merged: dict[tuple[tuple[str, str], ...], dict[str, Value]] = {}
    for letter, frame in _frames(results):
        head = f"Value #{letter}" if len(results) > 1 else "Value"
        for every, value in _lines(fields(frame)):
            labels = {name: text for name, text in every.items() if not names or name in names}
            merged.setdefault(tuple(sorted(labels.items())), dict(labels))[head] = value
    return list(merged.values())


def _lines(columns: list[Field]) -> Iterator[tuple[dict[str, str], Value]]:
    """Each line of a frame: its labels, and its number. Some releases have labels as columns, others as labels."""
    texts = [column for column in columns if column.kind == "string"]
    for column in columns:
        if column.kind != "number":
            continue
        if texts:
            for index, value in enumerate(column.values):
                yield {text.name: str(text.values[index]) for text in texts}, _number(value)
        elif column.values:
            yield dict(column.labels), _number(column.values[-1])


def _frames(results: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for letter, result in sorted(results.items()):
        for frame in result.get("frames") or []:
            yield letter, frame


def _name(column: Field) -> str:
    if column.name and column.name != "Value":
        return column.name
    return ", ".join(f"{key} {value}" for key, value in sorted(column.labels.items())) or column.name


def _number(value: Any) -> float | None:
    """None for what isn't a number; a frame has NaN and infinities as null."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
