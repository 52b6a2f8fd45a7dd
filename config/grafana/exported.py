"""A dashboard as somebody exported it to a file, of whatever age: brought into the classic schema of today."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, StringConstraints, TypeAdapter, ValidationError

from config.settings.grafana import MAX_UID, DropInDashboardSettings, Uid

# what belongs to the Grafana that it was made in, or to the way it was exported
OF_ITS_ORIGIN = ("__inputs", "__requires", "__elements", "id", "version", "iteration", "gnetId", "rows")
_NOT_IN_A_SLUG = re.compile(r"[^a-z0-9]+")
_UID: TypeAdapter[str] = TypeAdapter(Uid)
_GRID = 24  # columns; rows of before Grafana 5 had 12
_PIXELS = 38  # of a line of the grid, with its margin
_FIRST_WITH_A_GRID = 16  # schema version; Grafana 11 and later refuse those below 13
_PLACE = {"x": 0.0, "y": 0.0, "w": 12.0, "h": 8.0}

Json = dict[str, Any]


class _Shape(BaseModel):
    """What has to be right for Grafana and the viewer to show anything of it; the rest is the panels' own affair."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    panels: list[Json] | None = None
    rows: list[Json] | None = None
    tags: list[str] | None = None
    links: list[Any] | None = None
    time: Json | None = None


class _Row(BaseModel):
    panels: list[Json] | None = None


