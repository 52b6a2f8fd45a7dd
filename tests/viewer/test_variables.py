"""Variables: what can be chosen comes from Prometheus, what is chosen goes into queries as Grafana puts it there."""

from typing import Any

import pytest

from tests.viewer.fake_prometheus import PERIOD, FakePrometheus, asked, document, drawn, fake_prometheus, panel, view
from viewer.documents import Variable
from viewer.errors import ReportError
from viewer.variables import Choice, Scope, parsed

ALL: dict[str, Any] = {"includeAll": True, "multi": True}


def choices(*variables: dict[str, Any], chosen: dict[str, list[str]] | None = None, **fake: Any) -> dict[str, Choice]:
    series = fake.pop("series", ())
    with fake_prometheus(*series, **fake) as asking:
        return dict(view(asking, document(templating={"list": list(variables)}), chosen).choices)


def query(name: str = "v", text: str = "label_values(up, job)", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "query", "query": text, **more}


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ({"type": "datasource", "query": "prometheus", "current": {"value": "elsewhere"}}, "prometheus"),
        ({"type": "datasource", "query": "prometheus"}, "prometheus"),
        (query(**ALL, allValue=".+", current={"value": ["$__all"]}), ".+"),
        (query(**ALL, current={"value": "$__all"}), "(api|web)"),
        (query(**ALL), "(api|web)"),
        (query(**ALL, current={}), "(api|web)"),
        (query(current={"value": ["web"]}, multi=True), "web"),
        (query(current={"value": "web"}), "web"),
        (query(current=None), "api"),
        (query(current={"value": "of another Grafana"}), "api"),
        (query(multi=True, current={"value": ["gone", "web"]}), "web"),
        ({"type": "interval", "query": "1m,5m,1h", "current": {"value": "5m"}}, "5m"),
        ({"type": "interval", "query": "1m,5m,1h"}, "1m"),
        ({"type": "custom", "query": r"Low : 1, High : 9, a\,b"}, "1"),
        ({"type": "constant", "query": 'job="x"'}, 'job="x"'),
        ({"type": "textbox", "query": "abc", "current": {"value": ""}}, "abc"),
    ],
)
def test_what_stands_for_a_variable_when_nobody_chooses(variable: dict[str, Any], text: str) -> None:
    found = choices({"name": "v", **variable}, labels=["api", "web"])
    assert Scope(found, {}).query("$v") == text


def test_what_is_chosen_takes_precedence() -> None:
    variables = (query("a", **ALL), query("b", multi=True), query("c"), {"name": "t", "type": "textbox"})
    chosen = {"a": ["$__all"], "b": ["web", "x.y"], "c": ["web", "api"], "t": ['"'], "unknown": ["x"]}
    found = choices(*variables, chosen=chosen, labels=["api", "web"])
    assert Scope(found, {}).query("$a ${b} [[c]] $t") == r'(api|web) (web|x\\.y) web "'
    assert found["a"].text == "All"
    assert found["b"].text == "web + x.y"


@pytest.mark.parametrize(
    ("text", "path", "match"),
    [
        ("label_values(job)", "label/job/values", None),
        ("label_values(up, job)", "label/job/values", "up"),
        ('label_values(up{a="x,y", b=~"(c)"}, job)', "label/job/values", 'up{a="x,y", b=~"(c)"}'),
        ("label_names()", "labels", None),
        ("metrics(node_)", "label/__name__/values", '{__name__=~".*(node_).*"}'),
    ],
)
def test_the_values_of_a_query_variable(text: str, path: str, match: str | None) -> None:
    found = choices(query(text=text), labels=["b", "a"])
    [(asked_path, parameters)] = FakePrometheus.asked
    assert (asked_path, parameters.get("match[]")) == (path, match)
    assert float(parameters["end"]) == PERIOD.until
    assert [value for _, value in found["v"].options] == ["b", "a"]


def test_a_query_in_its_newer_form_and_one_only_in_the_definition() -> None:
    newer = {"name": "n", "type": "query", "query": {"qryType": 1, "query": "label_values(job)", "refId": "x"}}
    older = {"name": "o", "type": "query", "query": None, "definition": "label_values(job)"}
    found = choices(newer, older, labels=["api"])
    assert [choice.values for choice in found.values()] == [["api"], ["api"]]


def test_a_queries_result_and_the_part_that_a_pattern_picks() -> None:
    variable = query(text="query_result(up)", regex='/job="(?<text>[^"]+)".* (?<value>[0-9]+) /')
    found = choices(variable, series=[({"__name__": "up", "job": "api"}, 7.0)])
    assert found["v"].options == [("api", "7")]


