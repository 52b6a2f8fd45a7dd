"""What an export leaves open or names as its author's Grafana does, such as `${DS_PROMETHEUS}`: what the stack has.

Grafana makes an input's name of a datasource's or a constant's own, brackets and spaces included: the datasource
"Prometheus (prod)" becomes `${DS_PROMETHEUS_(PROD)}`. So what the export declares is looked for letter by letter.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.grafana.datasources import RENAMED_PLUGINS, Datasource

# what computes with other queries' results: a datasource that every Grafana has under this uid
_EXPRESSION = "__expr__"
_EVERYWHERE = (_EXPRESSION, "grafana", "-- Grafana --", "-- Mixed --", "-- Dashboard --")
_MIXED = "-- Mixed --"
_VARIABLE = re.compile(r"\$\{([^}:]+)(?::[^}]*)?\}|\$(\w+)|\[\[([^\]:]+)(?::[^\]]*)?\]\]")
_ON_OPENING = 1  # when a variable's values are asked for

Json = dict[str, Any]


def resolved(document: Json, sources: Sequence[Datasource], said: Mapping[str, str]) -> Json:
    """The document with a value for each input, and the stack's datasources in its panels, variables and annotations.

    Args:
        document: as it was exported, in the classic schema.
        sources: the stack's datasources.
        said: values that the settings give, by input or by the name or uid of a datasource; they take precedence.

    Raises:
        ValueError: an input has no value, or the stack has no datasource of a type.
    """
    declared = list(_dicts(document.get("__inputs")))
    variables = list(_dicts(_listed(document, "templating")))
    names = {str(each.get("name")) for each in variables}
    references = _References(sources, said, names)
    values = {str(each.get("name")): references.value(each) for each in declared} | dict(said)
    # a variable that the viewer chooses is no input, whatever its name
    if open_ := [name for name in values if name not in names or name in said]:
        pattern = re.compile(r"\$\{(" + "|".join(map(re.escape, open_)) + r")\}")
        value = _value_from(values)
        document = {key: _replaced(part, pattern, value) for key, part in document.items()}
    parts = {
        "panels": [references.in_panel(panel) for panel in document["panels"]],
        **{
            key: {**document[key], "list": [change(each) for each in _dicts(_listed(document, key))]}
            for key, change in (("templating", references.in_variable), ("annotations", references.in_annotation))
            if isinstance(document.get(key), dict)
        },
    }
    return {**document, **parts}


@dataclass(frozen=True)
class _References:
    """Names and uids of datasources, as an export has them, and what they are in this stack."""

    sources: Sequence[Datasource]
    said: Mapping[str, str]
    variables: set[str]

    def value(self, declared: Mapping[str, Any]) -> str | None:
        """What an input stands for: a datasource of the right type, or the constant's own value."""
        if declared.get("type") == "constant":
            return str(declared.get("value") or "")
        kind = str(declared.get("pluginId"))
        source = self._of_type(kind)
        return _EXPRESSION if kind == _EXPRESSION else source.uid if source else None

    def in_panel(self, panel: Json) -> Json:
        place = f"panel '{panel.get('title') or panel.get('id')}'"
        if panel.get("type") in ("row", "text"):  # they ask nothing
            panel = {key: value for key, value in panel.items() if key != "datasource"}
        if panel.get("panels"):
            return {**panel, "panels": [self.in_panel(inner) for inner in panel["panels"]]}
        targets = list(_dicts(panel.get("targets")))
        if given := panel.get("datasource"):
            panel = {**panel, "datasource": self._resolved(given, targets, place)}
        if not targets:
            return panel
        for number, target in enumerate(targets):
            if given := target.get("datasource"):
                targets[number] = {**target, "datasource": self._resolved(given, [target], place)}
            else:
                targets[number] = {key: value for key, value in target.items() if key != "datasource"}
        # none means that of the first query, else the default one; beside each other, each has its own
        own = [target["datasource"] for target in targets if _uid(target.get("datasource")) not in ("", _EXPRESSION)]
        whole = panel.get("datasource") or next(iter(own), self._default())
        if _uid(whole) == _MIXED:
            targets = [{"datasource": self._default()} | target for target in targets]
        return {**panel, "datasource": whole, "targets": targets}

    def in_variable(self, variable: Json) -> Json:
        if variable.get("type") == "datasource":
            source = self._of_type(str(variable.get("query")))
            current = variable.get("current")
            values = current.get("value") if isinstance(current, dict) else None
            there = ["default", *(each for known in self.sources for each in (known.uid, known.name))]
            if source and values and any(v not in there for v in (values if isinstance(values, list) else [values])):
                value = [source.uid] if variable.get("multi") else source.uid
                chosen = {"selected": True, "text": source.name, "value": value}
                return {**variable, "current": chosen, "regex": ""}  # that is about names elsewhere
        if variable.get("type") not in ("query", "adhoc", "groupby"):
            return variable
        place = f"variable '{variable.get('name')}'"
        given = variable.get("datasource")
        variable = {**variable, "datasource": self._resolved(given, [variable], place) if given else self._default()}
        if variable["type"] == "query" and not variable.get("refresh"):
            variable["refresh"] = _ON_OPENING  # the values in the file are those of another place, or none
        return variable

    def in_annotation(self, annotation: Json) -> Json:
        given = annotation.get("datasource")
        place = f"annotation '{annotation.get('name')}'"
        return {**annotation, "datasource": self._resolved(given, [annotation], place)} if given else annotation

    def _resolved(self, reference: Any, asked: Sequence[Json], place: str) -> Any:
        """A reference in the form that it had: a name or uid, or a mapping with the type."""
        if not isinstance(reference, dict):
            return self._source(str(reference), "", asked, place)
        uid = self._source(_uid(reference), str(reference.get("type") or ""), asked, place)
        # of a plugin that was renamed, its name of today
        kind = next((source.type for source in self.sources if source.uid == uid), reference.get("type"))
        return {**reference, **({"type": kind} if reference.get("type") else {}), "uid": uid}

    def _source(self, name: str, kind: str, asked: Sequence[Json], place: str) -> str:
        variable = _VARIABLE.fullmatch(name)
        called = next(filter(None, variable.groups())) if variable else name
        if called in self.said:
            return self.said[called]
        if name in (*_EVERYWHERE, *self.said.values()) or (variable and called in self.variables):
            return name
        if not name and kind in ("datasource", "grafana"):
            return name
        for source in self.sources:
            if name in (source.uid, source.name):
                return source.uid
        kind = kind or _kind(name, asked)
        if name in ("", "default") and not kind:
            return self.sources[0].uid
        found = self._of_type(kind)
        if found is None:
            raise ValueError(
                f"{place} asks the datasource '{name}'{f' of type {kind}' if kind else ''}, and this stack has none "
                "such; add one to grafana.datasources, or say which one stands for it in grafana.dashboards: "
                f"{{file: …, inputs: {{'{called}': UID}}}}"
            )
        return found.uid

    def _of_type(self, kind: str) -> Datasource | None:
        kind = RENAMED_PLUGINS.get(kind, kind)
        return next((source for source in self.sources if source.type == kind), None)

    def _default(self) -> Json:
        return {"type": self.sources[0].type, "uid": self.sources[0].uid}


