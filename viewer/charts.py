"""Charts: one description of each, in Vega-Lite, for the picture in a mail and the chart in a browser.

A description holds no values. They stand beside it, once, with the texts that a reader sees: `rows` puts the two
together here, and `page.js` in the browser.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from viewer.data import Answers, Field, reduced
from viewer.documents import Json, Panel, as_float
from viewer.errors import PanelError
from viewer.look import PALETTE, Look, color, look
from viewer.times import Period
from viewer.units import scale, shown
from viewer.variables import Scope

MOST_SERIES = 100
_MOST_GAUGES = 12
_BUCKETS = 60
_FEW = 30  # values; between so few, each is a point
_INTERPOLATIONS = {"smooth": "monotone", "stepBefore": "step-before", "stepAfter": "step-after"}
_TIME_FORMAT = {
    "milliseconds": "%H:%M:%S", "seconds": "%H:%M:%S", "minutes": "%H:%M", "hours": "%H:%M",
    "day": "%d %b", "date": "%d %b", "week": "%d %b", "month": "%b %Y", "year": "%Y",
}  # fmt: skip
_X: Json = {"field": "t", "type": "temporal", "title": None}
_X2: Json = {"field": "t2", "type": "temporal"}  # without its type, the domain would be taken for plain numbers
_COLOR: Json = {"field": "c", "type": "nominal", "scale": None}
_OF_A_FIELD = re.compile(r"\$\{__(?:field|series)\.(?:labels(?:\.|\[[\"'])(\w+)(?:[\"']\])?|name|displayName)\}")
THEMES = {
    "light": {"text": "#57606a", "grid": "#e6e9ed", "back": "#ffffff"},
    "dark": {"text": "#9aa4af", "grid": "#30363d", "back": "#161b22"},
}


@dataclass(frozen=True)
class Mark:
    """A time that is marked on graphs, such as that of an alert."""

    since: float
    until: float
    color: str
    text: str


@dataclass(frozen=True)
class Line:
    """A series as it is drawn and as the legend has it; `calcs`: (name, text)."""

    name: str
    color: str
    calcs: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Chart:
    """A chart: its description, and its values as `rows` and `page.js` take them."""

    spec: Json
    values: Json
    legend: Sequence[Line] = ()


@dataclass(frozen=True)
class _Drawn:
    field: Field
    look: Look
    color: str

    @property
    def sign(self) -> int:
        return -1 if self.look.options.custom.transform == "negative-Y" else 1

    @property
    def stack(self) -> str:
        """`none`, `normal` or `percent`, and the name of the stack."""
        stacking = self.look.options.custom.stacking
        mode = str(stacking.get("mode") or "none")
        return "none" if mode == "none" else f"{mode}:{stacking.get('group') or 'A'}:{self.sign}"

    @property
    def axis(self) -> tuple[str, str]:
        place = self.look.options.custom.axis_placement
        return self.look.unit, place if place in ("right", "hidden") else "left"

    @property
    def layer(self) -> str:
        """The name of what is drawn alike, on the same axis."""
        custom = self.look.options.custom
        shape = (f"{custom.line_width:g}", f"{custom.fill_opacity:g}", custom.line_interpolation)
        return "|".join([*self.axis, custom.draw_style, self.stack, *shape])


def rows(values: Mapping[str, Any]) -> dict[str, list[Json]]:
    """The data sets of a description: those that stand there, and the points of its series."""
    found: dict[str, list[Json]] = {name: list(each) for name, each in values["datasets"].items()}
    for number, one in enumerate(values["series"]):
        grid = values["grids"][one["grid"]]
        for name in one["layers"]:
            found.setdefault(name, []).extend(
                {"t": at, "v": None if value is None else one["sign"] * value, "i": number, "c": one["color"]}
                for at, value in zip(grid, one["values"], strict=True)
                if value is not None or not one["connected"]
            )
    return found


def png(chart: Chart, width: int, height: int, theme: str = "light") -> bytes:
    """The chart as a picture, for where nothing runs; times are in the zone that TZ names when this is first called."""
    import vl_convert  # here: it takes a while to load, and the pages do without

    spec = {**sized(chart.spec, width, height), "config": config(theme), "datasets": rows(chart.values)}
    picture: bytes = vl_convert.vegalite_to_png(spec, scale=1.5)
    return picture


def sized(spec: Json, width: float, height: float) -> Json:
    """A description with a size in pixels; the parts of one that has several stand side by side."""
    if "hconcat" in spec:
        each = (width - 10 * len(spec["hconcat"])) / len(spec["hconcat"])
        return {
            **spec,
            "spacing": 10,
            "hconcat": [{**part, "width": each, "height": height} for part in spec["hconcat"]],
        }
    space = spec.get("padding")
    if space:
        width, height = width - space["left"] - space["right"], height - space["top"] - space["bottom"]
        return {**spec, "width": width, "height": height, "autosize": "none"}
    return {**spec, "width": width, "height": height, "autosize": {"type": "fit", "contains": "padding"}}


def config(theme: str) -> Json:
    """The colours that go with a light or a dark page."""
    colors = THEMES[theme]
    text, grid = colors["text"], colors["grid"]
    return {
        "background": colors["back"],
        "aria": False,  # a description of each value for screen readers takes most of the time; the legend is a table
        "font": "system-ui, sans-serif",
        "view": {"stroke": None},
        "axis": {"labelColor": text, "gridColor": grid, "domainColor": grid, "labelFontSize": 11, "ticks": False},
        "axisX": {"labelPadding": 6},
        "axisY": {"domain": False},
        "text": {"color": text},
    }


def time_series(panel: Panel, answers: Answers, period: Period, marks: Sequence[Mark]) -> Chart:
    """Values over time: lines, areas, bars or points, stacked or not, with limits and marks."""
    drawn = _drawn(panel, answers)
    named = list(dict.fromkeys(one.axis for one in drawn)) or [("short", "left")]
    axes = [_axis(panel, number, name, drawn) for number, name in enumerate(named)]
    layers = [*(_mark_layers(period) if marks else []), *(_axis_layer(axis, answers.step, period) for axis in axes)]
    texts = {side: [text for axis in axes if axis.side == side for text in axis.texts] for side in ("left", "right")}
    spec: Json = {"layer": layers, "padding": _space(**texts)}
    if len(axes) > 1:
        spec["resolve"] = {"scale": {"y": "independent"}}
    options = panel.options.get("legend") or {}
    calcs = [str(name) for name in options.get("calcs") or ()]
    legend = [
        Line(one.field.name, one.color, [(name, one.look.text(reduced(one.field.values, name))) for name in calcs])
        for one in (drawn if options.get("showLegend", True) else ())
    ]
    return Chart(spec, _values(drawn, period, marks, answers.step), legend)


def _drawn(panel: Panel, answers: Answers) -> list[_Drawn]:
    found = []
    for number, field in enumerate(answers.fields):
        shown_as = look(panel, field.name, field.letter)
        if (shown_as.options.custom.hide_from or {}).get("viz"):
            continue
        field = replace(field, name=title(field, shown_as, answers.scope))
        by_limit = shown_as.options.color.get("mode") == "thresholds"
        own = shown_as.color(reduced(field.values, "last")) if by_limit else None
        found.append(_Drawn(field, shown_as, shown_as.fixed_color or own or PALETTE[number % len(PALETTE)]))
    return found[:MOST_SERIES]


def title(field: Field, shown_as: Look, scope: Scope) -> str:
    """A series' name as the field options have it: in it, its labels and its own name may be named."""
    if not (pattern := shown_as.options.display_name):
        return field.name
    return _OF_A_FIELD.sub(
        lambda match: field.labels.get(match[1], "") if match[1] else field.name, scope.words(pattern)
    )