@pytest.mark.parametrize(
    ("regex", "options"),
    [
        ("/^(.*):9100$/", ["b", "a10", "a9"]),
        ("a", ["a"]),
        ("/nothing/", []),
        ("/.*9100/", ["b:9100", "a10:9100", "a9:9100"]),
    ],
)
def test_a_pattern_picks(regex: str, options: list[str]) -> None:
    found = choices(query(regex=regex), labels=["b:9100", "a10:9100", "a9:9100"])
    assert [value for _, value in found["v"].options] == options


@pytest.mark.parametrize(
    ("sort", "options"),
    [
        (0, ["b2", "B10", "a1"]),
        (1, ["B10", "a1", "b2"]),
        (2, ["b2", "a1", "B10"]),
        (3, ["a1", "b2", "B10"]),
        (4, ["B10", "b2", "a1"]),
        (5, ["a1", "B10", "b2"]),
    ],
)
def test_the_order(sort: int, options: list[str]) -> None:
    found = choices(query(sort=sort), labels=["b2", "B10", "a1"])
    assert [value for _, value in found["v"].options] == options


def test_variables_that_name_each_other_in_whatever_order() -> None:
    choices(query("pod", 'label_values(up{ns="$ns"}, pod)'), query("ns", "label_values(ns)"), labels=["x"])
    assert [parameters.get("match[]") for _, parameters in FakePrometheus.asked] == [None, 'up{ns="x"}']
    assert choices(query("a", "label_values($b)"), query("b", "label_values($a)"), labels=["x"])


def test_what_cannot_be_found_out_is_said_and_the_panels_are_there() -> None:
    made = document(panel(), templating={"list": [query("v", "something_else(x)"), query("w", regex="/(/")]})
    with fake_prometheus(({"job": "api"}, 1.0), labels=["x"]) as asking:
        found = view(asking, made).choices
        [one] = drawn(asking, made)
    assert "the query 'something_else(x)' isn't known here" in found["v"].problem
    assert "isn't understood here" in found["w"].problem
    assert one.problem == ""


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${v:regex}", r"(a\\.b|c)"),
        ("${v:pipe}", "a.b|c"),
        ("${v:csv}", "a.b,c"),
        ("${v:raw}", "a.b,c"),
        ("${v:json}", '["a.b", "c"]'),
        ("${v:glob}", "{a.b,c}"),
        ("${v:doublequote}", '"a.b","c"'),
        ("${v:singlequote}", "'a.b','c'"),
        ("${v:percentencode}", "a.b%2Cc"),
        ("${v:queryparam}", "var-v=a.b&var-v=c"),
        ("${v:text}", "a.b + c"),
        ("[[v:pipe]]", "a.b|c"),
        ("$unknown ${unknown} $1 $__interval", "$unknown ${unknown} $1 15s"),
    ],
)
def test_the_forms_of_a_reference(text: str, filled: str) -> None:
    choice = Choice(Variable.model_validate({"name": "v", "multi": True}), [("a.b", "a.b"), ("c", "c")], ["a.b", "c"])
    assert Scope({"v": choice}, {"__interval": "15s"}).query(text) == filled


def test_a_value_stays_a_value_in_a_regular_expression() -> None:
    choice = Choice(Variable.model_validate({"name": "v", "multi": True}), [], ['C:\\x "y" (z)'])
    assert Scope({"v": choice}, {}).query('{a=~"$v"}') == r'{a=~"C:\\\\x \"y\" \\(z\\)"}'


def test_panels_and_rows_are_repeated_for_the_values_that_are_chosen() -> None:
    made = document(
        panel(title="of $job", repeat="job", targets=[{"expr": 'up{job=~"$job"}'}]),
        templating={"list": [query("job", **ALL), query("host", **ALL)]},
    )
    made["panels"][0] |= {"title": "Host $host", "repeat": "host"}
    with fake_prometheus(({"job": "x"}, 1.0), labels=["a", "b"]) as asking:
        rows = view(asking, made).rows()
        drawn(asking, made, {"host": ["a"]})
    assert [row.title for row in rows] == ["Host a", "Host b"]
    assert [(placed.title, placed.x, placed.width) for placed in rows[1].panels] == [("of a", 0, 12), ("of b", 12, 12)]
    assert rows[1].panels[1].only == {"host": "b", "job": "b"}
    assert sorted(asked()) == ['up{job=~"a"}', 'up{job=~"b"}']


def test_choices_of_a_command_line() -> None:
    assert parsed(["a=1", "b=x=y", "a=2"]) == {"a": ["1", "2"], "b": ["x=y"]}


@pytest.mark.parametrize("word", ["a", "a=", "=b", ""])
def test_a_choice_that_is_none_is_refused(word: str) -> None:
    with pytest.raises(ReportError, match="write it as NAME=VALUE"):
        parsed([word])
