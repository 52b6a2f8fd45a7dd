"""Inputs that many of Grafana's resource types have, and when their values mean the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from airgap.plugins.grafana import ids
from airgap.plugins.protocol.schema import Change, Field, text

UPDATE: Final = Change.UPDATE


def _org_problem(org: str) -> str | None:
    return None if re.fullmatch(r"\d+", org) else f"must be an organisation's number such as '1', not {org!r}"


def not_given(before: Any, after: Any) -> bool:
    """For inputs that Grafana fills in: what the program doesn't give stays as it is."""
    return after in (None, "") or before == after


ORG_ID: Final[Field] = text(valid=_org_problem, same=not_given)

# An account's e-mail address or login, which Grafana tells apart whatever their case.
ignoring_case: Final[Callable[[Any, Any], bool]] = lambda before, after: (  # noqa: E731
    str(before or "").casefold() == str(after or "").casefold()
)


def uid_problem(uid: str) -> str | None:
    """Why Grafana would refuse this as a uid, or None."""
    if len(uid) > 40:
        return f"must be no longer than 40 characters, not {len(uid)}"
    if not re.fullmatch(r"[a-zA-Z0-9_-]*", uid):
        return f"must consist of letters, digits, '-' and '_', not {uid!r}"
    return None


def same_id(before: Any, after: Any) -> bool:
    """An id means the same with and without its organisation."""
    return _bare(before) == _bare(after)


def _bare(id: Any) -> str:
    name = ids.bare(id)
    return "" if name == "0" else name


def json_object_problem(value: str) -> str | None:
    """Why this isn't a JSON object, or None."""
    try:
        parsed = json.loads(value)
    except ValueError as error:
        return f"must be JSON: {error}"
    return None if isinstance(parsed, dict) else "must be a JSON object"


def same_json(before: Any, after: Any) -> bool:
    """Whether two JSON texts mean the same; nothing is an empty object."""
    if before == after:
        return True
    try:
        return canonical(json.loads(before or "{}")) == canonical(json.loads(after or "{}"))
    except (TypeError, ValueError):
        return False


def canonical(value: Any) -> str:
    """The one text for a JSON value, whatever the order of its keys and the way its numbers are written."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
