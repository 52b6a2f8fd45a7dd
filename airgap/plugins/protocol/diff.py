"""Compares a resource's old and new inputs and says what the change does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from airgap.plugins.protocol.check import DEFAULTS
from airgap.plugins.protocol.schema import Change, Field, Kind, Schema
from airgap.plugins.protocol.values import Properties, Unknown, has_unknown, reveal


class Edit(Enum):
    """What happened to one property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass
class Difference:
    """What changed.

    Attributes:
        edits: Property path -> what happened there, and whether that replaces the resource.
        changed: Top-level inputs that changed.
        replaces: Top-level inputs whose change replaces the resource.
        delete_before_replace: Whether the old resource goes before the new one is made, should it be replaced.
    """

    edits: dict[str, tuple[Edit, bool]] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    replaces: list[str] = field(default_factory=list)
    delete_before_replace: bool = False

    def start_over(self, key: str, *, delete_before_replace: bool) -> None:
        """Makes it a replacement whatever the inputs say, shown at the input `key`."""
        self.edits[key] = (Edit.UPDATE, True)
        self.changed.append(key)
        self.replaces.append(key)
        self.delete_before_replace |= delete_before_replace


def diff(schema: Schema, olds: Properties, news: Properties) -> Difference:
    """The difference between the inputs in the state and the inputs of the program.

    An input that isn't given counts as having its default. Inputs the schema doesn't declare (from another plugin's
    state) don't count.
    """
    result = Difference()
    old_values, new_values = reveal(olds), reveal(news)
    for key, declared in schema.fields.items():
        before, after = _valued(declared, old_values.get(key)), _valued(declared, new_values.get(key))
        edits: dict[str, Edit] = {}
        _compare(declared, before, after, key, edits)
        if not edits:
            continue
        replaces = _replaces(declared, before, after)
        result.changed.append(key)
        if replaces:
            result.replaces.append(key)
        result.edits.update({path: (edit, replaces) for path, edit in edits.items()})
    if result.changed:
        # Said of updates too: the program may turn them into replacements (replace_on_changes).
        result.delete_before_replace = schema.delete_before_replace or (
            schema.autonamed and "name" not in result.changed and "name" not in new_values.get(DEFAULTS, ["name"])
        )
    return result


def unchanged(declared: Field, before: Any, after: Any) -> bool:
    """Whether the two values of one input mean the same; an unknown one never does."""
    if has_unknown(before) or has_unknown(after):
        return False
    edits: dict[str, Edit] = {}
    _compare(declared, before, after, "", edits)
    return not edits


def _valued(declared: Field, value: Any) -> Any:
    return declared.default if value is None else value


def _replaces(declared: Field, before: Any, after: Any) -> bool:
    if declared.change is Change.REPLACE:
        return True
    if declared.change is Change.REPLACE_WHEN_REMOVED and _is_unset(after):
        return True
    if declared.replaces is None or has_unknown(before) or has_unknown(after):
        return False
    return declared.replaces(before, after)


def _is_unset(value: Any) -> bool:
    return value is None or (not isinstance(value, Unknown) and value in (0, ""))


def _compare(declared: Field, before: Any, after: Any, path: str, edits: dict[str, Edit]) -> None:
    if isinstance(after, Unknown) or isinstance(before, Unknown):
        edits[path] = Edit.ADD if before is None else Edit.UPDATE
    elif declared.same and not has_unknown(before) and not has_unknown(after) and declared.same(before, after):
        return
    elif before is None or after is None:
        # An empty list, map or text is what the servers call "not set".
        if before not in (None, [], {}, "") or after not in (None, [], {}, ""):
            edits[path] = Edit.ADD if before is None else Edit.DELETE
    elif declared.kind in (Kind.LIST, Kind.SET) and isinstance(before, list) and isinstance(after, list):
        compare = _compare_set if declared.kind is Kind.SET else _compare_list
        compare(declared, before, after, path, edits)
    elif isinstance(before, dict) and isinstance(after, dict):
        _compare_fields(declared, before, after, path, edits)
    elif before != after:
        edits[path] = Edit.UPDATE


def _compare_fields(
    declared: Field, before: Mapping[str, Any], after: Mapping[str, Any], path: str, edits: dict[str, Edit]
) -> None:
    free = Field(Kind.TEXT)
    keys = declared.fields or dict.fromkeys([*before, *after])
    for key in keys:
        if key == DEFAULTS:
            continue
        inner = declared.fields.get(key, free)
        where = f"{path}.{key}" if key.isidentifier() else f'{path}["{key}"]'
        _compare(inner, _valued(inner, before.get(key)), _valued(inner, after.get(key)), where, edits)


def _compare_list(declared: Field, before: list[Any], after: list[Any], path: str, edits: dict[str, Edit]) -> None:
    element = _element(declared)
    for index in range(max(len(before), len(after))):
        where = f"{path}[{index}]"
        if index >= len(after):
            edits[where] = Edit.DELETE
        elif index >= len(before):
            edits[where] = Edit.ADD
        else:
            _compare(element, before[index], after[index], where, edits)


def _compare_set(declared: Field, before: list[Any], after: list[Any], path: str, edits: dict[str, Edit]) -> None:
    """Pairs equal elements wherever they stand, then those at one index with one identity, and reports the rest."""
    element = _element(declared)
    gone = list(range(len(before)))
    come = []
    for index, item in enumerate(after):
        twin = next((old for old in gone if unchanged(element, before[old], item)), None)
        if twin is None:
            come.append(index)
        else:
            gone.remove(twin)
    for index in come:
        where = f"{path}[{index}]"
        if index not in gone:
            edits[where] = Edit.ADD
            continue
        # Pulumi shows an update by looking the one path up in the old and in the new inputs, so both must stand there.
        gone.remove(index)
        if declared.identity and _identity(declared, before[index]) == _identity(declared, after[index]):
            _compare(element, before[index], after[index], where, edits)
        else:
            edits[where] = Edit.UPDATE
    for index in gone:
        edits[f"{path}[{index}]"] = Edit.DELETE


def _element(declared: Field) -> Field:
    return Field(Kind.OBJECT, fields=declared.fields) if declared.fields else Field(Kind.TEXT)


def _identity(declared: Field, item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    return tuple(None if has_unknown(item.get(key)) else str(item.get(key)) for key in declared.identity)
