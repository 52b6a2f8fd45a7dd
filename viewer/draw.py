"""A panel as it is shown: a chart, or HTML; what can't be drawn says why."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import nh3
from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt

from viewer import charts
from viewer.charts import Chart, Mark
from viewer.data import Answers, Asking, Line, Value, ask, labelled, reduced, sort_lines
from viewer.documents import Annotation, Dashboard, Panel, Row
from viewer.errors import PanelError
from viewer.look import GREY, Look, color, look, readable_on
from viewer.times import Period
from viewer.times import seconds as duration
from viewer.variables import Choice, Scope, choose

_AT_ONCE = 4  # panels; Prometheus and this container's memory are shared with others
_MOST_MARKS = 200
_MOST_LINES = 200
_MOST_REPEATS = 50
_SPARKLINE = (100, 24)
_HIDDEN = ("Time", "__name__")  # columns of every table
_CHARTS: Mapping[str, Callable[[Panel, Answers, Period, Sequence[Mark]], Chart]] = {
    "timeseries": charts.time_series,
    "trend": charts.time_series,
    "barchart": charts.time_series,
    "state-timeline": charts.states,
    "status-history": charts.states,
    "gauge": charts.gauges,
    "piechart": charts.pie,
    "heatmap": charts.heatmap,
}
_TAGS = nh3.ALLOWED_TAGS - {"img", "map", "area"}
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")

TEMPLATES = Environment(
    loader=PackageLoader("viewer"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


@dataclass(frozen=True)
class Placed:
    """A panel in its place: `x` and `width` in columns, `height` in rows; `only`: the values it is repeated for."""

    panel: Panel
    title: str
    x: float
    width: float
    height: float
    only: Mapping[str, str]


@dataclass(frozen=True)
class PlacedRow:
    """A heading and what stands below it, in lines of panels side by side."""

    title: str
    collapsed: bool
    lines: Sequence[Sequence[Placed]]

    @property
    def panels(self) -> list[Placed]:
        return [placed for line in self.lines for placed in line]


@dataclass(frozen=True)
class Drawn:
    """A panel drawn: a chart with its legend as HTML, or HTML alone; or why it can't be."""

    title: str
    description: str
    html: str = ""
    chart: Chart | None = None
    problem: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Tile:
    """A value with its name, as it is written and coloured; `share`: of the bar that shows it."""

    name: str
    text: str
    style: str
    share: float = 0.0
    sparkline: str = ""


@dataclass(frozen=True)
class View:
    """A dashboard as it is looked at: what is chosen, and for which time."""

    dashboard: Dashboard
    choices: Mapping[str, Choice]
    period: Period
    asking: Asking

    @property
    def scope(self) -> Scope:
        builtin = {"__dashboard": self.dashboard.title, "__org": "1"}
        return Scope(self.choices, {**self.period.builtin(self.asking.scrape, self.asking.scrape), **builtin})

    def rows(self) -> list[PlacedRow]:
        """Its rows, those that are repeated once for each value of their variable."""
        return [
            PlacedRow(self.scope.only(only).words(row.title), row.collapsed, list(_in_lines(self._placed(row, only))))
            for row in self.dashboard.rows
            for only in _repeats(row.repeat, self.choices)
        ]

    def _placed(self, row: Row, only: Mapping[str, str]) -> Iterator[Placed]:
        for panel in row.panels:
            repeats = _repeats(panel.repeat, self.choices)
            across = panel.repeat and panel.repeat_direction != "v"
            width = panel.grid.w
            if across:
                width = max(24 / min(len(repeats), panel.max_per_row or 4), 24 / 12)
            for number, own in enumerate(repeats):
                x = (number * width) % 24 if across else panel.grid.x
                values = {**only, **own}
                title = self.scope.only(values).words(panel.title)
                yield Placed(panel, title, x, min(width, 24), max(panel.grid.h, 2), values)

    def draw(self, panel: Panel, only: Mapping[str, str], points: float) -> Drawn:
        """Draw one panel; whatever it holds, the outcome is something to show."""
        scope = self.scope.only(only)
        title, description = scope.words(panel.title), scope.words(panel.description)
        try:
            return replace(self._draw(panel, scope, points), title=title, description=description)
        except PanelError as error:
            return Drawn(title, description, problem=str(error))
        except Exception as error:  # the documents are other people's: the panels beside it are to be seen all the same
            logging.getLogger(__name__).exception("panel '%s' of '%s'", title, self.dashboard.uid)
            return Drawn(title, description, problem=f"it can't be drawn: {type(error).__name__}: {error}")

    def _draw(self, panel: Panel, scope: Scope, points: float) -> Drawn:
        if panel.problem:
            raise PanelError(panel.problem)
        if panel.type == "text":
            return Drawn("", "", html=_text(panel, scope))
        if panel.type == "alertlist":
            return Drawn("", "", html=alert_list(firing(self.asking)))
        if panel.type not in _CHARTS and panel.type not in _HTML:
            raise PanelError(f"panels of type '{panel.type or '?'}' aren't drawn here; Grafana shows them")
        period = self.period
        if panel.time_from:
            back = duration(panel.time_from.removeprefix("now-"), period.seconds)
            period = replace(period, since=period.until - back)
        answers = ask(panel, self.asking, scope, period, points)
        if not answers.fields and not answers.table.lines:
            return Drawn("", "", html=_fragment("empty", text=look(panel, "").text(None)), notes=answers.notes)
        if panel.type in _HTML:
            return Drawn("", "", html=_HTML[panel.type](panel, answers), notes=answers.notes)
        marks = self._marks(scope, period) if panel.type in ("timeseries", "state-timeline") else ()
        chart = _CHARTS[panel.type](panel, answers, period, marks)
        notes = list(answers.notes)
        if len(answers.fields) > charts.MOST_SERIES:
            notes.append(f"{charts.MOST_SERIES} of {len(answers.fields)} series are shown")
        html = _fragment("legend", lines=chart.legend) if chart.legend else ""
        return Drawn("", "", html=html, chart=chart, notes=notes)

    def _marks(self, scope: Scope, period: Period) -> list[Mark]:
        """The dashboard's annotations; one that can't be asked is left out."""
        found: list[Mark] = []
        for annotation in self.dashboard.annotations:
            if annotation.enable and annotation.expr and not self.asking.foreign(annotation.datasource, scope):
                try:
                    found += _marks_of(annotation, self.asking, scope, period)
                except PanelError:
                    continue
        return found[:_MOST_MARKS]


