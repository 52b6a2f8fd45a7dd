"""Panels with one look: what every dashboard is put together from.

The datasource is always the dashboard's variable `datasource`. Limits come from the alert thresholds, so that a line
turns red where an alert begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import TypeVar

from grafana_foundation_sdk.builders import bargauge, common, prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

DATASOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
GREEN, AMBER, RED = "green", "orange", "red"

Panel = Builder[model.Panel]
_Any = TypeVar("_Any", timeseries.Panel, stat.Panel, bargauge.Panel, table.Panel, statetimeline.Panel)


@dataclass(frozen=True)
class Query:
    """One PromQL query.

    Attributes:
        legend: may name labels as `{{label}}`.
        every: how often what it reads is renewed, such as `30s`, where that is more rarely than it is scraped: steps
            and `$__rate_interval` keep to it.
    """

    expr: str
    legend: str = ""
    every: str = ""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """From where on a value is to be worried about; `below` turns it round: small values are the bad ones."""

    warning: float | None = None
    critical: float | None = None
    below: bool = False


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table: a query's value or a label.

    Attributes:
        source: the letter of the query (`A`, `B`, …), or the label's name.
        title: its head.
        unit: of the values.
        limits: colours the cell.
    """

    source: str
    title: str
    unit: str = "string"
    limits: Limits | None = None


def graph(
    title: str,
    description: str,
    unit: str,
    *queries: Query,
    limits: Limits | None = None,
    stacked: bool = False,
    maximum: float | None = None,
    negative: bool = False,
    empty: str = "no data",
    width: int = 8,
    height: int = 8,
) -> timeseries.Panel:
    """Values over time, from zero unless they may be negative; with a table of last and highest value below.

    `empty` is what stands there when the query gives nothing.
    """
    panel = (
        timeseries.Panel()
        .no_value(empty)
        .line_width(1)
        .fill_opacity(30 if stacked else 8)
        .show_points(looks.VisibilityMode.NEVER)
        .stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL if stacked else looks.StackingMode.NONE))
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(looks.LegendDisplayMode.TABLE)
            .placement(looks.LegendPlacement.BOTTOM)
            .calcs(["lastNotNull", "max"])
        )
        .tooltip(common.VizTooltipOptions().mode(looks.TooltipDisplayMode.MULTI).sort(looks.SortOrder.DESCENDING))
    )
    if not negative:
        panel.axis_soft_min(0).min(0)
    if maximum is not None:
        panel.max(maximum)
    if limits:
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(looks.GraphTresholdsStyleMode.DASHED))
    return _finish(panel, title, description, unit, queries, limits, width, height)


