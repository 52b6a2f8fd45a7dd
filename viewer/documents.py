"""Dashboard documents, as Grafana exports them: read leniently, old schemas brought up to the classic one of today."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import AliasGenerator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from viewer.errors import DashboardError, PanelError, ReportError
from viewer.settings import DASHBOARDS, INDEX, Index, read_as

_OLD_TYPES = {
    "graph": "timeseries",
    "table-old": "table",
    "singlestat": "stat",
    "grafana-singlestat-panel": "stat",
    "grafana-piechart-panel": "piechart",
}
_OLD_CALCULATIONS = {"current": "lastNotNull", "avg": "mean", "total": "sum", "first": "firstNotNull"}
_OLD_LEGEND = ("min", "max", "avg", "current", "total")
_DEFAULT_COLORS = ("green", "orange", "red")

Json = dict[str, Any]


class Lenient(BaseModel):
    """A part of a document that others wrote: what isn't known is passed over, `null` means the default."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=AliasGenerator(validation_alias=to_camel),
        validate_by_name=True,
        coerce_numbers_to_str=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _nulls_are_defaults(cls, document: Any) -> Any:
        if isinstance(document, dict):
            return {key: value for key, value in document.items() if value is not None}
        return document


class Target(Lenient):
    """One query of a panel."""

    ref_id: str = "A"
    expr: str = ""
    legend_format: str = ""
    instant: bool = False
    range: bool = False
    interval: str = ""
    interval_factor: float = 1
    hide: bool = False
    datasource: Any = None


class Override(Lenient):
    """Properties of the fields that a matcher finds."""

    matcher: Json = {}
    properties: list[Json] = []


class FieldConfig(Lenient):
    """How values are shown: for all fields, and for some."""

    defaults: Json = {}
    overrides: list[Override] = []


class Grid(Lenient):
    """A panel's place, in columns and rows of the grid."""

    x: float = 0
    y: float = 0
    w: float = 12
    h: float = 8


class Transformation(Lenient):
    """What is done with the answers before they are shown."""

    id: str = ""
    disabled: bool = False
    options: Json = {}


class Panel(Lenient):
    """One panel, in the classic schema.

    Attributes:
        key: finds it in its dashboard again.
        problem: why it can't be read.
    """

    key: str = ""
    problem: str = ""
    type: str = ""
    title: str = ""
    description: str = ""
    grid: Grid = Field(default=Grid(), validation_alias="gridPos")
    datasource: Any = None
    targets: list[Target] = []
    field_config: FieldConfig = FieldConfig()
    options: Json = {}
    transformations: list[Transformation] = []
    interval: str = ""
    max_data_points: float = 0
    time_from: str = ""
    repeat: str = ""
    repeat_direction: str = "h"
    max_per_row: int = 4


class Variable(Lenient):
    """A variable that the reader may choose a value of."""

    name: str
    type: str = "query"
    label: str = ""
    query: Any = ""
    definition: str = ""
    regex: str = ""
    multi: bool = False
    include_all: bool = False
    all_value: str = ""
    current: Any = None
    hide: Any = 0
    sort: int = 0


class Annotation(Lenient):
    """A query whose results are marked on the graphs."""

    name: str = ""
    enable: bool = True
    expr: str = ""
    icon_color: str = "red"
    title_format: str = ""
    step: str = ""
    datasource: Any = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """A heading and the panels below it."""

    title: str
    panels: Sequence[Panel]
    collapsed: bool = False
    repeat: str = ""


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """A dashboard, whole; `since` and `until` are the time that it shows at first, in Grafana's words."""

    uid: str
    title: str
    description: str
    folder: str
    since: str
    until: str
    refresh: str
    rows: Sequence[Row]
    variables: Sequence[Variable]
    annotations: Sequence[Annotation]

    def panel(self, key: str) -> Panel:
        """The panel with this key.

        Raises:
            DashboardError: there is none.
        """
        for row in self.rows:
            for panel in row.panels:
                if panel.key == key:
                    return panel
        raise DashboardError(
            f"dashboard '{self.title}' has no panel {key}; it may have been changed: load the page again"
        )