def _values(drawn: Sequence[_Drawn], period: Period, marks: Sequence[Mark], step: float) -> Json:
    grids: dict[tuple[float, ...], int] = {}
    series = []
    for one in drawn:
        custom, values = one.look.options.custom, one.field.values
        layers = [one.layer]
        if custom.draw_style == "line" and custom.show_points != "always":
            few = len(one.field.known) <= _FEW and custom.show_points == "auto"
            # a value between two gaps is no line, and would not be seen
            layers += [f"{one.axis[0]}|{one.axis[1]}|single"] if few or _alone(values) else []
        series.append(
            {
                "name": one.field.name,
                "color": one.color,
                "grid": grids.setdefault(tuple(one.field.times), len(grids)),
                "layers": layers,
                "sign": one.sign,
                "connected": bool(custom.span_nulls),
                "values": [None if value is None else float(f"{value:.6g}") for value in values],
                "texts": [None if value is None else one.look.text(value) for value in values],
            }
        )
    return {
        "series": series,
        "grids": [[round(at * 1000) for at in times] for times in grids],
        "datasets": {"marks": [_mark(mark) for mark in marks], "marked": _union(marks)},
        "from": round(period.since * 1000),
        "to": round(period.until * 1000),
        "step": round(step * 1000),
    }


def _alone(values: Sequence[float | None]) -> bool:
    around = [None, *values, None]
    return any(
        value is not None and before is None and after is None
        for before, value, after in zip(around, around[1:], around[2:], strict=False)
    )


