"""Checks a resource's inputs against its schema and fills in defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from airgap.plugins.protocol.schema import Field, Kind, Schema
from airgap.plugins.protocol.values import Properties, Secret, Unknown, has_unknown, reveal

# The official plugins list here which properties were filled in by default; keeping the same record lets a state move
# between them and the embedded ones.
DEFAULTS: Final = "__defaults"


@dataclass(frozen=True)
class Failure:
    """Why one input is refused; `path` is written as Pulumi writes property paths."""

    path: str
    reason: str


@dataclass
class Checked:
    """The inputs with defaults, or why they are refused."""

    inputs: Properties
    failures: list[Failure] = field(default_factory=list)


def check(schema: Schema, news: Properties, plugin: str) -> Checked:
    """Checks the inputs the program gave.

    Args:
        schema: The resource type's inputs.
        news: What the program gave.
        plugin: The plugin's name in messages ("Docker").

    Returns:
        The inputs with defaults filled in (secrets stay marked, unknowns stay unknown) and the failures, if any.
    """
    failures: list[Failure] = []
    inputs = _check_object(schema.fields, news, "", failures, plugin)
    if schema.valid and not failures:
        known = {key: value for key, value in reveal(inputs).items() if not has_unknown(value)}
        failures.extend(Failure(path, f"input '{path}' {reason}") for path, reason in schema.valid(known))
    return Checked(inputs, failures)


def _check_object(
    fields: Mapping[str, Field], given: Mapping[str, Any], path: str, failures: list[Failure], plugin: str
) -> Properties:
    result: Properties = {}
    for key, value in given.items():
        if key.startswith("__"):
            continue
        where = f"{path}.{key}" if path else key
        declared = fields.get(key)
        if declared is None:
            failures.append(
                Failure(
                    where,
                    f"input '{where}' is not implemented by the embedded {plugin} plugin; "
                    "use the official plugin or remove it",
                )
            )
        elif value is not None:
            result[key] = _check_value(declared, value, where, failures, plugin)
    defaults = []
    for key, declared in fields.items():
        if key in result:
            continue
        if declared.default is not None:
            result[key] = declared.default
            defaults.append(key)
        elif declared.required:
            where = f"{path}.{key}" if path else key
            failures.append(Failure(where, f"input '{where}' is missing; it must be {declared.kind.value}"))
    result[DEFAULTS] = sorted(defaults)
    return result


def _check_value(declared: Field, value: Any, path: str, failures: list[Failure], plugin: str) -> Any:
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Secret):
        inner: list[Failure] = []
        checked = _check_value(declared, value.value, path, inner, plugin)
        # The reason may quote the value, which is a secret here.
        failures.extend(
            Failure(failure.path, failure.reason)
            if "not implemented" in failure.reason
            else Failure(failure.path, f"input '{failure.path}' (a secret) must be {_wanted(declared)}")
            for failure in inner
        )
        return Secret(checked)
    converted, fits = _convert(declared, value, path, failures, plugin)
    if not fits:
        failures.append(Failure(path, f"input '{path}' must be {_wanted(declared)}, not {_shown(value)}"))
    elif declared.valid and not has_unknown(converted):
        reason = declared.valid(reveal(converted))
        if reason:
            failures.append(Failure(path, f"input '{path}' {reason}"))
    return converted


def _convert(declared: Field, value: Any, path: str, failures: list[Failure], plugin: str) -> tuple[Any, bool]:
    """The value in the field's type and whether it fits; scalars convert as the official plugins convert them."""
    match declared.kind:
        case Kind.TEXT:
            return _as_text(value)
        case Kind.INTEGER:
            if isinstance(value, str) and value.lstrip("-").isdigit():
                return int(value), True
            return value, isinstance(value, int) and not isinstance(value, bool)
        case Kind.BOOLEAN:
            if value in ("true", "false"):
                return value == "true", True
            return value, isinstance(value, bool)
        case Kind.MAP:
            if not isinstance(value, dict):
                return value, False
            entries = {
                key: _check_value(Field(Kind.TEXT), item, f"{path}.{key}", failures, plugin)
                for key, item in value.items()
                if not key.startswith("__") and item is not None
            }
            return entries, True
        case Kind.OBJECT:
            if not isinstance(value, dict):
                return value, False
            return _check_object(declared.fields, value, path, failures, plugin), True
        case Kind.LIST | Kind.SET:
            if not isinstance(value, list):
                return value, False
            element = Field(Kind.OBJECT, fields=declared.fields) if declared.fields else Field(Kind.TEXT)
            items = [
                _check_value(element, item, f"{path}[{index}]", failures, plugin) for index, item in enumerate(value)
            ]
            return items, True


def _as_text(value: Any) -> tuple[Any, bool]:
    if isinstance(value, bool):
        return str(value).lower(), True
    if isinstance(value, int | float):
        return str(value), True
    return value, isinstance(value, str)


def _wanted(declared: Field) -> str:
    return f"{declared.kind.value} ({declared.unit})" if declared.unit else declared.kind.value


def _shown(value: Any) -> str:
    if isinstance(value, str | int | float):
        return repr(value)
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else repr(value)
