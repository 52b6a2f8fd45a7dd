"""A dashboard's variables stand as they do when nobody chooses anything."""

from typing import Any

import pytest

from report.errors import ReportError
from report.variables import choices, names, resolved, values

SOURCES: list[dict[str, Any]] = [
    {"uid": "logs", "name": "Logs", "type": "loki"},
    {"uid": "other", "name": "Other", "type": "prometheus"},
    {"uid": "prometheus", "name": "Prometheus", "type": "prometheus", "isDefault": True},
]


def dashboard(*variables: dict[str, Any]) -> dict[str, Any]:
    return {"templating": {"list": list(variables)}}


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ({"type": "datasource", "query": "prometheus", "current": {"value": "other"}}, "other"),
        ({"type": "datasource", "query": "prometheus", "current": {"value": "Other"}}, "other"),
        ({"type": "datasource", "query": "prometheus", "current": {"value": "default"}}, "prometheus"),
        ({"type": "datasource", "query": "prometheus"}, "prometheus"),
        ({"type": "datasource", "query": "tempo"}, "tempo"),
        ({"type": "query", "includeAll": True, "allValue": ".+", "current": {"value": ["$__all"]}}, ".+"),
        ({"type": "query", "includeAll": True, "current": {"value": "$__all"}}, ".*"),
        ({"type": "query", "includeAll": True}, ".*"),
        ({"type": "query", "current": {"value": ["api"]}}, "api"),
        ({"type": "query", "current": {"value": ["api", "a.b"]}}, r"(api|a\\.b)"),
        ({"type": "interval", "current": {"value": "5m"}}, "5m"),
        ({"type": "constant", "query": "42"}, "42"),
    ],
)
def test_what_stands_for_a_variable(variable: dict[str, Any], text: str) -> None:
    assert values(dashboard({"name": "v", **variable}), SOURCES, {}) == {"v": text}


def test_a_choice_goes_before() -> None:
    document = dashboard({"name": "service", "type": "query", "includeAll": True}, {"name": "host", "type": "query"})
    chosen = {"service": ["api", "web"], "elsewhere": ["x"]}
    assert values(document, SOURCES, chosen) == {"service": "(api|web)", "host": ""}
    assert names(document) == ["service", "host"]


def test_a_dashboard_without_variables() -> None:
    assert values({}, SOURCES, {}) == {}
    assert names({"templating": None}) == []


def test_variables_in_a_structure_are_replaced_and_grafanas_own_are_left() -> None:
    query = {
        "expr": 'rate(x{a=~"$a", b="${b}", c="${c:regex}", d="[[d]]"}[$__rate_interval]) > $unknown',
        "list": ["$a", 5],
        "datasource": {"uid": "${source}"},
    }
    assert resolved(query, {"a": "1", "b": "2", "c": "3", "d": "4", "source": "p"}) == {
        "expr": 'rate(x{a=~"1", b="2", c="3", d="4"}[$__rate_interval]) > $unknown',
        "list": ["1", 5],
        "datasource": {"uid": "p"},
    }


def test_choices_of_a_command_line() -> None:
    assert choices(["a=1", "b=x=y", "a=2"]) == {"a": ["1", "2"], "b": ["x=y"]}


@pytest.mark.parametrize("word", ["a", "a=", "=b", ""])
def test_a_choice_that_is_none_is_refused(word: str) -> None:
    with pytest.raises(ReportError, match="write it as NAME=VALUE"):
        choices([word])