def read(text: str, folder: str = "", name: str = "") -> Dashboard:
    """The dashboard in a JSON text; `name` stands for the uid of a document that has none.

    Raises:
        DashboardError: it holds none. The deployment has brought those of other schemas into the classic one.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise DashboardError(f"is not JSON: {error}") from None
    return dashboard(document, folder, name)


def dashboard(document: Any, folder: str = "", name: str = "") -> Dashboard:
    """A dashboard out of its document; see `read`."""
    if not isinstance(document, dict) or not isinstance(document.get("panels"), list):
        raise DashboardError("is no dashboard: it has no panels")
    time = _mapping(document.get("time"))
    return Dashboard(
        uid=str(document.get("uid") or name),
        title=str(document.get("title") or document.get("uid") or name),
        description=str(document.get("description") or ""),
        folder=folder,
        since=str(time.get("from") or "now-6h"),
        until=str(time.get("to") or "now"),
        refresh=str(document.get("refresh") or ""),
        rows=list(_rows(document)),
        variables=list(_lenient(Variable, _mapping(document.get("templating")).get("list"))),
        annotations=list(_lenient(Annotation, _mapping(document.get("annotations")).get("list"))),
    )


def _rows(document: Json) -> Iterator[Row]:
    """Rows from top to bottom; panels above the first heading stand under an empty one."""
    row = Row(title="", panels=[])
    found: list[Panel] = []
    # the row's own place comes first among panels that lie at the same height
    for number, each in enumerate(sorted(_mappings(document.get("panels")), key=_place)):
        if each.get("type") != "row":
            found.append(panel(each, str(number)))
            continue
        if found or row.title:
            yield replace(row, panels=found)
        row = Row(
            title=str(each.get("title") or ""),
            panels=[],
            collapsed=bool(each.get("collapsed")),
            repeat=str(each.get("repeat") or ""),
        )
        inner = sorted(_mappings(each.get("panels")), key=_place)
        found = [panel(one, f"{number}.{index}") for index, one in enumerate(inner)]
    if found or row.title:
        yield replace(row, panels=found)


def panel(document: Json, key: str) -> Panel:
    """One panel out of its JSON; one that can't be read has a `problem`."""
    try:
        return Panel.model_validate({**_modern(document), "key": key})
    except (ValidationError, TypeError, ValueError, AttributeError) as error:
        said = error.errors()[0] if isinstance(error, ValidationError) else None
        where = ".".join(map(str, said["loc"])) + ": " if said else ""
        problem = f"can't be read: {where}{said['msg'] if said else error}"
        grid = {key: as_float(value, 0) for key, value in _mapping(document.get("gridPos")).items()}
        return Panel.model_validate(
            {"key": key, "problem": problem, "title": str(document.get("title") or ""), "gridPos": grid}
        )


def _modern(document: Json) -> Json:
    """A panel of an old type in the words of the one that took its place."""
    kind = str(document.get("type") or "")
    document = {**document, "targets": _mappings(document.get("targets"))}
    if "libraryPanel" in document and not kind:
        name = _mapping(document["libraryPanel"]).get("name")
        raise PanelError(f"its library panel '{name}' is not in the file; export the dashboard for sharing externally")
    if kind == "graph":
        document |= _old_graph(document)
    elif "singlestat" in kind:
        document |= _old_number(document)
    elif kind == "table-old" or (kind == "table" and "styles" in document and "fieldConfig" not in document):
        document |= _old_table(document)
    now = str(document.get("type") or "")
    return {**document, "type": _OLD_TYPES.get(now, now)}