def _mark(mark: Mark) -> Json:
    return {"t": round(mark.since * 1000), "t2": round(mark.until * 1000), "c": mark.color, "text": mark.text}


def _union(marks: Sequence[Mark]) -> list[Json]:
    """The times that are marked in a colour, once: many alerts at a time would hide what they are about."""
    found: list[Json] = []
    for mark in sorted(marks, key=lambda mark: (mark.color, mark.since)):
        each = _mark(mark)
        if found and found[-1]["c"] == mark.color and each["t"] <= found[-1]["t2"]:
            found[-1]["t2"] = max(found[-1]["t2"], each["t2"])
        else:
            found.append(each)
    return found


def _mark_layers(period: Period) -> list[Json]:
    x, whole = _x(period), {"y": {"value": 0}, "y2": {"value": "height"}}
    dashes = {"type": "rule", "opacity": 0.6, "strokeDash": [3, 2], "clip": True}
    return [
        _layer("marked", {"type": "rect", "opacity": 0.09, "clip": True}, x=x, x2=_X2, color=_COLOR, **whole),
        _layer("marks", dashes, x=x, color=_COLOR),
    ]


def _layer(data: str | None, mark: Json, **encoding: Any) -> Json:
    """Marks for a data set, taken as it is: a browser needs longer to read the times again than to draw them."""
    source: Json = {"values": [{}]} if data is None else {"name": data, "format": {"type": "json", "parse": None}}
    return {"data": source, "mark": mark, "encoding": encoding}


def _x(period: Period) -> Json:
    domain = [round(period.since * 1000), round(period.until * 1000)]
    axis = {"format": _TIME_FORMAT, "grid": True, "tickCount": {"expr": "max(2, width / 90)"}, "labelOverlap": True}
    return {**_X, "scale": {"domain": domain}, "axis": axis}


@dataclass(frozen=True)
class _Axis:
    """A vertical axis: what is counted on it, its ends, and its marks with their texts."""

    number: int
    unit: str
    place: str
    drawn: Sequence[_Drawn]
    first: Look
    percent: bool
    log: bool
    low: float
    high: float
    ticks: Sequence[float]
    texts: Sequence[str]

    @property
    def side(self) -> str:
        if self.place == "hidden":
            return ""
        return "right" if self.place == "right" or self.number else "left"

    def encoding(self) -> Json:
        texts = json.dumps(self.texts if len(self.texts) > 1 else "".join(self.texts))
        label = f"{texts}[round(datum.index * {len(self.texts) - 1})]" if len(self.texts) > 1 else texts
        axis = {
            "values": self.ticks,
            "labelExpr": label,
            "orient": self.side,
            "grid": self.number == 0,
            "labelLimit": 120,
        }
        kind = {"type": "symlog"} if self.log else {}
        return {
            "field": "v",
            "type": "quantitative",
            "title": None,
            "stack": None,
            "scale": {"domain": [self.low, self.high], "nice": False, "zero": False, **kind},
            "axis": axis if self.side else None,
        }


def _axis(panel: Panel, number: int, name: tuple[str, str], drawn: Sequence[_Drawn]) -> _Axis:
    on_it = [one for one in drawn if one.axis == name]
    first = on_it[0].look if on_it else look(panel, "")
    percent = any(one.stack.startswith("percent") for one in on_it)
    log = str(first.options.custom.scale_distribution.get("type")) in ("log", "symlog")
    low, high = _extent(on_it, first)
    if log:
        low, high, ticks = _log_ticks(low, high)
    else:
        low, high, ticks = _ticks(low, high, first, fixed=(0.0, 1.0) if percent else None)
    unit = "percentunit" if percent else first.unit
    texts = [shown(tick, unit, first.options.decimals) for tick in ticks]
    return _Axis(number, *name, on_it, first, percent, log, low, high, ticks, texts)