def look_at(dashboard: Dashboard, asked: Mapping[str, Sequence[str]], span: Period, asking: Asking) -> View:
    """A dashboard with its variables chosen."""
    choices = choose(dashboard, asked, asking.prometheus, asking.sources[0].uid, span)
    return View(dashboard, choices, span, asking)


def draw_all(view: View, points: Callable[[Placed], float]) -> Iterator[tuple[PlacedRow, list[tuple[Placed, Drawn]]]]:
    """Every panel of a dashboard, row by row."""
    rows = view.rows()
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        placed_all = [placed for row in rows for placed in row.panels]
        drawn = pool.map(lambda each: view.draw(each.panel, each.only, points(each)), placed_all)
        for row in rows:
            yield row, [(placed, next(drawn)) for placed in row.panels]


def firing(asking: Asking) -> list[Mapping[str, Any]]:
    """The alerts that are firing and that somebody should look at, the most urgent first.

    Raises:
        PanelError: Prometheus can't be asked.
    """
    urgency = {"critical": 0, "warning": 1}
    found = [
        alert
        for alert in asking.prometheus.alerts()
        if alert.get("state") == "firing" and (alert.get("labels") or {}).get("severity") in urgency
    ]
    return sorted(
        found, key=lambda alert: (urgency[alert["labels"]["severity"]], str(alert["labels"].get("alertname")))
    )


def alert_list(alerts: Sequence[Mapping[str, Any]]) -> str:
    """Firing alerts as HTML."""
    return _fragment("alerts", alerts=alerts)


def _marks_of(annotation: Annotation, asking: Asking, scope: Scope, period: Period) -> Iterator[Mark]:
    step = period.step(300, max(duration(annotation.step, 0), asking.scrape))
    builtin = {**scope.builtin, **period.builtin(step, asking.scrape)}
    tint = color(annotation.icon_color)
    expr = replace(scope, builtin=builtin).query(annotation.expr)
    for series in asking.prometheus.range(expr, period.grid(step), step):
        text = labelled(annotation.title_format, series.labels)
        begun = last = -math.inf
        for at, value in [*series.points, (math.inf, 1.0)]:
            if value == 0 or math.isnan(value):
                continue
            if at > last + 1.5 * step:
                if begun > 0:
                    yield Mark(max(begun, period.since), min(last + step, period.until), tint, text or annotation.name)
                begun = at
            last = at


def _repeats(name: str, choices: Mapping[str, Choice]) -> list[Mapping[str, str]]:
    """The values that something is repeated for; once, for none, where nothing is to be repeated."""
    choice = choices.get(name) if name else None
    if choice is None:
        return [{}]
    values = [value for _, value in choice.options] if choice.everything and choice.options else choice.values
    return [{name: value} for value in values[:_MOST_REPEATS]] or [{}]


def _in_lines(panels: Iterator[Placed]) -> Iterator[list[Placed]]:
    """Panels that stand side by side: a new line begins where one doesn't fit beside the last."""
    line: list[Placed] = []
    end = 0.0
    for placed in panels:
        if line and placed.x < end - 0.01:
            yield line
            line, end = [], 0.0
        line.append(placed)
        end = placed.x + placed.width
    if line:
        yield line


# panels of HTML


