"""What a panel of a dashboard says of itself, read from the classic schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from report.units import shown


@dataclass(frozen=True)
class Step:
    """From `value` on (None: from the beginning) it has this colour."""

    value: float | None
    color: str


@dataclass(frozen=True)
class Words:
    """What stands for a value, and its colour."""

    text: str
    color: str | None


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a value is shown."""

    unit: str = "short"
    steps: tuple[Step, ...] = ()
    words: Mapping[str, Words]

    def text(self, value: float) -> str:
        """A value as it is written: the words that stand for it, or the number with its unit."""
        own = self.words.get(f"{value:g}")
        return own.text if own else shown(value, self.unit)

    def color(self, value: float) -> str | None:
        """The colour of a value: its own, or that of the limit it has passed."""
        if (own := self.words.get(f"{value:g}")) and own.color:
            return own.color
        passed = [step.color for step in self.steps if step.value is None or value >= step.value]
        return passed[-1] if passed else None


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table: the frame's name for it, its head, and how its values look."""

    source: str
    title: str
    look: Look
    colored: bool


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One panel.

    Attributes:
        kind: Grafana's name of the visualization.
        x, width, height: its place in the grid of 24 columns.
        columns: of a table; empty: all there are.
        sort: heads of the columns by which its lines are sorted, and whether they fall; the first counts most.
        stacked: values are shown on top of each other.
        lines: the limits are drawn into the graph.
        filled: a number stands on its colour instead of being written in it.
        empty: what stands there instead of no value.
        document: the panel itself, for its queries.
    """

    title: str
    description: str
    kind: str
    x: int
    width: int
    height: int
    look: Look
    minimum: float | None
    maximum: float | None
    columns: tuple[Column, ...]
    sort: tuple[tuple[str, bool], ...]
    stacked: bool
    lines: bool
    filled: bool
    empty: str
    document: Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """A heading and the panels below it."""

    title: str
    panels: tuple[Panel, ...]


def rows(dashboard: Mapping[str, Any]) -> list[Row]:
    """A dashboard's rows from top to bottom; panels above the first heading stand under an empty one."""
    found: list[tuple[str, list[Panel]]] = [("", [])]
    for each in sorted(dashboard.get("panels") or [], key=_place):
        if each.get("type") == "row":
            found.append((str(each.get("title") or ""), [panel(inner) for inner in each.get("panels") or []]))
        elif each.get("type") != "text":
            found[-1][1].append(panel(each))
    return [Row(title, tuple(panels)) for title, panels in found if panels]


def panel(document: Mapping[str, Any]) -> Panel:
    """One panel out of its JSON."""
    config = document.get("fieldConfig") or {}
    defaults = config.get("defaults") or {}
    custom = defaults.get("custom") or {}
    options = document.get("options") or {}
    grid = document.get("gridPos") or {}
    look = _look(defaults)
    return Panel(
        title=str(document.get("title") or ""),
        description=str(document.get("description") or ""),
        kind=str(document.get("type") or ""),
        x=int(grid.get("x", 0)),
        width=int(grid.get("w", 12)),
        height=int(grid.get("h", 8)),
        look=look,
        minimum=defaults.get("min"),
        maximum=defaults.get("max"),
        columns=tuple(_columns(document, look)),
        sort=tuple((str(each.get("displayName")), bool(each.get("desc"))) for each in options.get("sortBy") or []),
        stacked=(custom.get("stacking") or {}).get("mode", "none") != "none",
        lines=(custom.get("thresholdsStyle") or {}).get("mode", "off") != "off",
        filled=str(options.get("colorMode", "")).startswith("background"),
        empty=str(defaults.get("noValue") or "no data"),
        document=document,
    )


def _place(document: Mapping[str, Any]) -> tuple[int, int]:
    grid = document.get("gridPos") or {}
    return int(grid.get("y", 0)), int(grid.get("x", 0))


def _look(config: Mapping[str, Any]) -> Look:
    steps = (config.get("thresholds") or {}).get("steps") or []
    return Look(
        unit=str(config.get("unit") or "short"),
        steps=tuple(Step(step.get("value"), str(step.get("color"))) for step in steps),
        words=dict(_words(config)),
    )


def _words(config: Mapping[str, Any]) -> Iterator[tuple[str, Words]]:
    for mapping in config.get("mappings") or []:
        if mapping.get("type") == "value":
            for value, result in (mapping.get("options") or {}).items():
                yield value, Words(str(result.get("text") or value), result.get("color"))


def _columns(document: Mapping[str, Any], standard: Look) -> Iterator[Column]:
    """Columns in the order of the transformations `filterFieldsByName` and `organize`, the ones that we write."""
    by_kind = {each.get("id"): each.get("options") or {} for each in document.get("transformations") or []}
    shown = (by_kind.get("filterFieldsByName", {}).get("include") or {}).get("names") or []
    organize = by_kind.get("organize", {})
    order, titles = organize.get("indexByName") or {}, organize.get("renameByName") or {}
    hidden = organize.get("excludeByName") or {}
    own = {
        str(each["matcher"].get("options")): {one["id"]: one.get("value") for one in each.get("properties") or []}
        for each in (document.get("fieldConfig") or {}).get("overrides") or []
        if (each.get("matcher") or {}).get("id") == "byName"
    }
    for name in sorted(shown or order, key=lambda name: order.get(name, 0)):
        if hidden.get(name):
            continue
        title = str(titles.get(name) or name)
        said = own.get(title, {})
        look = _look({"unit": standard.unit, "thresholds": {}, **said})
        yield Column(source=name, title=title, look=look, colored="thresholds" in said)