def _space(left: Sequence[str], right: Sequence[str] = ()) -> Json:
    """Room for the texts beside a chart: to have a browser find it out takes as long as the whole chart."""
    edges = [max((min(round(6.4 * len(text)), 180) for text in texts), default=2) + 8 for texts in (left, right)]
    return {"left": edges[0], "right": edges[1], "top": 6, "bottom": 22}


def _axis_layer(axis: _Axis, step: float, period: Period) -> Json:
    """Everything that is counted on one vertical axis."""
    x, y, layers = _x(period), axis.encoding(), list[Json]()
    alike: dict[str, list[_Drawn]] = {}
    for one in axis.drawn:
        alike.setdefault(one.layer, []).append(one)
    for beside in alike.values():
        gaps = any(None in each.field.values for each in beside)
        layers.append(_series_layer(beside[-1], len(beside), x, y, step, percent=axis.percent, gaps=gaps))
    # at least one that has the axes, where there is no series
    points = {"type": "point", "filled": True, "size": 14, "opacity": 1, "clip": True}
    layers.append(_layer(f"{axis.unit}|{axis.place}|single", points, x=x, y=y, color=_COLOR))
    return {"layer": layers + (_limit_layers(axis.first, axis.low, axis.high) if axis.number == 0 else [])}


def _series_layer(one: _Drawn, count: int, x: Json, y: Json, step: float, *, percent: bool, gaps: bool) -> Json:
    custom = one.look.options.custom
    stacked = one.stack != "none"
    # areas that lie on each other add up to mud
    fill = custom.fill_opacity / 100 / (1 if stacked else max(1, count / 4))
    stack = ("normalize" if percent else "zero") if stacked else None
    detail = {"field": "i", "type": "nominal"}
    encoding: Json = {"x": x, "y": {**y, "stack": stack}, "color": _COLOR, "detail": detail}
    if custom.draw_style == "bars":
        end = {"calculate": f"datum.t + {step * 800:.0f}", "as": "t2"}
        bars = {"type": "bar", "opacity": max(fill, 0.4), "clip": True}
        return {**_layer(one.layer, bars, **encoding, x2=_X2), "transform": [end]}
    if custom.draw_style == "points" or custom.show_points == "always":
        points = {"type": "point", "filled": True, "size": custom.point_size**2, "clip": True}
        return _layer(one.layer, points, **encoding)
    # to look at each value again takes its time in a browser: only where one is missing
    broken = {"invalid": "filter" if not gaps else None if stacked else "break-paths-show-domains"}
    shape = {"interpolate": _INTERPOLATIONS.get(custom.line_interpolation, "linear"), "clip": True, **broken}
    if fill > 0 or stacked:
        line = {"strokeWidth": custom.line_width, "opacity": 1, **broken} if custom.line_width else False
        return _layer(one.layer, {"type": "area", "fillOpacity": fill, "line": line, **shape}, **encoding)
    return _layer(one.layer, {"type": "line", "strokeWidth": max(custom.line_width, 1), **shape}, **encoding)


def _limit_layers(first: Look, low: float, high: float) -> list[Json]:
    mode = str(first.options.custom.thresholds_style.get("mode") or "off")
    steps = [step for step in first.limits() if step.value is None or low <= step.value <= high]
    found: list[Json] = []
    if "area" in mode:
        for step, end in zip(steps, [*(step.value for step in steps[1:]), high], strict=False):
            band = {"y": {"datum": low if step.value is None else step.value}, "y2": {"datum": end}}
            area = {"type": "rect", "opacity": 0.08, "color": color(step.color)}
            found.append(_layer(None, area, **band, x={"value": 0}, x2={"value": "width"}))
    if "line" in mode or "dashed" in mode:
        dash = [6, 4] if "dashed" in mode else [1, 0]
        for step in steps:
            if step.value is not None and step.color != "transparent":
                rule = {"type": "rule", "strokeDash": dash, "strokeWidth": 1.2, "color": color(step.color)}
                found.append(_layer(None, rule, y={"datum": step.value}))
    return found


