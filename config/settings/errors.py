"""Turns what is wrong with a setting into one line a person can act on."""

import json
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

MAX_SHOWN = 80


class SettingsError(Exception):
    """One or more settings are wrong; `problems` holds one line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def innermost(problems: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Without those of a structure in which something else is wrong: a list is not short because an item is bad."""
    places = [problem["loc"] for problem in problems]
    return [
        problem
        for problem in problems
        if not any(len(place) > len(at) and place[: len(at)] == at for at in [problem["loc"]] for place in places)
    ]


def describe(model: type[BaseModel], problem: ErrorDetails, document: Mapping[str, object]) -> str:
    """One line for one problem that pydantic found.

    Args:
        model: the settings model that was validated.
        problem: pydantic's account of it.
        document: what was validated, to show the value.

    Returns:
        `key: what is wrong, got VALUE; for example EXAMPLE`.
    """
    location = _written(document, [part for part in problem["loc"] if not str(part).startswith("function-")])
    path = _path(location)
    kind = problem["type"]
    if kind == "value_error":
        reason = str(problem["ctx"]["error"])
        if not path:
            return reason
        return f"{path}: {reason}" + _got(document, location) + _example(model, location)
    if kind == "missing":
        return f"{path}: this setting is missing" + _example(model, location)
    if kind == "extra_forbidden":
        return f"{path}: there is no such setting; known here: {', '.join(_known(model, location[:-1]))}"
    message = problem["msg"]
    return f"{path}: {message[0].lower()}{message[1:]}" + _got(document, location) + _example(model, location)


def _written(document: object, location: Sequence[int | str]) -> tuple[int | str, ...]:
    """A place as it is in the file, where one of a kind stands for a list of one."""
    written: list[int | str] = []
    place: Any = document
    for part in location:
        if isinstance(part, int) and not isinstance(place, list):
            continue
        written.append(part)
        inner = isinstance(place, dict) or (isinstance(place, list) and isinstance(part, int) and part < len(place))
        place = (place.get(part) if isinstance(place, dict) else place[part]) if inner else None
    return tuple(written)


def _path(location: Sequence[int | str]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _got(document: Mapping[str, object], location: Sequence[int | str]) -> str:
    value: Any = document
    for part in location:
        if isinstance(value, str):
            break  # one that stands for a list of one
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return ""
    shown = json.dumps(value, ensure_ascii=False)
    return f", got {shown if len(shown) <= MAX_SHOWN else shown[:MAX_SHOWN] + '…'}"


def _example(model: type[BaseModel], location: Sequence[int | str]) -> str:
    field = _field(model, location)
    examples = _examples(field) if field else []
    return f"; for example {json.dumps(examples[0], ensure_ascii=False)}" if examples else ""


def _examples(field: FieldInfo) -> list[Any]:
    if field.examples:
        return list(field.examples)
    # `Annotated[T, Field(examples=…)] | None` keeps its examples one level down
    for argument in _flatten(field.annotation):
        for extra in getattr(argument, "__metadata__", ()):
            if isinstance(extra, FieldInfo) and extra.examples:
                return list(extra.examples)
    return []


def _known(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    owner = _model_at(model, location)
    hidden = {"stack"}  # not a setting: the program fills it in
    return sorted(_by_alias(owner or model).keys() - hidden)


def _by_alias(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _field(model: type[BaseModel], location: Sequence[int | str]) -> FieldInfo | None:
    names = [part for part in location if isinstance(part, str)]
    if not names:
        return None
    owner = _model_at(model, names[:-1])
    if owner is None:
        return None
    return _by_alias(owner).get(names[-1])


def _model_at(model: type[BaseModel], location: Sequence[int | str]) -> type[BaseModel] | None:
    current: type[BaseModel] | None = model
    is_key = False  # of a dictionary, and so no setting's name
    for part in location:
        if isinstance(part, int) or current is None:
            continue
        if is_key:
            is_key = False
            continue
        field = _by_alias(current).get(part)
        is_key = field is not None and get_origin(field.annotation) is dict
        current = next(
            (
                argument
                for argument in (_flatten(field.annotation) if field else [])
                if isinstance(argument, type) and issubclass(argument, BaseModel)
            ),
            None,
        )
    return current


def _flatten(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return [annotation, *_flatten(get_args(annotation)[0])]
    if get_origin(annotation) in {Union, UnionType, tuple, list, dict}:
        return [inner for argument in get_args(annotation) for inner in _flatten(argument)]
    return [annotation]
