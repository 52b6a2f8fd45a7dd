"""What an export leaves open, such as `${DS_PROMETHEUS}`: filled in with what the stack has.

Grafana makes an input's name of a datasource's or a constant's own, brackets and spaces included: the datasource
"Prometheus (prod)" becomes `${DS_PROMETHEUS_(PROD)}`. So what the export declares is looked for letter by letter.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from config.grafana.datasources import RENAMED_PLUGINS, Datasource

# what computes with other queries' results: a datasource that every Grafana has under this uid
_EXPRESSION = "__expr__"
_UNDECLARED = r"DS_[^}:]+"


def resolved(
    document: dict[str, Any], text: str, sources: Sequence[Datasource], said: Mapping[str, str]
) -> dict[str, Any]:
    """The document with a value for each input.

    Args:
        document: as it was exported.
        text: the same as JSON, so that a document without inputs is not searched value by value.
        sources: the stack's datasources.
        said: values that the settings give, by input; they go before.

    Raises:
        ValueError: an input has no value.
    """
    declared = list(_declared(document))
    if not declared and not said and "${DS_" not in text:
        return document
    values = {**_values(declared, sources), **said}
    # a variable that the viewer chooses is no input, whatever its name
    own = _variables(document) - set(said)
    names = [*(each["name"] for each in declared), *said]
    pattern = re.compile(r"\$\{(" + "|".join([*map(re.escape, names), _UNDECLARED]) + r")\}")

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name in own:
            return match[0]
        if name not in values:
            raise ValueError(
                f"the input ${{{name}}} has no value; give it one in grafana.dashboards: {{file: …, inputs: "
                f"{{{name}: UID}}}}"
            )
        return values[name]

    return {key: _replaced(part, pattern, value) for key, part in document.items()}


def _declared(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for each in document.get("__inputs") or ():
        if isinstance(each, dict) and isinstance(each.get("name"), str):
            yield each


def _values(declared: Sequence[Mapping[str, Any]], sources: Sequence[Datasource]) -> dict[str, str]:
    """A datasource of the right type, or the constant's own value."""
    found: dict[str, str] = {}
    for each in declared:
        if each.get("type") == "constant":
            found[each["name"]] = str(each.get("value", ""))
        elif each.get("pluginId") == _EXPRESSION:
            found[each["name"]] = _EXPRESSION
        elif each.get("type") == "datasource":
            plugin = str(each.get("pluginId"))
            of_type = [source.uid for source in sources if source.type == RENAMED_PLUGINS.get(plugin, plugin)]
            if of_type:
                found[each["name"]] = of_type[0]
    return found


def _variables(document: Mapping[str, Any]) -> set[str]:
    templating = document.get("templating")
    listed = templating.get("list") if isinstance(templating, dict) else None
    return {str(each.get("name")) for each in listed or () if isinstance(each, dict)}


def _replaced(part: Any, pattern: re.Pattern[str], value: Callable[[re.Match[str]], str]) -> Any:
    if isinstance(part, str):
        return pattern.sub(value, part)
    if isinstance(part, dict):
        return {key: _replaced(inner, pattern, value) for key, inner in part.items()}
    if isinstance(part, list):
        return [_replaced(inner, pattern, value) for inner in part]
    return part