def _extent(drawn: Sequence[_Drawn], first: Look) -> tuple[float, float]:
    """The lowest and the highest value there is to be seen, stacks summed up."""
    heights: list[float] = []
    stacks: dict[tuple[str, float], float] = {}
    for one in drawn:
        if one.stack == "none":
            heights += [one.sign * value for value in one.field.known]
            continue
        heights.append(0.0)
        for at, value in zip(one.field.times, one.field.values, strict=True):
            if value is not None:
                stacks[one.stack, at] = stacks.get((one.stack, at), 0.0) + one.sign * value
    options = first.options
    soft = [edge for edge in (options.custom.axis_soft_min, options.custom.axis_soft_max) if edge is not None]
    seen = [*heights, *stacks.values(), *soft]
    low, high = min(seen, default=0.0), max(seen, default=1.0)
    return (low if options.min is None else options.min), (high if options.max is None else options.max)


def _ticks(
    low: float, high: float, first: Look, fixed: tuple[float, float] | None = None
) -> tuple[float, float, list[float]]:
    """Round marks between two values, and the ends of the axis."""
    if fixed:
        low, high = fixed
    if not high > low:
        high = low + (abs(low) or 1.0) if first.options.max is None else high
        low = min(low, high - (abs(high) or 1.0)) if high <= low or (first.options.min is None and low > 0) else low
    factor = scale(max(abs(low), abs(high)), first.unit)
    wanted = (high - low) / factor / 4
    power = 10.0 ** math.floor(math.log10(wanted))
    step = factor * next(power * each for each in (1, 2, 2.5, 5, 10) if power * each >= wanted * 0.999)
    if first.options.min is None and not fixed:
        low = math.floor(low / step + 1e-9) * step
    if first.options.max is None and not fixed:
        high = math.ceil(high / step - 1e-9) * step
    begin = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - begin + 1
    return low, high, [round((begin + number) * step, 12) for number in range(min(count, 20))]


