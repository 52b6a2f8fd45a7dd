"""A panel's answers: its queries asked, as series over time and as the lines of a table."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from viewer.documents import Panel, Target, Transformation, as_float, bounds
from viewer.errors import PanelError
from viewer.prometheus import Prometheus, Series
from viewer.settings import Source
from viewer.times import Period, seconds
from viewer.variables import Scope

_LABEL = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_MIXED = ("-- Mixed --", "-- Dashboard --")
_OURS = ("", "default", "-- Grafana --", "grafana", *_MIXED)

_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`|#[^\n]*")
# labels, durations and numbers; a function is told by its bracket
_NO_METRIC = re.compile(r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|\b\d\w*")
_METRIC = re.compile(r"[a-zA-Z_:][\w:]*+(?!\s*\()")
_WORDS = ("and", "or", "unless", "bool", "offset", "atan2", "by", "without", "on", "ignoring", "group_left",
          "group_right", "inf", "nan", "start", "end")  # fmt: skip

Value = float | str | None
Line = dict[str, Value]


@dataclass(frozen=True)
class Field:
    """A series of the query `letter`, named as in the legend; one value, or None, for each time (of the epoch)."""

    name: str
    letter: str
    labels: Mapping[str, str]
    times: Sequence[float]
    values: Sequence[float | None]

    @property
    def known(self) -> list[float]:
        """The values that there are."""
        return [value for value in self.values if value is not None]


@dataclass(frozen=True)
class Table:
    """Lines with named columns, in an order."""

    columns: Sequence[str]
    lines: Sequence[Line]


@dataclass(frozen=True)
class Answers:
    """What a panel's queries gave, as series and as lines; `notes`: what couldn't be done as the document asks."""

    fields: Sequence[Field]
    table: Table
    step: float
    notes: Sequence[str]
    scope: Scope


@dataclass(frozen=True)
class Asking:
    """The stack's Prometheus, every datasource (it first), and the seconds between two scrapes: no graph is finer."""

    prometheus: Prometheus
    sources: Sequence[Source]
    scrape: float

    def foreign(self, reference: Any, scope: Scope) -> str | None:
        """Why a datasource can't be asked; None for the stack's own Prometheus."""
        said = reference if isinstance(reference, dict) else {"uid": reference}
        uid, kind = scope.words(str(said.get("uid") or "")), str(said.get("type") or "")
        own = self.sources[0]
        if uid in (*_OURS, own.uid, own.name) and kind in ("", "prometheus", "datasource", "grafana", "mixed"):
            return None
        named = next((source for source in self.sources if uid in (source.uid, source.name)), None)
        if named:
            return f"its datasource '{named.name}' ({named.type}) isn't this stack's Prometheus; Grafana shows it"
        # a dashboard from elsewhere names the Prometheus of its author
        if kind == "prometheus" or (not kind and not uid.startswith("${")):
            return None
        return f"its datasource '{uid}'{f' ({kind})' if kind else ''} isn't in this stack"


def ask(panel: Panel, asking: Asking, scope: Scope, period: Period, points: float) -> Answers:
    """Ask a panel's queries, for as many points beside each other as a graph can show.

    Raises:
        PanelError: a query can't be asked or fails.
    """
    points = min(points, panel.max_data_points or points)
    step = asking.scrape
    answered: list[tuple[Target, list[Series], list[float]]] = []
    scopes, exprs = scope, list[str]()
    for target in (target for target in panel.targets if not target.hide):
        reference = target.datasource if _says(target.datasource) else panel.datasource
        if problem := asking.foreign(reference, scope):
            raise PanelError(problem)
        least = seconds(scope.words(target.interval or panel.interval), asking.scrape)
        step = max(period.step(points, least, max(target.interval_factor, 1)), asking.scrape)
        scopes = replace(scope, builtin={**scope.builtin, **period.builtin(step, max(least, asking.scrape))})
        expr = scopes.query(target.expr).strip()
        if not expr:
            continue
        exprs.append(expr)
        if target.instant and not target.range:
            answered.append((target, asking.prometheus.instant(expr, period.until), []))
        else:
            times = period.grid(step)
            answered.append((target, asking.prometheus.range(expr, times, step), times))
    fields = [each for target, series, times in answered for each in _fields(target, series, times, scopes)]
    transformations = [each for each in panel.transformations if not each.disabled]
    table, notes = _transformed(transformations, _lines(answered), fields)
    if not fields and (unknown := asking.prometheus.unknown(_metrics(exprs), period.since, period.until)):
        notes.append(f"no target exports {', '.join(unknown)}")
    return Answers(_renamed(transformations, fields), table, step, notes, scopes)