def _old_graph(document: Json) -> Json:
    left, right = ([_mapping(axis) for axis in _list(document.get("yaxes"))] + [{}, {}])[:2]
    lines, stacked = document.get("lines", True), document.get("stack") or document.get("percentage")
    custom = {
        "drawStyle": "line" if lines else "bars" if document.get("bars") else "points",
        "lineWidth": document.get("linewidth", 1),
        "fillOpacity": 10 * as_float(document.get("fill"), 1),
        "lineInterpolation": "stepAfter" if document.get("steppedLine") else "linear",
        "spanNulls": document.get("nullPointMode") == "connected",
        "stacking": {"mode": "none" if not stacked else "percent" if document.get("percentage") else "normal"},
        "scaleDistribution": {"type": "log", "log": left.get("logBase")}
        if as_float(left.get("logBase"), 1) > 1
        else {},
    }
    limits = [one for one in _mappings(document.get("thresholds")) if one.get("line", True)]
    steps = [{"value": None, "color": "transparent"}]
    steps += [{"value": one.get("value"), "color": _old_color(one)} for one in limits if one.get("value") is not None]
    if limits:
        custom["thresholdsStyle"] = {"mode": "line"}
    legend = _mapping(document.get("legend"))
    calcs = [_OLD_CALCULATIONS.get(name, name) for name in _OLD_LEGEND if legend.get(name)]
    return {
        "fieldConfig": {
            "defaults": {
                "unit": left.get("format") or "short",
                "min": as_float(left.get("min"), None),
                "max": as_float(left.get("max"), None),
                "thresholds": {"mode": "absolute", "steps": steps},
                "custom": custom,
            },
            "overrides": [*_old_overrides(document, right)],
        },
        "options": {
            "legend": {"showLegend": legend.get("show", True), "calcs": calcs if legend.get("values") else []},
        },
    }


def _old_overrides(document: Json, right: Mapping[str, Any]) -> Iterator[Json]:
    for name, color in _mapping(document.get("aliasColors")).items():
        yield _override(name, {"color": {"mode": "fixed", "fixedColor": color}})
    for each in _mappings(document.get("seriesOverrides")):
        second, color = each.get("yaxis") == 2, each.get("color")
        properties = {
            "custom.axisPlacement": "right" if second else None,
            "unit": (right.get("format") or "short") if second else None,
            "custom.transform": "negative-Y" if each.get("transform") == "negative-Y" else None,
            "custom.stacking": {"mode": "none"} if each.get("stack") is False else None,
            "custom.fillOpacity": 10 * as_float(each["fill"], 0) if "fill" in each else None,
            "color": {"mode": "fixed", "fixedColor": color} if color else None,
        }
        yield _override(str(each.get("alias") or ""), properties)


def _override(name: str, properties: Mapping[str, Any]) -> Json:
    """Properties of what an old panel names: as it is, or between slashes as a regular expression."""
    matcher = {"id": "byRegexp" if name.startswith("/") else "byName", "options": name}
    return {
        "matcher": matcher,
        "properties": [{"id": key, "value": value} for key, value in properties.items() if value is not None],
    }


def _old_color(limit: Json) -> str:
    named = {"critical": "red", "warning": "orange", "ok": "green"}
    return named.get(str(limit.get("colorMode")), str(limit.get("lineColor") or "red"))


def _old_number(document: Json) -> Json:
    limits = [as_float(one, None) for one in str(document.get("thresholds") or "").split(",") if one.strip()]
    named = [str(one) for one in _list(document.get("colors"))] or list(_DEFAULT_COLORS)
    steps = [{"value": value, "color": color} for value, color in zip([None, *limits], named, strict=False)]
    gauge = _mapping(document.get("gauge"))
    texts = {
        str(one.get("value")): {"text": one.get("text")}
        for one in _mappings(document.get("valueMaps"))
        if one.get("op") == "=" and one.get("value") != "null"
    }
    colored = document.get("colorBackground") or document.get("colorValue")
    name = str(document.get("valueName") or "avg")
    return {
        "fieldConfig": {
            "defaults": {
                "unit": document.get("format") or "none",
                "decimals": document.get("decimals"),
                "min": gauge.get("minValue"),
                "max": gauge.get("maxValue"),
                "noValue": document.get("nullText"),
                "thresholds": {"mode": "absolute", "steps": steps if colored or gauge.get("show") else []},
                "mappings": [{"type": "value", "options": texts}] if texts else [],
            }
        },
        "options": {
            "colorMode": "background" if document.get("colorBackground") else "value",
            "graphMode": "area" if _mapping(document.get("sparkline")).get("show") else "none",
            "reduceOptions": {"calcs": [_OLD_CALCULATIONS.get(name, name)]},
        },
        "type": "gauge" if gauge.get("show") else "stat",
    }


