"""Marks as secret what came in as secret or gives it away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from airgap.plugins.protocol.values import Properties, Secret, has_secret, redact, reveal


def keep_secrets(plain: Properties, marked: Properties, secrets: Iterable[str] = ()) -> Properties:
    """The plain properties with the secret marks the inputs have.

    A property equal to the input of its name keeps that input's marks where they are; one that differs from an input
    with secrets is secret as a whole, and so is any other text in which a secret input shows up (a container's logs).

    Args:
        plain: The properties.
        marked: The inputs as they came.
        secrets: Properties that are secret whatever the inputs say.
    """
    return with_secrets({key: _mark(value, marked.get(key), marked) for key, value in plain.items()}, secrets)


def with_secrets(properties: Properties, secrets: Iterable[str]) -> Properties:
    """The properties with these marked as secret."""
    always = frozenset(secrets)
    return {
        key: Secret(value) if key in always and value is not None and not isinstance(value, Secret) else value
        for key, value in properties.items()
    }


def _mark(value: Any, given: Any, marked: Properties) -> Any:
    if has_secret(given):
        return given if reveal(given) == value else Secret(value)
    return Secret(value) if _gives_away(value, marked) else value


def _gives_away(value: Any, marked: Properties) -> bool:
    if isinstance(value, str):
        return redact(value, marked) != value
    if isinstance(value, dict):
        return any(_gives_away(item, marked) for item in value.values())
    return isinstance(value, list) and any(_gives_away(item, marked) for item in value)