def _metrics(exprs: Sequence[str]) -> list[str]:
    """The names of metrics in expressions; what is selected by something else than its name is passed over."""
    names = [name for expr in exprs for name in _METRIC.findall(_NO_METRIC.sub(" ", _QUOTED.sub("", expr)))]
    return sorted({name for name in names if name.lower() not in _WORDS})


def _says(reference: Any) -> bool:
    """Whether a query names a datasource of its own."""
    if isinstance(reference, dict):
        return bool(reference.get("uid")) and reference["uid"] not in _MIXED
    return reference not in (None, "", *_MIXED)


def _fields(target: Target, series: Sequence[Series], times: Sequence[float], scope: Scope) -> Iterator[Field]:
    per_second = (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0
    for name, one in zip(_names(target, series, scope), series, strict=True):
        values: list[float | None] = [None] * len(times)
        for at, value in one.points if times else ():
            values[round((at - times[0]) * per_second)] = _number(value)
        if not times:
            values = [_number(value) for _, value in one.points]
        if any(value is not None for value in values):
            yield Field(name, target.ref_id, one.labels, times or [at for at, _ in one.points], values)


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _names(target: Target, series: Sequence[Series], scope: Scope) -> list[str]:
    pattern = scope.words(target.legend_format)
    if pattern and pattern != "__auto":
        return [labelled(pattern, each.labels) for each in series]
    if len(series) == 1 and not pattern:
        [only] = series
        labels = {key: value for key, value in only.labels.items() if key != "__name__"}
        return [only.labels.get("__name__") or ", ".join(labels.values()) or "value"]
    keys = sorted({key for each in series for key in each.labels} - {"__name__"})
    told = [key for key in keys if len({each.labels.get(key) for each in series}) > 1] or keys
    return [
        ", ".join(f"{key} {each.labels[key]}" for key in told if key in each.labels)
        or each.labels.get("__name__", "value")
        for each in series
    ]


def labelled(pattern: str, labels: Mapping[str, str]) -> str:
    """A legend's text: `{{label}}` is the label's value."""
    return _LABEL.sub(lambda match: labels.get(match[1], ""), pattern)


# tables


def _lines(answered: Sequence[tuple[Target, list[Series], list[float]]]) -> dict[str, Table]:
    """Each query's series as the lines of a table: its labels, and its last value."""
    found = {}
    for target, series, _ in answered:
        head = f"Value #{target.ref_id}" if len(answered) > 1 else "Value"
        labels = dict.fromkeys(label for each in series for label in sorted(each.labels))
        last = [(each.labels, *each.points[-1]) for each in series]
        lines: list[Line] = [{"Time": at * 1000, **named, head: _number(value)} for named, at, value in last]
        found[target.ref_id] = Table(["Time", *labels, head], lines)
    return found


def _transformed(
    transformations: Sequence[Transformation], tables: Mapping[str, Table], fields: Sequence[Field]
) -> tuple[Table, list[str]]:
    """Tables after the panel's transformations; what is still several at the end is one, side by side."""
    several, notes = list(tables.values()), []
    for each in transformations:
        if each.id == "filterByRefId":
            several = [table for letter, table in tables.items() if _letters(each).search(letter)]
        elif each.id in ("merge", "concatenate"):
            several = [_merged(several)]
        elif each.id in ("joinByField", "seriesToColumns"):
            several = [_joined(several, str(each.options.get("byField") or "Time"))]
        elif each.id == "reduce":
            several = [_reduced(fields, each.options)]
        elif each.id in _ONE_TABLE:
            several = [_ONE_TABLE[each.id](table, each.options) for table in several]
        elif each.id not in ("renameByRegex", "timeSeriesTable", "prepareTimeSeries", "convertFieldType"):
            notes.append(f"its transformation '{each.id}' isn't done here")
    return _merged(several), notes


def _merged(tables: Sequence[Table]) -> Table:
    """Lines with the same labels side by side; the time is that of the last."""
    if len(tables) == 1 and len({_key(line) for line in tables[0].lines}) == len(tables[0].lines):
        return tables[0]
    columns: dict[str, None] = {}
    merged: dict[tuple[tuple[str, Value], ...], Line] = {}
    for table in tables:
        columns |= dict.fromkeys(table.columns)
        for line in table.lines:
            merged.setdefault(_key(line), {}).update(line)
    values = [name for name in columns if name.startswith("Value")]
    return Table([*(name for name in columns if name not in values), *values], list(merged.values()))


def _key(line: Line) -> tuple[tuple[str, Value], ...]:
    return tuple(sorted((name, value) for name, value in line.items() if isinstance(value, str)))


def _joined(tables: Sequence[Table], name: str) -> Table:
    """One line for each value of a column, with the columns of every table; those of one name get a number."""
    columns, lines = [name], dict[Value, Line]()
    for number, table in enumerate(tables, start=1):
        others = [head for head in table.columns if head not in (name, "Time")]
        heads = {head: head if head not in columns else f"{head} {number}" for head in others}
        columns += [head for head in heads.values() if head not in columns]
        for line in table.lines:
            if name in line:
                lines.setdefault(line[name], {name: line[name]}).update(
                    {heads[head]: value for head, value in line.items() if head in heads}
                )
    return Table(columns, list(lines.values()))


def _reduced(fields: Sequence[Field], options: Mapping[str, Any]) -> Table:
    """One line for each series, with what it comes to."""
    names = [str(name) for name in options.get("reducers") or ["max"]]
    heads = {name: calculation_title(name) for name in names}
    lines: list[Line] = [
        {"Field": each.name, **(dict(each.labels) if options.get("labelsToFields") else {})}
        | {head: reduced(each.values, name) for name, head in heads.items()}
        for each in fields
    ]
    labels = dict.fromkeys(key for line in lines for key in line if key not in ("Field", *heads.values()))
    return Table(["Field", *labels, *heads.values()], lines)


def _filtered(table: Table, options: Mapping[str, Any]) -> Table:
    include, exclude = options.get("include") or {}, options.get("exclude") or {}

    def chosen(name: str, said: Mapping[str, Any]) -> bool:
        pattern = str(said.get("pattern") or "").strip("/")
        return name in (said.get("names") or ()) or bool(pattern and re.search(pattern, name))

    kept = [name for name in table.columns if (not include or chosen(name, include)) and not chosen(name, exclude)]
    return Table(kept, [{name: line[name] for name in kept if name in line} for line in table.lines])


def _organized(table: Table, options: Mapping[str, Any]) -> Table:
    order, titles = options.get("indexByName") or {}, options.get("renameByName") or {}
    hidden = options.get("excludeByName") or {}
    kept = [name for name in table.columns if not hidden.get(name)]
    kept.sort(key=lambda name: order.get(name, len(order)))
    heads = {name: str(titles.get(name) or name) for name in kept}
    return Table(
        list(heads.values()),
        [{heads[name]: value for name, value in line.items() if name in heads} for line in table.lines],
    )


def _holding(table: Table, options: Mapping[str, Any]) -> Table:
    """The lines whose values pass one condition, or all of them; or the others."""
    conditions = [
        (str(each.get("fieldName")), str(config.get("id")), config.get("options") or {})
        for each in options.get("filters") or ()
        for config in [each.get("config") or {}]
    ]
    enough = all if options.get("match") == "all" else any
    kept = [
        line
        for line in table.lines
        if enough(_passes(line.get(name), test, limits) for name, test, limits in conditions)
        != (options.get("type") == "exclude")
    ]
    return replace(table, lines=kept)


def _passes(value: Value, test: str, limits: Mapping[str, Any]) -> bool:
    if test in ("isNull", "isNotNull"):
        return (value is None) == (test == "isNull")
    limit = limits.get("value")
    if test in ("regex", "substring", "notSubstring"):
        there = re.search(str(limit) if test == "regex" else re.escape(str(limit)), str(value or "")) is not None
        return there != (test == "notSubstring")
    if test in ("equal", "notEqual") and isinstance(value, str):
        return (value == str(limit)) == (test == "equal")
    if not isinstance(value, float):
        return False
    low, high = bounds(limits)
    if test == "between":
        return low <= value <= high
    return _COMPARED[test](value, float(limit)) if test in _COMPARED and limit is not None else False


def _calculated(table: Table, options: Mapping[str, Any]) -> Table:
    """One more column: of two with an operator between them, or of several with what they come to."""
    binary, reduce = options.get("binary") or {}, options.get("reduce") or {}
    name = str(reduce.get("reducer") or "sum")
    columns = [str(each) for each in reduce.get("include") or table.columns]
    title = calculation_title(name)
    if options.get("mode") == "binary":
        sides = [_side(binary.get(key)) for key in ("left", "right")]
        sign = str(binary.get("operator") or "+")
        title = f" {sign} ".join(sides)

        def value(line: Line) -> Value:
            left, right = (line[side] if side in line else _number(as_float(side, None)) for side in sides)
            if not isinstance(left, float) or not isinstance(right, float) or sign not in _OPERATORS:
                return None
            return _number(_OPERATORS[sign](left, right)) if right or sign not in "/%" else None
    else:

        def value(line: Line) -> Value:
            return reduced(
                [each for key in columns if isinstance(each := line.get(key), float) and key != "Time"], name
            )

    title = str(options.get("alias") or title)
    kept = [] if options.get("replaceFields") else [head for head in table.columns if head != title]
    return Table([*kept, title], [{**line, title: value(line)} for line in table.lines])


def _side(side: Any) -> str:
    """A column's name, or a number, in what `binary` has had on its sides over time."""
    if isinstance(side, dict):
        side = side.get("fixed") or (side.get("matcher") or {}).get("options")
    return str(side)


def _grouped(table: Table, options: Mapping[str, Any]) -> Table:
    """One line for each combination of some columns' values, with what others come to among its lines."""
    fields = {name: each for name, each in (options.get("fields") or {}).items() if name in table.columns}
    by = [name for name, each in fields.items() if each.get("operation") == "groupby"]
    groups: dict[tuple[Value, ...], list[Line]] = {}
    for line in table.lines:
        groups.setdefault(tuple(line.get(name) for name in by), []).append(line)
    heads = {
        f"{name} ({calc})": (name, str(calc))
        for name, each in fields.items()
        if each.get("operation") == "aggregate"
        for calc in each.get("aggregations") or ()
    }
    return Table(
        [*by, *heads],
        [
            dict(zip(by, key, strict=True))
            | {head: _aggregated([line.get(name) for line in lines], calc) for head, (name, calc) in heads.items()}
            for key, lines in groups.items()
        ],
    )


def _aggregated(values: Sequence[Value], calc: str) -> Value:
    """What values come to; of texts, one of them."""
    texts = [value for value in values if isinstance(value, str)]
    if texts and calc != "count":
        return texts[0] if calc.startswith("first") else texts[-1]
    return float(len(values)) if texts else reduced([value for value in values if not isinstance(value, str)], calc)


def sort_lines(lines: Sequence[Line], orders: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Lines by columns, the first counts most: numbers by size, before texts; lines without a value last."""
    found = list(lines)
    for each in reversed(orders):
        name = str(each.get("field") or each.get("displayName") or "")
        there = [line for line in found if line.get(name) is not None]
        missing = [line for line in found if line.get(name) is None]
        there.sort(key=lambda line: (isinstance(line[name], str), line[name]), reverse=bool(each.get("desc")))
        found = there + missing
    return found


_OPERATORS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": math.fmod,
}  # fmt: skip
_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "greater": operator.gt, "greaterOrEqual": operator.ge, "lower": operator.lt, "lowerOrEqual": operator.le,
    "equal": operator.eq, "notEqual": operator.ne,
}  # fmt: skip
_ONE_TABLE: Mapping[str, Callable[[Table, Mapping[str, Any]], Table]] = {
    "filterByValue": _holding,
    "calculateField": _calculated,
    "groupBy": _grouped,
    "filterFieldsByName": _filtered,
    "organize": _organized,
    "sortBy": lambda table, options: replace(
        table, lines=sort_lines(table.lines, options.get("sort") or options.get("fields") or [])
    ),
    "limit": lambda table, options: replace(table, lines=table.lines[: int(options.get("limitField") or 10)]),
    "labelsToFields": lambda table, _: table,
}


def _renamed(transformations: Sequence[Transformation], fields: Sequence[Field]) -> list[Field]:
    """Series with the names that transformations give them, without those that they filter."""
    found = list(fields)
    for each in transformations:
        if each.id == "renameByRegex":
            to = re.sub(r"\$(\d+)", r"\\\1", str(each.options.get("renamePattern") or ""))
            with suppress(re.error):
                pattern = re.compile(str(each.options.get("regex") or ""))
                found = [replace(one, name=pattern.sub(to, one.name)) for one in found]
        elif each.id == "organize":
            titles, hidden = each.options.get("renameByName") or {}, each.options.get("excludeByName") or {}
            found = [replace(one, name=titles.get(one.name) or one.name) for one in found if not hidden.get(one.name)]
        elif each.id == "filterByRefId":
            found = [one for one in found if _letters(each).search(one.letter)]
    return found


def _letters(filtering: Transformation) -> re.Pattern[str]:
    return re.compile(str(filtering.options.get("include") or ".*").strip("/"))


# what a series comes to, by Grafana's name for the calculation: a title, and how it is done
_Calculation = Callable[[Sequence[float | None], list[float]], float | None]
_CALCULATIONS: Mapping[str, tuple[str, _Calculation]] = {
    "lastNotNull": ("last", lambda _, known: known[-1]),
    "last": ("last", lambda values, _: values[-1]),
    "first": ("first", lambda values, _: values[0]),
    "firstNotNull": ("first", lambda _, known: known[0]),
    "mean": ("mean", lambda _, known: sum(known) / len(known)),
    "max": ("max", lambda _, known: max(known)),
    "min": ("min", lambda _, known: min(known)),
    "sum": ("total", lambda _, known: sum(known)),
    "count": ("count", lambda _, known: float(len(known))),
    "range": ("range", lambda _, known: max(known) - min(known)),
    "diff": ("difference", lambda _, known: known[-1] - known[0]),
    "delta": ("delta", lambda _, known: sum(max(b - a, 0) for a, b in pairwise(known))),
}


def calculation_title(name: str) -> str:
    """What a calculation is called in a table's head."""
    return _CALCULATIONS[name][0] if name in _CALCULATIONS else name


def reduced(values: Sequence[float | None], name: str) -> float | None:
    """What a series comes to; an unknown calculation is the last value."""
    known = [value for value in values if value is not None]
    if not known:
        return 0.0 if name == "count" else None
    return _CALCULATIONS.get(name, _CALCULATIONS["lastNotNull"])[1](values, known)