def number(
    title: str,
    description: str,
    unit: str,
    *queries: Query,
    limits: Limits | None = None,
    mappings: Sequence[model.ValueMapping] = (),
    empty: str = "no data",
    width: int = 4,
    height: int = 4,
) -> stat.Panel:
    """The value now, large; `empty` is what stands there when the query gives nothing."""
    panel = (
        stat.Panel()
        .graph_mode(looks.BigValueGraphMode.NONE)
        .color_mode(looks.BigValueColorMode.BACKGROUND if limits else looks.BigValueColorMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .no_value(empty)
        .mappings(list(mappings))
    )
    return _finish(panel, title, description, unit, queries, limits, width, height, instant=True)


def bars(
    title: str,
    description: str,
    unit: str,
    *queries: Query,
    limits: Limits | None = None,
    maximum: float | None = None,
    width: int = 8,
    height: int = 8,
) -> bargauge.Panel:
    """The values now, one bar each, to be compared."""
    panel = (
        bargauge.Panel()
        .orientation(looks.VizOrientation.HORIZONTAL)
        .display_mode(looks.BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .min(0)
    )
    if maximum is not None:
        panel.max(maximum)
    return _finish(panel, title, description, unit, queries, limits, width, height, instant=True)


def states(
    title: str,
    description: str,
    *queries: Query,
    mappings: Sequence[model.ValueMapping],
    empty: str = "no data",
    width: int = 24,
    height: int = 6,
) -> statetimeline.Panel:
    """What was well and what wasn't, over time; `empty` is what stands there when the query gives nothing."""
    panel = statetimeline.Panel().merge_values(True).show_value(looks.VisibilityMode.NEVER).mappings(list(mappings))
    panel.no_value(empty)
    panel.color_scheme(builders.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
    return _finish(panel, title, description, "short", queries, None, width, height)


def listing(
    title: str,
    description: str,
    columns: Sequence[Column],
    *queries: Query,
    sort: str = "",
    empty: str = "no data",
    width: int = 24,
    height: int = 8,
) -> table.Panel:
    """One line per label set, the queries' values side by side, only the columns that are named, in that order.

    `sort` is the title of the column whose values rise from line to line, else the lines are in the query's order;
    `empty` is what stands there when there is no line.
    """
    panel = table.Panel().show_header(True).no_value(empty)
    if sort:
        panel.sort_by([common.TableSortByFieldState().display_name(sort).desc(False)])
    names = {column.source if len(column.source) > 1 else _value(column.source, queries): column for column in columns}
    panel.with_transformation(
        model.DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": list(names)}})
    )
    # after the others are gone: lines that differ in a label nobody sees, such as the metric's name, are one line
    panel.with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
    panel.with_transformation(
        model.DataTransformerConfig(
            id_val="organize",
            options={
                "indexByName": {name: index for index, name in enumerate(names)},
                "renameByName": {name: column.title for name, column in names.items()},
            },
        )
    )
    for column in names.values():
        properties = [model.DynamicConfigValue(id_val="unit", value=column.unit)]
        if column.limits:
            properties += [
                model.DynamicConfigValue(id_val="thresholds", value=_thresholds(column.limits).build()),
                model.DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}),
            ]
        panel.override_by_name(column.title, properties)
    return _finish(panel, title, description, "string", queries, None, width, height, instant=True, as_table=True)


def value_texts(texts: dict[str, tuple[str, str]]) -> list[model.ValueMapping]:
    """Words instead of numbers: value -> (text, colour)."""
    options = {
        value: model.ValueMappingResult(text=text, color=color, index=index)
        for index, (value, (text, color)) in enumerate(texts.items())
    }
    return [model.ValueMap(options=options)]


UP_DOWN = value_texts({"0": ("down", "red"), "1": ("up", "green")})


def up(title: str, description: str, expression: str) -> stat.Panel:
    """Whether a server answers: 1, or 0 in red."""
    limits = Limits(critical=1, below=True)
    return number(title, description, "short", Query(expression), limits=limits, mappings=UP_DOWN)


def _value(letter: str, queries: Sequence[Query]) -> str:
    # a single query's value column carries no letter
    return f"Value #{letter}" if len(queries) > 1 else "Value"


def _finish(
    panel: _Any,
    title: str,
    description: str,
    unit: str,
    queries: Sequence[Query],
    limits: Limits | None,
    width: int,
    height: int,
    *,
    instant: bool = False,
    as_table: bool = False,
) -> _Any:
    panel.title(title).description(description).unit(unit).datasource(DATASOURCE).span(width).height(height)
    panel.thresholds(_thresholds(limits or Limits()))
    for letter, query in zip(ascii_uppercase, queries, strict=False):
        target = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(letter)
        target.datasource(DATASOURCE)
        if query.every:
            target.interval(query.every)
        target.format(PromQueryFormat.TABLE if as_table else PromQueryFormat.TIME_SERIES)
        panel.with_target(target.instant() if instant else target.range())
    return panel


def _thresholds(limits: Limits) -> builders.ThresholdsConfig:
    first, *rest = (RED, AMBER, GREEN) if limits.below else (GREEN, AMBER, RED)
    values = (limits.critical, limits.warning) if limits.below else (limits.warning, limits.critical)
    if limits.below and limits.critical is None and limits.warning is not None:
        first = AMBER
    steps = [model.Threshold(value=None, color=first)]
    steps += [
        model.Threshold(value=value, color=color)
        for value, color in zip(values, rest, strict=True)
        if value is not None
    ]
    if limits.below and limits.warning is None and limits.critical is not None:
        steps[-1] = model.Threshold(value=limits.critical, color=GREEN)
    return builders.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)
