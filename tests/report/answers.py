"""Answers as Grafana gives them."""

from collections.abc import Mapping, Sequence
from typing import Any


def series_frame(name: str, times: Sequence[float], values: Sequence[float | None], **labels: str) -> dict[str, Any]:
    """A frame of one series; times in seconds."""
    config = {"displayNameFromDS": name} if name else {}
    return {
        "schema": {
            "fields": [
                {"name": "Time", "type": "time"},
                {"name": "Value", "type": "number", "labels": labels, "config": config},
            ]
        },
        "data": {"values": [[time * 1000 for time in times], list(values)]},
    }


def table_frame(columns: Mapping[str, Sequence[str]], values: Sequence[float]) -> dict[str, Any]:
    """A frame with labels as columns."""
    return {
        "schema": {
            "fields": [
                {"name": "Time", "type": "time"},
                *({"name": name, "type": "string"} for name in columns),
                {"name": "Value", "type": "number"},
            ]
        },
        "data": {"values": [[0] * len(values), *(list(column) for column in columns.values()), list(values)]},
    }


def answer(*frames: dict[str, Any], **more: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Frames of query A, and of further letters."""
    return {"A": {"frames": list(frames)}} | {letter: {"frames": list(each)} for letter, each in more.items()}
