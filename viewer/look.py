"""How values are shown: unit, limits, words and colours, from a panel's field configuration."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, field_validator

from viewer.documents import Json, Lenient, Panel, bounds
from viewer.errors import PanelError
from viewer.units import shown

TEXT, GREY = "#808890", "#8b949e"
PALETTE = (
    "#56a64b", "#e0b400", "#3274d9", "#ff780a", "#e02f44", "#1f9fb5", "#b877d9", "#8f6b00", "#37872d", "#5794f2",
    "#fa6400", "#c4162a", "#a352cc", "#447ebc", "#c15c17", "#890f02", "#0a437c", "#6d1f62", "#967302", "#629e51",
)  # fmt: skip
_SHADES = {
    "green": ("#19730e", "#37872d", "#56a64b", "#73bf69", "#96d98d"),
    "yellow": ("#cc9d00", "#e0b400", "#f2cc0c", "#fade2a", "#ffee52"),
    "orange": ("#e55400", "#fa6400", "#ff780a", "#ff9830", "#ffb357"),
    "red": ("#ad0317", "#c4162a", "#e02f44", "#f2495c", "#ff7383"),
    "blue": ("#1250b0", "#1f60c4", "#3274d9", "#5794f2", "#8ab8ff"),
    "purple": ("#7c2ea3", "#8f3bb8", "#a352cc", "#b877d9", "#ca95e5"),
}
_DEPTHS = {"dark": 0, "semi-dark": 1, "": 2, "light": 3, "super-light": 4}
_PLAIN = re.compile(r"#[0-9a-fA-F]{3,8}|rgba?\([\d\s,.%]+\)|[a-z]{3,20}")


class Step(Lenient):
    """From `value` on (None: from the beginning) it has this colour."""

    value: float | None = None
    color: str = "green"


class Thresholds(Lenient):
    """Limits, by value or as percentages between minimum and maximum."""

    mode: str = "absolute"
    steps: list[Step] = Field(default=[])


class Custom(Lenient):
    """How a graph draws a field, or a table its cells."""

    draw_style: str = "line"
    line_width: float = 1
    fill_opacity: float = 0
    line_interpolation: str = "linear"
    span_nulls: Any = False
    point_size: float = 5
    show_points: str = "auto"
    stacking: Json = Field(default={})
    thresholds_style: Json = Field(default={})
    scale_distribution: Json = Field(default={})
    axis_placement: str = "auto"
    axis_soft_min: float | None = None
    axis_soft_max: float | None = None
    transform: str = ""
    hide_from: Json = Field(default={})
    hidden: bool = False
    cell_options: Json = Field(default={})
    display_mode: str = ""


class Options(Lenient):
    """The properties of a field, defaults and overrides put together."""

    unit: str = ""
    decimals: int | None = None
    min: float | None = None
    max: float | None = None
    display_name: str = ""
    no_value: str = ""
    mappings: list[Json] = Field(default=[])
    thresholds: Thresholds = Thresholds()
    color: Json = Field(default={})
    custom: Custom = Custom()

    @field_validator("mappings")
    @classmethod
    def _renewed(cls, mappings: list[Json]) -> list[Json]:
        return [_of_today(mapping) for mapping in mappings]


def _of_today(mapping: Json) -> Json:
    """A mapping, also one of before Grafana 8, as it is written today."""
    words = {"text": mapping.get("text")}
    match str(mapping.get("type")):
        case "1":
            return {"type": "value", "options": {str(mapping.get("value")): words}}
        case "2":
            return {"type": "range", "options": {**mapping, "result": words}}
    return mapping


@dataclass(frozen=True)
class Look:
    """How one field is shown."""

    options: Options

    @property
    def unit(self) -> str:
        return self.options.unit or "short"

    def text(self, value: float | None) -> str:
        """A value as it is written: the words that stand for it, or the number with its unit."""
        mapped = self._mapped(value)
        if mapped and mapped.get("text"):
            return str(mapped["text"])
        if value is None:
            return self.options.no_value or "no data"
        return shown(value, self.unit, self.options.decimals)

    def color(self, value: float | None) -> str | None:
        """The colour of a value: its own, or that of the limit it has passed; None: it has none."""
        mapped = self._mapped(value)
        if mapped and mapped.get("color"):
            return color(str(mapped["color"]))
        fixed = self.fixed_color
        if fixed:
            return fixed
        if value is None or math.isnan(value):
            return None
        passed = [step for step in self.limits() if step.value is None or value >= step.value]
        return color(passed[-1].color) if passed else None

    def share(self, value: float | None, most: float) -> float:
        """How far a value is between the least and the most there can be, from 0 to 1."""
        low, high = self.options.min or 0.0, most if self.options.max is None else self.options.max
        return 0.0 if value is None or high <= low else min(max((value - low) / (high - low), 0.0), 1.0)

    @property
    def fixed_color(self) -> str | None:
        """The colour that every value has."""
        if self.options.color.get("mode") in ("fixed", "shades"):
            return color(str(self.options.color.get("fixedColor") or "green"))
        return None

    def limits(self) -> list[Step]:
        """Its thresholds as values."""
        steps = self.options.thresholds.steps
        if self.options.thresholds.mode != "percentage":
            return steps
        least, most = self.options.min or 0.0, 100.0 if self.options.max is None else self.options.max
        return [
            step if step.value is None else Step(value=least + step.value / 100 * (most - least), color=step.color)
            for step in steps
        ]

    def words(self, value: str) -> tuple[str, str | None]:
        """A text of a table: what stands for it, and its colour."""
        mapped = self._mapped(value) or {}
        named = mapped.get("color")
        return str(mapped.get("text") or value), color(str(named)) if named else None

    def _mapped(self, value: float | str | None) -> Mapping[str, Any] | None:
        """What stands for a value, and its colour, by the first mapping that knows it."""
        for mapping in self.options.mappings:
            options = mapping.get("options")
            result = _result(str(mapping.get("type")), options, value) if isinstance(options, dict) else None
            if isinstance(result, dict):
                return result
        return None


def _result(kind: str, options: Mapping[str, Any], value: float | str | None) -> Any:
    number = value if isinstance(value, float) else math.nan
    if kind == "value":
        return options.get("null" if value is None else f"{value:g}" if isinstance(value, float) else str(value))
    if kind == "range":
        try:
            low, high = bounds(options)
        except (TypeError, ValueError):
            return None
        known = low <= number <= high
    elif kind == "regex":
        known = bool(re.search(str(options.get("pattern") or "").strip("/"), "" if value is None else f"{value}"))
    else:
        match = str(options.get("match")).split("+") if kind == "special" else []
        known = "null" in match if value is None else "nan" in match and isinstance(value, float) and math.isnan(value)
    return options.get("result") if known else None


def look(panel: Panel, name: str, letter: str = "", kind: str = "number") -> Look:
    """How a field is shown that the reader sees under this name; `letter`: of its query; `kind`: number or string.

    Raises:
        PanelError: the configuration can't be read.
    """
    merged: Json = {**panel.field_config.defaults}
    custom = {**(merged.get("custom") or {})}
    for override in panel.field_config.overrides:
        if _matches(override.matcher, name, letter, kind):
            for each in override.properties:
                key = str(each.get("id") or "")
                target = custom if key.startswith("custom.") else merged
                target[key.removeprefix("custom.")] = each.get("value")
    try:
        return Look(Options.model_validate({**merged, "custom": custom}))
    except ValueError as error:
        reason = str(error).splitlines()
        raise PanelError(f"its field options can't be read: {' '.join(reason[1:3])}") from None


def _matches(matcher: Json, name: str, letter: str, kind: str) -> bool:
    wanted = matcher.get("options")
    match matcher.get("id"):
        case "byNames":
            return name in ((wanted.get("names") if isinstance(wanted, dict) else wanted) or ())
        case "byRegexp":
            try:
                return re.search(str(wanted).strip("/"), name) is not None
            except re.error:
                return False
        case known:
            known_as = {"byName": name, "byFrameRefID": letter, "byType": kind}
            return known in known_as and bool(wanted == known_as[known])


def color(name: str) -> str:
    """A colour as CSS takes it, by Grafana's name for it."""
    depth, _, base = name.rpartition("-")
    if base in _SHADES and depth in _DEPTHS:
        return _SHADES[base][_DEPTHS[depth]]
    if name == "text":
        return TEXT
    return name if _PLAIN.fullmatch(name) else GREY


def readable_on(background: str) -> str:
    """Black or white: what can be read on a colour."""
    found = re.fullmatch(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})(?:[0-9a-fA-F]{2})?", background)
    red, green, blue = (int(part, 16) for part in found.groups()) if found else (128, 128, 128)
    return "#1b1f24" if (299 * red + 587 * green + 114 * blue) / 1000 > 150 else "#ffffff"