def _old_table(document: Json) -> Json:
    overrides, renamed, hidden = [], {}, {"Time": True}
    for style in _mappings(document.get("styles")):
        name = str(style.get("pattern") or "")
        if style.get("type") == "hidden":
            hidden[name] = True
            continue
        if style.get("alias"):
            renamed[name] = style["alias"]
        if style.get("unit"):
            overrides.append(_override(renamed.get(name, name), {"unit": style["unit"]}))
    organize = {"renameByName": renamed, "excludeByName": hidden}
    return {
        "fieldConfig": {"defaults": {"unit": "none"}, "overrides": overrides},
        "transformations": [{"id": "merge"}, {"id": "organize", "options": organize}],
        "options": {},
    }


def _lenient(model: type[Any], documents: Any) -> Iterator[Any]:
    """What can be read of a list; the rest is passed over."""
    for each in _list(documents):
        try:
            yield model.model_validate(each)
        except ValidationError:
            continue


def _place(document: Json) -> tuple[float, float]:
    grid = _mapping(document.get("gridPos"))
    return as_float(grid.get("y"), 0), as_float(grid.get("x"), 0)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mappings(value: Any) -> list[Json]:
    return [one for one in _list(value) if isinstance(one, dict)]


def as_float(value: Any, default: Any) -> Any:
    """A number, also one in words; the default for what is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return default


def bounds(options: Mapping[str, Any]) -> tuple[float, float]:
    """From where to where a mapping or a condition holds; without an end where it names none."""
    low, high = options.get("from"), options.get("to")
    return (-math.inf if low in (None, "") else float(low)), (math.inf if high in (None, "") else float(high))


@dataclass(frozen=True)
class Entry:
    """A dashboard of the list; `problem` is why it can't be shown."""

    uid: str
    folder: str
    title: str
    description: str = ""
    problem: str = ""


class Library:
    """The dashboards that the deployment put into a folder; what changes there is seen at once."""

    def __init__(self, folder: Path = DASHBOARDS) -> None:
        self._folder = folder
        self._read: dict[Path, tuple[tuple[int, int], Dashboard | DashboardError]] = {}

    def entries(self) -> list[Entry]:
        """Every dashboard, in the order of the index.

        Raises:
            ReportError: there is no index.
        """
        return [
            Entry(uid, each.folder, each.title, each.description)
            if isinstance(each, Dashboard)
            else Entry(uid, "", uid, problem=str(each))
            for uid, each in self._each().items()
        ]

    def dashboard(self, uid: str) -> Dashboard:
        """The dashboard with this uid.

        Raises:
            DashboardError: it can't be shown.
            ReportError: there is none.
        """
        each = self._each()
        if uid not in each:
            raise ReportError(f"there is no dashboard '{uid}'; there are {', '.join(sorted(each)) or 'none'}")
        found = each[uid]
        if isinstance(found, DashboardError):
            raise DashboardError(f"dashboard '{uid}' {found}")
        return found

    def dashboards(self, uids: Sequence[str]) -> list[Dashboard]:
        """Those with these uids, in this order, or all that can be shown; see `dashboard`."""
        if uids:
            return [self.dashboard(uid) for uid in uids]
        return [each for each in self._each().values() if isinstance(each, Dashboard)]

    def _each(self) -> Mapping[str, Dashboard | DashboardError]:
        index = read_as(Index, self._folder / INDEX)
        return {each.uid: self._one(self._folder / each.file, each.folder, each.uid) for each in index.dashboards}

    def _one(self, path: Path, folder: str, uid: str) -> Dashboard | DashboardError:
        """Read a file, or remember what was read of it when it was last changed."""
        try:
            state = path.stat()
            changed = (state.st_mtime_ns, state.st_size)
            if self._read.get(path, (None,))[0] != changed:
                self._read[path] = (changed, _read(path.read_bytes(), folder, uid))
        except OSError as error:
            return DashboardError(f"can't be read ({error.strerror})")
        return self._read[path][1]


def _read(content: bytes, folder: str, uid: str) -> Dashboard | DashboardError:
    try:
        return read(content.decode(), folder, uid)
    except UnicodeDecodeError:
        return DashboardError("isn't text in UTF-8")
    except DashboardError as error:
        return error
