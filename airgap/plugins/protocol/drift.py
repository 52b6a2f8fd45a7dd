"""What a refresh says changed outside of Pulumi."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from airgap.plugins.protocol.check import DEFAULTS
from airgap.plugins.protocol.diff import unchanged
from airgap.plugins.protocol.schema import Field
from airgap.plugins.protocol.values import Properties

_PLAIN: Final[Mapping[str, Field]] = MappingProxyType({})


def given(inputs: Properties) -> Properties:
    """The inputs without the plugin's own records."""
    return {key: value for key, value in inputs.items() if key != DEFAULTS}


def drifted(
    inputs: Properties,
    before: Properties,
    now: Properties,
    watched: Iterable[str],
    fields: Mapping[str, Field] = _PLAIN,
) -> Properties:
    """The inputs as reality has them now.

    Only what differs from the last known outputs counts as drift, not what differs from the inputs: an engine may
    round, fill in or refuse a value (no swap limits on this host), and that must not show as a change for ever.

    Args:
        inputs: The inputs in the state.
        before: The outputs in the state.
        now: The outputs read just now.
        watched: The inputs that can change on an existing object.
        fields: Declarations of the watched inputs whose values may look different and mean the same.
    """
    result = dict(inputs)
    for key in watched:
        if key in before and not _equal(fields.get(key), before[key], now.get(key)):
            result[key] = now.get(key)
    return {key: value for key, value in result.items() if value is not None}


def _equal(declared: Field | None, before: Any, now: Any) -> bool:
    return bool(before == now) if declared is None else unchanged(declared, before, now)
