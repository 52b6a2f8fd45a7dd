"""A dashboard's variables, as they stand when nobody chooses anything: the way it is opened."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from report.errors import ReportError

_ALL = "$__all"
_NAME = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)|\[\[(\w+)\]\]")
_QUOTED = re.compile(r"[\\^$.|?*+()\[\]{}]")

Values = Mapping[str, str]


def values(
    document: Mapping[str, Any], datasources: Sequence[Mapping[str, Any]], chosen: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Variable -> the text that stands for it in a query.

    Args:
        document: the dashboard.
        datasources: as Grafana lists them.
        chosen: values for variables, instead of those the dashboard has; a name it hasn't is passed over.
    """
    found = {}
    for variable in (document.get("templating") or {}).get("list", []):
        name, current = variable["name"], (variable.get("current") or {}).get("value")
        if name in chosen:
            found[name] = _joined(chosen[name])
        elif variable.get("type") == "datasource":
            found[name] = _datasource(variable, current, datasources)
        elif current in (_ALL, [_ALL]) or (variable.get("includeAll") and not current):
            found[name] = str(variable.get("allValue") or ".*")
        elif isinstance(current, list):
            found[name] = _joined([str(each) for each in current])
        else:
            found[name] = str(current if current not in (None, "") else variable.get("query") or "")
    return found


def names(document: Mapping[str, Any]) -> list[str]:
    """The names of a dashboard's variables."""
    return [variable["name"] for variable in (document.get("templating") or {}).get("list", [])]


def resolved(value: Any, known: Values) -> Any:
    """A structure with every variable in its texts replaced; Grafana's own (`$__interval`) stay for it to resolve."""
    if isinstance(value, str):
        return _NAME.sub(lambda match: known.get(match[1] or match[2] or match[3], match[0]), value)
    if isinstance(value, list):
        return [resolved(each, known) for each in value]
    if isinstance(value, dict):
        return {key: resolved(each, known) for key, each in value.items()}
    return value


def choices(words: Sequence[str]) -> dict[str, list[str]]:
    """`NAME=VALUE` as they are given on a command line; a name that is given twice has both values.

    Raises:
        ReportError: a word without a name or a value.
    """
    found: dict[str, list[str]] = {}
    for word in words:
        name, separator, value = word.partition("=")
        if not (name and separator and value):
            raise ReportError(f"'{word}' is no choice of a variable; write it as NAME=VALUE, such as service=api")
        found.setdefault(name, []).append(value)
    return found


def _joined(several: Sequence[str]) -> str:
    """As Grafana puts them into a regular expression."""
    if len(several) == 1:
        return several[0]
    return "(" + "|".join(_QUOTED.sub(r"\\\\\g<0>", one) for one in several) + ")"


def _datasource(variable: Mapping[str, Any], current: Any, datasources: Sequence[Mapping[str, Any]]) -> str:
    kind = str(variable.get("query"))
    fitting = [source for source in datasources if source.get("type") == kind]
    for source in fitting:
        if current in (source.get("uid"), source.get("name")):
            return str(source["uid"])
    standard = [source for source in fitting if source.get("isDefault")] or fitting
    if standard and current in (None, "", "default"):
        return str(standard[0]["uid"])
    return str(current or kind)
