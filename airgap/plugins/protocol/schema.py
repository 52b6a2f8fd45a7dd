"""Declares a resource type's inputs: their types, defaults, and what a change of each means.

`check` and `diff` work from these declarations alone, so that "which input replaces" is a table to read, not code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

_NONE: Final[Mapping[str, Field]] = MappingProxyType({})


class Kind(Enum):
    """The type of an input, named as a person would."""

    TEXT = "a text"
    INTEGER = "a whole number"
    BOOLEAN = "true or false"
    MAP = "a map of texts"
    LIST = "a list"
    SET = "a list in any order"
    OBJECT = "an object"


class Change(Enum):
    """What a change of an input does to the resource."""

    UPDATE = "update"
    REPLACE = "replace"
    # Setting it or changing it updates; taking it away replaces, because the engine can't go back to "not set".
    REPLACE_WHEN_REMOVED = "replace when removed"


@dataclass(frozen=True)
class Field:
    """One input.

    Args:
        kind: Its type; a LIST or SET has texts as elements unless `fields` is given, then objects of these fields.
        change: What a change of it does.
        required: Whether it must be given.
        default: The value it has when it isn't given; None if it then stays unset.
        fields: The fields of an OBJECT, or of a list's or set's elements.
        identity: For a SET of objects, the fields that tell which element is which; this makes diffs readable.
        valid: Returns why a known value is wrong, or None.
        unit: What a number counts, or what a text is to be, for messages.
        same: Whether the old and the new value mean the same, where that isn't plain equality; gets known values, None
            for one that isn't given.
        replaces: Whether this one change of an input that otherwise updates replaces the resource; gets known values.
    """

    kind: Kind
    change: Change = Change.REPLACE
    required: bool = False
    default: Any = None
    fields: Mapping[str, Field] = field(default_factory=lambda: _NONE)
    identity: tuple[str, ...] = ()
    valid: Callable[[Any], str | None] | None = None
    unit: str = ""
    same: Callable[[Any, Any], bool] | None = None
    replaces: Callable[[Any, Any], bool] | None = None


@dataclass(frozen=True)
class Schema:
    """The inputs of a resource type.

    Args:
        token: The Pulumi type token.
        fields: Its inputs.
        autonamed: Whether `name` is made up from the resource's name when it isn't given.
        delete_before_replace: Whether a replacement always deletes first. An autonamed type whose name was given by
            the program deletes first anyway: two objects can't have one name.
        valid: Returns (input, reason) for combinations that are wrong; gets revealed values with defaults filled in.
        secrets: Inputs and outputs that are secret whether the program marked them or not.
    """

    token: str
    fields: Mapping[str, Field]
    autonamed: bool = False
    delete_before_replace: bool = False
    valid: Callable[[dict[str, Any]], list[tuple[str, str]]] | None = None
    secrets: tuple[str, ...] = ()


def text(**options: Any) -> Field:
    """A text input."""
    return Field(Kind.TEXT, **options)


def integer(**options: Any) -> Field:
    """A whole number input."""
    return Field(Kind.INTEGER, **options)


def boolean(**options: Any) -> Field:
    """A true-or-false input."""
    return Field(Kind.BOOLEAN, **options)


def mapping(**options: Any) -> Field:
    """A map of texts."""
    return Field(Kind.MAP, **options)


def texts(*, ordered: bool = False, **options: Any) -> Field:
    """Several texts; their order counts only when `ordered`."""
    return Field(Kind.LIST if ordered else Kind.SET, **options)


def objects(fields: Mapping[str, Field], *, ordered: bool = False, **options: Any) -> Field:
    """Several objects; their order counts only when `ordered`."""
    return Field(Kind.LIST if ordered else Kind.SET, fields=fields, **options)


def an_object(fields: Mapping[str, Field], **options: Any) -> Field:
    """One object."""
    return Field(Kind.OBJECT, fields=fields, **options)


def one_of(*allowed: str) -> Callable[[Any], str | None]:
    """Accepts one of the texts."""

    def valid(value: Any) -> str | None:
        return None if value in allowed else f"must be one of {', '.join(allowed)}, not {value!r}"

    return valid


def at_least(minimum: int) -> Callable[[Any], str | None]:
    """Accepts numbers from `minimum` on."""

    def valid(value: Any) -> str | None:
        return None if value >= minimum else f"must be at least {minimum}, not {value}"

    return valid