def _fragment(name: str, **values: Any) -> str:
    template = TEMPLATES.get_template("fragments.html")
    return str(getattr(template.module, name)(**values))


def _text(panel: Panel, scope: Scope) -> str:
    content = scope.words(str(panel.options.get("content") or ""))
    html = content if panel.options.get("mode") == "html" else _MARKDOWN.render(content)
    return f'<div class="text">{nh3.clean(html, tags=_TAGS)}</div>'


def _stat(panel: Panel, answers: Answers) -> str:
    mode = str(panel.options.get("colorMode") or "value")
    tiles = list(_tiles(panel, answers, mode))
    words = panel.options.get("textMode") or "auto"
    named = words in ("value_and_name", "name") or (words == "auto" and len(tiles) > 1)
    return _fragment("stat", tiles=tiles, named=named) if tiles else _nothing(panel)


def _tiles(panel: Panel, answers: Answers, mode: str) -> Iterator[Tile]:
    """Values of the fields that are wanted; without such fields, the texts of a label."""
    wanted = str((panel.options.get("reduceOptions") or {}).get("fields") or "").strip("/")
    calc, graph = charts.first_calc(panel), panel.options.get("graphMode", "none")
    if wanted in ("", ".*", "Value") or any(re.search(wanted, field.name) for field in answers.fields):
        for field in answers.fields[: charts.MOST_SERIES]:
            shown = look(panel, field.name, field.letter)
            value = reduced(field.values, calc)
            line = _sparkline(field.values) if graph == "area" and len(field.known) > 1 else ""
            style = _style(mode, shown.color(value))
            yield Tile(charts.title(field, shown, answers.scope), shown.text(value), style, 0.0, line)
        return
    name = next((name for name in answers.table.columns if re.search(wanted, name)), None)
    for cells in answers.table.lines[: charts.MOST_SERIES] if name else ():
        yield Tile(str(name), look(panel, str(name)).words(str(cells.get(str(name), "")))[0], "")


def _style(mode: str, tint: str | None) -> str:
    if not tint or mode == "none":
        return ""
    return f"background:{tint};color:{readable_on(tint)}" if mode.startswith("background") else f"color:{tint}"


def _sparkline(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    low, spread = min(known), max(known) - min(known) or 1.0
    width, height = _SPARKLINE
    each = width / max(len(values) - 1, 1)
    return " ".join(
        f"{index * each:.1f},{height - 1 - (value - low) / spread * (height - 2):.1f}"
        for index, value in enumerate(values)
        if value is not None
    )


def _bars(panel: Panel, answers: Answers) -> str:
    calc = charts.first_calc(panel)
    values = [(field, look(panel, field.name, field.letter), reduced(field.values, calc)) for field in answers.fields]
    most = max((abs(value) for _, _, value in values if value is not None), default=0.0)
    tiles = [
        Tile(
            charts.title(field, shown, answers.scope),
            shown.text(value),
            f"background:{shown.color(value) or GREY}",
            100 * shown.share(value, most),
        )
        for field, shown, value in values[: charts.MOST_SERIES]
    ]
    return _fragment("bars", tiles=tiles) if tiles else _nothing(panel)


def _table(panel: Panel, answers: Answers) -> str:
    lines = sort_lines(answers.table.lines, panel.options.get("sortBy") or [])
    looks = {name: look(panel, name, kind=_kind(lines, name)) for name in answers.table.columns}
    columns = [name for name, each in looks.items() if not each.options.custom.hidden and name not in _HIDDEN]
    if not lines or not columns:
        return _nothing(panel)
    heads = [looks[name].options.display_name or name for name in columns]
    cells = [[_cell(looks[name], line.get(name)) for name in columns] for line in lines[:_MOST_LINES]]
    return _fragment("table", heads=heads, lines=cells, more=max(len(lines) - _MOST_LINES, 0))


def _kind(lines: Sequence[Line], name: str) -> str:
    return "number" if any(isinstance(line.get(name), float) for line in lines) else "string"


def _cell(shown: Look, value: Value) -> tuple[str, str, bool]:
    """A cell's text, its style, and whether it is a number."""
    if value is None:
        return "", "", True
    if isinstance(value, str):
        text, tint = shown.words(value)
        return text, f"color:{tint}" if tint else "", False
    custom = shown.options.custom
    kind = str((custom.cell_options or {}).get("type") or custom.display_mode)
    mode = "background" if "background" in kind else "value" if kind == "color-text" else "none"
    mapped = any(mapping.get("type") for mapping in shown.options.mappings)
    return shown.text(value), _style("value" if mode == "none" and mapped else mode, shown.color(value)), True


def _nothing(panel: Panel) -> str:
    return _fragment("empty", text=charts.empty(panel))


_HTML: Mapping[str, Callable[[Panel, Answers], str]] = {"stat": _stat, "bargauge": _bars, "table": _table}