def _log_ticks(low: float, high: float) -> tuple[float, float, list[float]]:
    most = max(high, 1e-9)
    top = math.ceil(math.log10(most))
    bottom = math.floor(math.log10(low)) if low > 0 else min(0, top - 4)
    spread = max(1, (top - bottom) // 5)
    return (low if low > 0 else 0.0), 10.0**top, [10.0**power for power in range(bottom, top + 1, spread)]


def states(panel: Panel, answers: Answers, period: Period, marks: Sequence[Mark]) -> Chart:
    """What was so, and how long: one band for each series, equal values next to each other as one piece."""
    drawn = _drawn(panel, answers)
    values = _values(drawn, period, marks, answers.step)
    pieces: list[Json] = []
    for one, told in zip(drawn, values["series"], strict=True):
        piece: Json = {}
        for at, value, text in zip(one.field.times, one.field.values, told["texts"], strict=True):
            if value is None:
                piece = {}
                continue
            said = {"n": one.field.name, "text": text, "c": one.look.color(value) or one.color}
            # what has just begun is to be seen, too
            begin = round(max(min(at, period.until - answers.step / 2), period.since) * 1000)
            if piece:
                piece["t2"] = begin
            if not piece or said != {key: piece[key] for key in said}:
                piece = {"t": begin, **said}
                pieces.append(piece)
            piece["t2"] = round(min(at + answers.step, period.until) * 1000)
    legend = list(dict.fromkeys((piece["text"], piece["c"]) for piece in pieces))
    names = list(dict.fromkeys(one.field.name for one in drawn))
    y = {"field": "n", "type": "nominal", "title": None, "sort": names, "scale": {"domain": names, "padding": 0.15}}
    bands = {"type": "bar", "clip": True, "height": {"band": 0.8}}
    spec: Json = {
        "padding": _space(names),
        "layer": [
            *(_mark_layers(period) if marks else []),
            _layer("pieces", bands, x=_x(period), x2=_X2, y={**y, "axis": {"labelLimit": 180}}, color=_COLOR),
        ],
    }
    return Chart(spec, _instead(values, pieces), [Line(text, tint) for text, tint in legend][:20])


def _instead(values: Json, pieces: Sequence[Json]) -> Json:
    """Values that are told under the pointer, while pieces are drawn."""
    series = [{**one, "layers": []} for one in values["series"]]
    return {**values, "series": series, "datasets": {**values["datasets"], "pieces": pieces}}


def gauges(panel: Panel, answers: Answers, _period: Period, _marks: Sequence[Mark]) -> Chart:
    """The values now, each on a half circle."""
    calc = first_calc(panel)
    parts = []
    for one in _drawn(panel, answers)[:_MOST_GAUGES]:
        value = reduced(one.field.values, calc)
        share = one.look.share(value, 1.0 if one.look.unit == "percentunit" else 100.0)
        tint = one.look.color(value) or one.color
        texts = [one.look.text(value), one.field.name if len(answers.fields) > 1 else ""]
        parts.append(_gauge(share, tint, texts))
    if not parts:
        raise PanelError(empty(panel))
    return Chart({"hconcat": parts}, {"series": [], "grids": [], "datasets": {}})


def _gauge(share: float, tint: str, texts: Sequence[str]) -> Json:
    edge = math.pi * 0.6
    radius: Json = {
        "outerRadius": {"expr": "min(width / 2, height * 0.62)"},
        "innerRadius": {"expr": "min(width / 2, height * 0.62) * 0.78"},
    }
    arcs: list[Json] = [
        {"mark": {"type": "arc", "theta": -edge, "theta2": end, "color": paint, "opacity": opacity, **radius}}
        for end, paint, opacity in ((edge, "#8b949e", 0.25), (-edge + 2 * edge * share, tint, 1))
    ]
    value, name = texts
    words: list[Json] = [
        {"mark": {"type": "text", "text": value, "dy": 2, "fontSize": 22, "fontWeight": "bold", "color": tint}},
        {"mark": {"type": "text", "text": name, "dy": 26, "fontSize": 11}},
    ]
    return {"data": {"values": [{}]}, "layer": [*arcs, *words]}


def pie(panel: Panel, answers: Answers, _period: Period, _marks: Sequence[Mark]) -> Chart:
    """The values now, as shares of a circle."""
    calc = first_calc(panel)
    drawn = [(one, reduced(one.field.values, calc)) for one in _drawn(panel, answers)]
    pieces = [{"v": value, "c": one.color, "i": number} for number, (one, value) in enumerate(drawn) if value]
    inner = "min(width, height) * 0.28" if panel.options.get("pieType") == "donut" else "0"
    arc = {"type": "arc", "outerRadius": {"expr": "min(width, height) / 2"}, "innerRadius": {"expr": inner}}
    theta = {"field": "v", "type": "quantitative", "stack": True}
    spec = _layer("pieces", arc, theta=theta, color=_COLOR, order={"field": "i"})
    legend = [Line(one.field.name, one.color, [("value", one.look.text(value))]) for one, value in drawn]
    return Chart(spec, {"series": [], "grids": [], "datasets": {"pieces": pieces}}, legend)


def heatmap(panel: Panel, answers: Answers, period: Period, _marks: Sequence[Mark]) -> Chart:
    """How many values lay in which bucket, over time."""
    fields = answers.fields[:_BUCKETS]
    cumulative = all("le" in field.labels for field in fields)
    if cumulative:
        fields = sorted(fields, key=lambda field: as_float(field.labels["le"], math.inf))
    pieces: list[Json] = []
    below: dict[float, float] = {}
    for field in fields:
        for at, value in zip(field.times, field.values, strict=True):
            count = (value or 0.0) - (below.get(at, 0.0) if cumulative and len(fields) > 1 else 0.0)
            below[at] = value or 0.0
            if count > 0:
                pieces.append(
                    {"t": round(at * 1000), "t2": round((at + answers.step) * 1000), "n": field.name, "v": count}
                )
    names = [field.name for field in reversed(fields)]
    y = {"field": "n", "type": "nominal", "title": None, "scale": {"domain": names}, "sort": names}
    shade = {"field": "v", "type": "quantitative", "legend": None, "scale": {"scheme": "oranges"}}
    spec = _layer("pieces", {"type": "rect", "clip": True}, x=_x(period), x2=_X2, y=y, color=shade)
    return Chart(spec, _instead(_values(_drawn(panel, answers), period, (), answers.step), pieces))


def first_calc(panel: Panel) -> str:
    """What a panel that shows one value makes of a series."""
    return str(next(iter((panel.options.get("reduceOptions") or {}).get("calcs") or ()), "lastNotNull"))


def empty(panel: Panel) -> str:
    """What stands where there is no value."""
    return str(panel.field_config.defaults.get("noValue") or "no data")
