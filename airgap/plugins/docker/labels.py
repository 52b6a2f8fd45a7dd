"""Labels: a list of objects in the program, a map at the engine."""

from __future__ import annotations

from typing import Any, Final

from airgap.plugins.protocol.schema import Field, objects, text

LABELS: Final[Field] = objects({"label": text(required=True), "value": text(required=True)}, identity=("label",))


def to_engine(labels: list[dict[str, Any]] | None) -> dict[str, str]:
    """The engine's map of labels."""
    return {item["label"]: item["value"] for item in labels or []}


def from_engine(labels: dict[str, str] | None) -> list[dict[str, str]]:
    """The program's list of labels, sorted."""
    return [{"label": label, "value": value} for label, value in sorted((labels or {}).items())]