def _kind(name: str, asked: Sequence[Json]) -> str:
    """The type of a datasource of which only the name is known (before Grafana 8.3): by its name, else its queries."""
    for kind in ("prometheus", "loki", "tempo", "postgres"):
        if kind in name.lower():
            return kind
    if any("rawSql" in each for each in asked):
        return "postgres"
    if not asked or any("expr" in each or isinstance(each.get("query"), str | dict) for each in asked):
        return "prometheus"
    return ""


def _uid(reference: Any) -> str:
    return str((reference.get("uid") if isinstance(reference, dict) else reference) or "")


def _listed(document: Mapping[str, Any], key: str) -> Any:
    part = document.get(key)
    return part.get("list") if isinstance(part, dict) else None


def _dicts(listed: Any) -> Iterator[Json]:
    yield from (each for each in (listed if isinstance(listed, list) else ()) if isinstance(each, dict))


def _replaced(part: Any, pattern: re.Pattern[str], value: Callable[[re.Match[str]], str]) -> Any:
    if isinstance(part, str):
        return pattern.sub(value, part)
    if isinstance(part, dict):
        return {key: _replaced(inner, pattern, value) for key, inner in part.items()}
    if isinstance(part, list):
        return [_replaced(inner, pattern, value) for inner in part]
    return part


def _value_from(values: Mapping[str, str | None]) -> Callable[[re.Match[str]], str]:
    def value(match: re.Match[str]) -> str:
        found = values[match[1]]
        if found is None:
            raise ValueError(
                f"the input ${{{match[1]}}} has no value; give it one in grafana.dashboards: {{file: …, inputs: "
                f"{{{match[1]}: UID}}}}"
            )
        return found

    return value
