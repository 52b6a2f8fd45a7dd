"""A provider's configuration as the engine hands it over: what isn't a text comes as JSON."""

from __future__ import annotations

import json
from typing import Any

from airgap.plugins.protocol.schema import Kind, Schema
from airgap.plugins.protocol.values import Properties, Secret

# What Pulumi itself keeps beside a provider's inputs.
_PULUMIS_OWN = ("version", "pluginDownloadURL", "__internal")


def configuration(schema: Schema, values: Properties) -> Properties:
    """The provider's inputs, those that came as JSON decoded; JSON that is broken stays a text, for the check."""
    return {key: _decoded(schema, key, value) for key, value in values.items() if key not in _PULUMIS_OWN}


def as_given(checked: Properties, given: Properties) -> Properties:
    """The checked inputs in the encoding they came in, so that a state can move between plugins."""
    return {key: given[key] if _is_text(given.get(key)) else value for key, value in checked.items()}


def _decoded(schema: Schema, key: str, value: Any) -> Any:
    if isinstance(value, Secret):
        return Secret(_decoded(schema, key, value.value))
    declared = schema.fields.get(key)
    if declared is None or declared.kind is Kind.TEXT or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _is_text(value: Any) -> bool:
    return isinstance(value.value if isinstance(value, Secret) else value, str)
