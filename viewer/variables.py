"""A dashboard's variables: what can be chosen, what is chosen, and how it is put into queries and titles."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from viewer.documents import Dashboard, Variable
from viewer.errors import PanelError, ReportError
from viewer.prometheus import Prometheus
from viewer.times import Period

ALL = "$__all"
_REFERENCE = re.compile(r"\$\{(?P<braced>\w+)(?:\.\w+)?(?::(?P<format>\w+))?(?::[^}]*)?\}|\$(?P<bare>\w+)"
                        r"|\[\[(?P<old>\w+)(?::(?P<oldformat>\w+))?\]\]")  # fmt: skip
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")
_LABEL_VALUES = re.compile(r"label_values\(\s*(?:(?P<match>.+?)\s*,)?\s*(?P<label>[\w$\[\]{}:]+)\s*\)", re.DOTALL)
_CALL = re.compile(r"(?P<name>query_result|metrics|label_names)\((?P<argument>.*)\)", re.DOTALL)
_PAIR = re.compile(r"\s+:\s+")
_MOST = 1000  # values that are offered


@dataclass(frozen=True)
class Choice:
    """A variable as the reader sees it: what is offered as (text, value), what of it is chosen; or why nothing is."""

    variable: Variable
    options: Sequence[tuple[str, str]] = ()
    values: Sequence[str] = ()
    everything: bool = False
    problem: str = ""

    @property
    def several(self) -> bool:
        """Its values are put into queries as regular expressions."""
        return self.variable.multi or self.variable.include_all

    @property
    def shown(self) -> bool:
        """The reader may see and change it."""
        return self.variable.type not in ("constant", "adhoc", "groupby") and self.variable.hide not in (
            2, "hideVariable", "2",
        )  # fmt: skip

    @property
    def text(self) -> str:
        """What is chosen, in words."""
        if self.everything:
            return "All"
        texts = {value: text for text, value in self.options}
        return " + ".join(texts.get(value, value) for value in self.values)


@dataclass(frozen=True)
class Scope:
    """Everything that `$name` may mean in a panel: variables of the dashboard, and Grafana's own."""

    choices: Mapping[str, Choice]
    builtin: Mapping[str, str]

    def only(self, values: Mapping[str, str]) -> Scope:
        """The same, in the copy of a panel that is repeated for these values."""
        fixed = {
            name: replace(choice, values=[values[name]], everything=False)
            for name, choice in self.choices.items()
            if name in values
        }
        return replace(self, choices={**self.choices, **fixed})

    def query(self, text: str) -> str:
        """A query with its variables filled in, as Grafana does for Prometheus."""
        return self._filled(text, _in_query)

    def words(self, text: str) -> str:
        """A title or text with its variables filled in."""
        return self._filled(text, lambda choice: choice.text)

    def _filled(self, text: str, standard: Callable[[Choice], str]) -> str:
        def value(match: re.Match[str]) -> str:
            name = match["braced"] or match["bare"] or match["old"]
            if name in self.builtin:
                return self.builtin[name]
            choice = self.choices.get(name)
            if choice is None:
                return match[0]
            wanted = match["format"] or match["oldformat"]
            return _formatted(choice, wanted) if wanted else standard(choice)

        return _REFERENCE.sub(value, text) if "$" in text or "[[" in text else text


def choose(
    dashboard: Dashboard, asked: Mapping[str, Sequence[str]], prometheus: Prometheus, source: str, period: Period
) -> dict[str, Choice]:
    """The dashboard's variables with what is chosen: what was asked for, else what the document says.

    Names that the dashboard hasn't are passed over; `source` is the uid of Prometheus as a datasource.
    """
    listed = {variable.name: variable for variable in dashboard.variables}
    found: dict[str, Choice] = {}
    begun: set[str] = set()

    def one(name: str) -> None:
        begun.add(name)
        variable = listed[name]
        # a query may name other variables, above or below
        for match in _REFERENCE.finditer(_query_text(variable) + variable.regex):
            other = match["braced"] or match["bare"] or match["old"]
            if other in listed and other not in begun:
                one(other)
        options, problem = list[tuple[str, str]](), ""
        try:
            scope = Scope(found, period.builtin(60.0, 60.0))
            options = _options(variable, scope, prometheus, source, period)[:_MOST]
        except PanelError as error:
            problem = str(error)
        found[name] = _chosen(variable, asked.get(name), options, source, problem)

    for name in listed:
        if name not in begun:
            one(name)
    return {name: found[name] for name in listed}


def parsed(words: Sequence[str]) -> dict[str, list[str]]:
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


def _chosen(
    variable: Variable, asked: Sequence[str] | None, options: Sequence[tuple[str, str]], source: str, problem: str
) -> Choice:
    current = variable.current.get("value") if isinstance(variable.current, dict) else None
    written = [str(each) for each in (current if isinstance(current, list) else [current]) if each not in (None, "")]
    values = [value for value in asked if value] if asked is not None else written
    if variable.type == "textbox":
        return Choice(variable, [], values or [_query_text(variable)])
    if variable.type == "constant":
        return Choice(variable, [], [_query_text(variable) or next(iter(written), "")])
    everything = variable.include_all and any(value in (ALL, "All") for value in values)
    known = {value for _, value in options}
    if asked is None and known:
        values = [value for value in values if value in known]  # what the author's Grafana had isn't here
    if variable.type == "datasource":
        values = [source]
    if everything or (not values and variable.include_all and (variable.multi or not written)):
        return Choice(variable, options, _all(variable, options), everything=True, problem=problem)
    values = values or [value for _, value in options[:1]]
    return Choice(variable, options, values if variable.multi else values[:1], problem=problem)


