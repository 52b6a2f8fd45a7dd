"""Reads JSON bodies; what is wrong with one is said in one sentence."""

from __future__ import annotations

import json
import math


class BadInput(Exception):
    """The client sent something wrong; becomes an answer 400 with this sentence."""


def json_object(body: bytes) -> dict[str, object]:
    """The JSON object in `body`; raises `BadInput` for anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput("the body is not valid JSON") from None
    if not isinstance(value, dict):
        raise BadInput(f"the body must be a JSON object, not {_kind(value)}")
    return value


def number(fields: dict[str, object], name: str, least: float, most: float) -> float:
    """The number in field `name`; raises `BadInput` when it is no number from `least` to `most`."""
    value = fields[name]
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not math.isfinite(value) or not least <= value <= most:  # type: ignore[arg-type,operator]
        raise BadInput(f"{name} must be a number from {least:g} to {most:g}, not {shown(value)}")
    return float(value)  # type: ignore[arg-type]


def flag(fields: dict[str, object], name: str) -> bool:
    """The truth value in field `name`; raises `BadInput` when it is neither true nor false."""
    value = fields[name]
    if not isinstance(value, bool):
        raise BadInput(f"{name} must be true or false, not {shown(value)}")
    return value


def only(fields: dict[str, object], allowed: tuple[str, ...]) -> None:
    """Raises `BadInput` when there is a field that isn't in `allowed`."""
    for name in fields:
        if name not in allowed:
            raise BadInput(f"unknown field {shown(name)}: use {', '.join(allowed)}")


def shown(value: object) -> str:
    """A value as it appears in a message: JSON, cut short."""
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _kind(value: object) -> str:
    if isinstance(value, list):
        return "a list"
    return "a text" if isinstance(value, str) else shown(value)
