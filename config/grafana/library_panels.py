"""Panels that several dashboards share in the Grafana they come from: written out, because ours has no such library."""

from collections.abc import Mapping, Sequence
from typing import Any

# a dashboard has these of its own, the library the rest
_OWN = ("id", "gridPos", "repeat", "repeatDirection", "maxPerRow")


def written_out(document: dict[str, Any], text: str) -> dict[str, Any]:
    """The document with each library panel in full, as the export has it in `__elements`.

    Args:
        document: as it was exported.
        text: the same as JSON, so that a document without library panels is not searched.

    Raises:
        ValueError: the export doesn't hold one.
    """
    if '"libraryPanel"' not in text:
        return document
    return {**document, "panels": _panels(document["panels"], _library(document.get("__elements")))}


def _library(elements: Any) -> dict[str, Any]:
    entries = elements.items() if isinstance(elements, dict) else ()
    return {
        uid: each["model"] for uid, each in entries if isinstance(each, dict) and isinstance(each.get("model"), dict)
    }


def _panels(panels: Sequence[Any], library: Mapping[str, Any]) -> list[Any]:
    return [_panel(panel, library) if isinstance(panel, dict) else panel for panel in panels]


def _panel(panel: dict[str, Any], library: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(panel.get("panels"), list):  # a row that is folded up holds its panels
        return {**panel, "panels": _panels(panel["panels"], library)}
    reference = panel.get("libraryPanel")
    if not isinstance(reference, dict):
        return panel
    uid, name = str(reference.get("uid")), reference.get("name")
    if uid not in library:
        raise ValueError(
            f"the library panel '{name}' is not in the file; export it for sharing externally, or unlink the panel"
        )
    shared = {key: value for key, value in library[uid].items() if key not in {*_OWN, "libraryPanel"}}
    return {"title": name, **shared, **{key: panel[key] for key in _OWN if key in panel}}