def _all(variable: Variable, options: Sequence[tuple[str, str]]) -> list[str]:
    return [variable.all_value] if variable.all_value else [value for _, value in options]


def _options(
    variable: Variable, scope: Scope, prometheus: Prometheus, source: str, period: Period
) -> list[tuple[str, str]]:
    if variable.type == "datasource":
        return [(source, source)]
    if variable.type in ("custom", "interval"):
        words = re.split(r"(?<!\\),", _query_text(variable))
        pairs = [_PAIR.split(word.strip().replace("\\,", ","), maxsplit=1) for word in words if word.strip()]
        return [(pair[0], pair[-1]) for pair in pairs]
    if variable.type != "query":
        return []
    found = _values(scope.query(_query_text(variable)), prometheus, period)
    return _sorted(_matching(found, scope.words(variable.regex)), variable.sort)


def _query_text(variable: Variable) -> str:
    query = variable.query
    if isinstance(query, dict):
        query = query.get("query")
    return str(query or variable.definition or "")


def _values(query: str, prometheus: Prometheus, period: Period) -> list[str]:
    """What a query variable's query gives, in Grafana's language for Prometheus."""
    query = query.strip()
    if found := _LABEL_VALUES.fullmatch(query):
        return prometheus.label_values(found["label"], found["match"] or "", period.since, period.until)
    call = _CALL.fullmatch(query)
    if not query:
        return []
    if call is None:
        raise PanelError(
            f"the query '{query}' isn't known here; use label_values, query_result, metrics or label_names"
        )
    argument = call["argument"].strip()
    if call["name"] == "label_names":
        return prometheus.label_names(argument, period.since, period.until)
    if call["name"] == "metrics":
        match = f'{{__name__=~".*({argument}).*"}}' if argument else ""
        return prometheus.label_values("__name__", match, period.since, period.until)
    lines = []
    for series in prometheus.instant(argument, period.until):
        labels = ",".join(f'{key}="{value}"' for key, value in series.labels.items() if key != "__name__")
        name = series.labels.get("__name__", "")
        at, value = series.points[-1]
        lines.append(f"{name}{{{labels}}} {value:g} {at * 1000:.0f}")
    return lines


def _matching(values: Sequence[str], regex: str) -> list[tuple[str, str]]:
    """The parts of the values that a regular expression picks out, each once."""
    if not regex:
        return list(dict.fromkeys((value, value) for value in values))
    body = re.fullmatch(r"/(.*)/[gimsuy]*", regex, re.DOTALL)
    try:
        # JavaScript writes a group's name as (?<name>…)
        pattern = re.compile(re.sub(r"\(\?<(?=\w)", "(?P<", body[1] if body else regex))
    except re.error as error:
        raise PanelError(f"the regular expression {regex} isn't understood here: {error}") from None
    found: dict[tuple[str, str], None] = {}
    for value in values:
        for match in pattern.finditer(value):
            named = match.groupdict()
            picked = next((group for group in match.groups() if group is not None), match[0])
            result = named.get("value") or named.get("text") or picked
            found[(named.get("text") or result, result)] = None
            if not match.groups():
                break
    return list(found)


def _sorted(options: list[tuple[str, str]], sort: int) -> list[tuple[str, str]]:
    """By Grafana's numbers: 1 and 2 alphabetical, 3 and 4 by the number in them, 5 and 6 whatever the case."""
    keys: dict[int, Callable[[tuple[str, str]], Any]] = {
        1: lambda option: option[0],
        3: lambda option: float((re.findall(r"\d+(?:\.\d+)?", option[0]) or ["-1"])[0]),
        5: lambda option: option[0].lower(),
        7: lambda option: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", option[0])],
    }
    key = keys.get(sort - (sort + 1) % 2)
    return sorted(options, key=key, reverse=sort % 2 == 0) if key and sort else options


def _in_query(choice: Choice) -> str:
    if not choice.several:
        value = "".join(choice.values[:1])
        return _in_quotes(value) if choice.variable.type == "query" else value
    if choice.everything and choice.variable.all_value:
        return choice.variable.all_value
    return _pattern(choice.values)


def _in_quotes(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _pattern(values: Sequence[str]) -> str:
    """As Grafana puts them into a regular expression between quotes."""
    escaped = [_in_quotes(_SPECIAL.sub(r"\\\g<0>", value)) for value in values]
    return escaped[0] if len(escaped) == 1 else "(" + "|".join(escaped) + ")"


def _formatted(choice: Choice, wanted: str) -> str:
    values = list(choice.values)
    if choice.everything and choice.variable.all_value and wanted in ("regex", "pipe", "raw", "glob"):
        return choice.variable.all_value
    formats: dict[str, Callable[[], str]] = {
        "regex": lambda: _pattern(values),
        "pipe": lambda: "|".join(values),
        "text": lambda: choice.text,
        "json": lambda: json.dumps(values),
        "percentencode": lambda: quote(",".join(values), safe=""),
        "doublequote": lambda: ",".join(json.dumps(value) for value in values),
        "singlequote": lambda: ",".join("'" + value.replace("'", "\\'") + "'" for value in values),
        "queryparam": lambda: "&".join(f"var-{choice.variable.name}={quote(value)}" for value in values),
        "glob": lambda: values[0] if len(values) == 1 else "{" + ",".join(values) + "}",
    }
    return formats.get(wanted, lambda: ",".join(values))()