def read(raw: bytes) -> Json:
    """The dashboard that a file holds: wrappings off, rows turned into panels.

    Raises:
        ValueError: it holds none.
    """
    try:
        document = json.loads(raw, parse_constant=_not_json, parse_float=_finite)  # with or without byte order mark
        json.dumps(document, ensure_ascii=False).encode()  # half a surrogate pair is no text, for no server
    except UnicodeError:
        raise ValueError("is not JSON: it must be text in UTF-8") from None
    except RecursionError:
        raise ValueError("is not JSON that Grafana takes: it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"is not JSON: {error}") from None
    document = _unwrapped(document)
    try:
        shape = _Shape.model_validate(document)
        panels = shape.panels or list(_out_of_rows(shape.rows or []))
        for panel in panels:
            _Row.model_validate(panel)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        if place == "title":
            raise ValueError("has no title; give it one in the file") from None
        raise ValueError(f"can't be shown: {place}: {problem['msg'][0].lower()}{problem['msg'][1:]}") from None
    if shape.rows and not shape.panels:
        document["schemaVersion"] = max(int(_number(document.get("schemaVersion"), 0)), _FIRST_WITH_A_GRID)
    return {**document, "title": shape.title, "panels": [_placed(panel) for panel in panels]}


def _not_json(word: str) -> float:
    raise ValueError(f"{word} is no JSON value")


def _finite(text: str) -> float:
    if math.isinf(value := float(text)):
        raise ValueError(f"{text} is too large a number")
    return value


def _unwrapped(document: Any) -> Json:
    """The dashboard itself, out of an answer of Grafana's or grafana.com's API or a resource of kubectl's style."""
    document = document if isinstance(document, dict) else {}
    for key in ("dashboard", "json"):
        if isinstance(document.get(key), dict):
            document = document[key]
    if isinstance(spec := document.get("spec"), dict) and "apiVersion" in document:
        if (kind := document.get("kind", "Dashboard")) != "Dashboard":
            raise ValueError(f"is no dashboard: it is a resource of kind '{kind}'")
        metadata = document.get("metadata")
        document = {**spec, "uid": metadata.get("name") if isinstance(metadata, dict) else None}
    if "elements" in document and "layout" in document:
        raise ValueError(
            "is in schema V2, which isn't taken; export it again, with 'Model: Classic' in Grafana's export dialogue"
        )
    if not any(isinstance(document.get(key), list) for key in ("panels", "rows")):
        raise ValueError("is no dashboard: it has no title or no panels; export it from Grafana as JSON")
    return dict(document)


def _out_of_rows(rows: list[Json]) -> Iterator[Json]:
    """Rows of before Grafana 5: panels side by side, each so many of twelve columns wide."""
    top = 0
    for row in rows:
        panels = _Row.model_validate(row).panels or []
        folded = bool(row.get("collapse"))
        heading = {
            "type": "row",
            "title": str(row.get("title") or ""),
            "collapsed": folded,
            "gridPos": {"x": 0, "y": top, "w": _GRID, "h": 1},
            **({"repeat": row["repeat"]} if row.get("repeat") else {}),
        }
        shown = folded or row.get("repeat") or (row.get("title") and row.get("showTitle", True))
        top += bool(shown)
        inner, x, line = [], 0, 0
        for panel in panels:
            width = min(max(2 * int(_number(panel.get("span"), 12)), 1), _GRID)
            height = max(math.ceil(_pixels(panel.get("height"), _pixels(row.get("height"), 250)) / _PIXELS), 2)
            if x + width > _GRID:
                x, top, line = 0, top + line, 0
            inner.append({**panel, "gridPos": {"x": x, "y": top, "w": width, "h": height}})
            x, line = x + width, max(line, height)
        top += line
        if shown:
            yield {**heading, "panels": inner if folded else []}
        if not folded:
            yield from inner


def _placed(panel: Json) -> Json:
    """A panel whose place is in numbers, and those that it holds, where it is a row that is folded up."""
    place = panel.get("gridPos")
    if isinstance(place, dict) and not all(isinstance(value, int | float) for value in place.values()):
        panel = {**panel, "gridPos": {key: _number(place.get(key), least) for key, least in _PLACE.items()}}
    return {**panel, "panels": [_placed(one) for one in panel["panels"]]} if panel.get("panels") else panel


def _number(value: Any, default: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return default
    return number if math.isfinite(number) else default


def _pixels(height: Any, default: float) -> float:
    return _number(str(height).removesuffix("px"), default)


def written_out(document: Json) -> Json:
    """The document with each library panel in full, as an export for sharing externally has it in `__elements`.

    Ours has no library: what several dashboards share in the Grafana that they come from is written into each.

    Raises:
        ValueError: the export doesn't hold one.
    """
    elements = document.get("__elements")
    listed = elements.values() if isinstance(elements, dict) else elements if isinstance(elements, list) else ()
    library = {str(each.get("uid")): each.get("model") for each in listed if isinstance(each, dict)}
    keys = elements if isinstance(elements, dict) else {}
    library |= {uid: each.get("model") for uid, each in keys.items() if isinstance(each, dict)}
    return {**document, "panels": [_written_out(panel, library) for panel in document.get("panels") or ()]}


def _written_out(panel: Json, library: Mapping[str, Any]) -> Json:
    if panel.get("panels"):
        return {**panel, "panels": [_written_out(one, library) for one in panel["panels"]]}
    reference = panel.get("libraryPanel")
    if not isinstance(reference, dict):
        return panel
    name, model = reference.get("name"), library.get(str(reference.get("uid")))
    if not isinstance(model, dict):
        if not panel.get("type"):
            raise ValueError(
                f"the library panel '{name}' is not in the file; export it for sharing externally, or unlink the panel"
            )
        model = panel  # Grafana before 9.1 wrote it into the dashboard as well
    # a dashboard has these of its own, the library the rest
    own = ("id", "gridPos", "repeat", "repeatDirection", "maxPerRow")
    shared = {key: value for key, value in model.items() if key not in {*own, "libraryPanel"}}
    return {"title": name, **shared, **{key: panel[key] for key in own if key in panel}}


def uid_of(document: Json, said: DropInDashboardSettings) -> str:
    """Its uid: what the settings say, else the exported one, else one made of the file's name.

    Raises:
        ValueError: Grafana would refuse it.
    """
    file = said.file.rpartition("/")[2]
    uid = said.uid or document.get("uid") or slug(file[: -len(".json")])[:MAX_UID]
    try:
        return _UID.validate_python(uid)
    except ValidationError:
        raise ValueError(
            f"Grafana refuses the uid {uid!r}: it takes 1 to {MAX_UID} letters, digits, - and _; change it in the file "
            f"or in grafana.dashboards: {{file: {said.file}, uid: …}}"
        ) from None


def slug(name: str) -> str:
    """A name without what neither a uid nor a file's name should have."""
    return _NOT_IN_A_SLUG.sub("-", name.lower()).strip("-")
