"""`monitor alerts unmeasured` on a Prometheus that is made up."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from typer.testing import CliRunner

from ops.commands import alerts as command
from ops.errors import OpsError
from ops.outputs import Outputs
from ops.unmeasured import Unmeasured, unmeasured


def vector(name: str, **jobs: str) -> dict[str, Any]:
    matchers = [{"name": "job", "type": kind, "value": value} for kind, value in jobs.items()]
    return {"type": "vectorSelector", "name": name, "matchers": matchers}


def both(left: dict[str, Any], op: str, right: dict[str, Any]) -> dict[str, Any]:
    return {"type": "binaryExpr", "op": op, "lhs": left, "rhs": right}


def call(name: str, *arguments: dict[str, Any]) -> dict[str, Any]:
    return {"type": "call", "func": {"name": name}, "args": list(arguments)}


def summed(inner: dict[str, Any]) -> dict[str, Any]:
    return {"type": "aggregation", "op": "sum", "expr": inner, "param": None}


NUMBER = {"type": "numberLiteral", "val": "5"}
THERE, GONE = vector("there"), vector("gone")
RANGE = {**GONE, "type": "matrixSelector"}
SUBQUERY = {"type": "subquery", "expr": GONE}


class Fake:
    """A Prometheus with some rules, of which an expression is the name of its tree."""

    def __init__(
        self, alerts: Mapping[str, dict[str, Any]], records: Mapping[str, dict[str, Any]] | None = None
    ) -> None:
        self.trees = {**alerts, **(records or {})}
        self.rules = [
            *({"type": "recording", "name": name, "query": name} for name in records or {}),
            *(
                {"type": "alerting", "name": name.partition("/")[0], "query": name,
                 "labels": {"severity": name.partition("/")[2] or "warning"}}
                for name in alerts
            ),
        ]  # fmt: skip

    def __call__(self, url: str, params: Mapping[str, str]) -> object:
        answers: dict[str, Any] = {
            "http://p/api/v1/rules": {"groups": [{"rules": self.rules[:1]}, {"rules": self.rules[1:]}]},
            "http://p/api/v1/label/__name__/values": ["there", "up", "recorded:there"],
            "http://p/api/v1/scrape_pools": {"scrapePools": ["node", "api"]},
        }
        if url == "http://p/api/v1/parse_query":
            return {"data": self.trees[params["query"]]}
        return {"data": answers[url]}


def missing(tree: dict[str, Any], records: Mapping[str, dict[str, Any]] | None = None) -> tuple[str, ...]:
    found, count = unmeasured("http://p", Fake({"Alert": tree}, records))
    assert count == 1
    return found[0].missing if found else ()


@pytest.mark.parametrize(
    ("tree", "lacking"),
    [
        (THERE, ()),
        (GONE, ("gone",)),
        (both(GONE, ">", NUMBER), ("gone",)),
        (both(THERE, "and", GONE), ("gone",)),
        (both(GONE, "/", vector("lost")), ("gone", "lost")),
        (both(THERE, "or", GONE), ()),
        (both(GONE, "or", THERE), ()),
        (both(GONE, "or", vector("lost")), ("gone", "lost")),
        (both(THERE, "unless", GONE), ()),
        (both(GONE, "unless", THERE), ("gone",)),
        (summed(call("rate", RANGE)), ("gone",)),
        (call("max_over_time", SUBQUERY), ("gone",)),
        ({"type": "parenExpr", "expr": GONE}, ("gone",)),
        ({"type": "unaryExpr", "op": "-", "expr": GONE}, ("gone",)),
        (call("absent", GONE), ()),
        (both(call("time"), "-", GONE), ("gone",)),
        (call("vector", NUMBER), ()),
        (vector("ALERTS"), ()),
        (vector(""), ()),
        (vector("up"), ()),
        (vector("up", **{"=": "node"}), ()),
        (vector("up", **{"=": "redis"}), ('up{job="redis"}',)),
        (vector("up", **{"=~": "redis|api"}), ()),
        (vector("up", **{"=~": "ap"}), ('up{job=~"ap"}',)),
        (vector("up", **{"!~": "node|api"}), ('up{job!~"node|api"}',)),
        (vector("up", **{"!=": "node"}), ()),
    ],
)
def test_what_an_expression_lacks(tree: dict[str, Any], lacking: tuple[str, ...]) -> None:
    assert missing(tree) == lacking


@pytest.mark.parametrize(
    ("records", "lacking"),
    [
        ({"recorded:there": GONE}, ()),
        ({"recorded:gone": GONE}, ("gone",)),
        ({"recorded:gone": THERE}, ()),  # it has nothing to say now
        ({"recorded:gone": both(call("max_over_time", RANGE), "or", vector("recorded:gone"))}, ("gone",)),
        ({"recorded:gone": vector("recorded:other"), "recorded:other": vector("lost")}, ("lost",)),
    ],
)
def test_a_recorded_series_lacks_what_it_is_made_of(
    records: dict[str, dict[str, Any]], lacking: tuple[str, ...]
) -> None:
    assert missing(vector(next(iter(records))), records) == lacking


def test_rules_of_one_alert_that_lack_the_same_are_one() -> None:
    fake = Fake({"A/warning": GONE, "A/critical": GONE, "B/info": vector("lost"), "C/info": THERE})
    assert unmeasured("http://p", fake) == (
        [Unmeasured("A", ("critical", "warning"), ("gone",)), Unmeasured("B", ("info",), ("lost",))],
        3,
    )


# --- the command


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deployed:
        pulumi = None

        @classmethod
        def open_deployed(cls, _stack: str) -> "Deployed":
            return cls()

    monkeypatch.setattr(command, "Session", Deployed)
    monkeypatch.setattr(command, "read_outputs", lambda _: Outputs.parse("dev", {"urls": {"prometheus": "http://p"}}))
    monkeypatch.setattr(command, "fetch_json", Fake({"A/critical": GONE, "Longer/info": THERE}))


@pytest.mark.usefixtures("running")
def test_the_command_lists_them_for_people_and_as_json() -> None:
    plain = CliRunner().invoke(command.app, ["unmeasured"])
    assert plain.stdout.split("\n")[:2] == [
        "A  critical           gone",
        "1 of 2 alerts have no data in this installation",
    ]
    told = CliRunner().invoke(command.app, ["unmeasured", "--json"])
    assert json.loads(told.stdout) == {
        "stack": "dev",
        "alerts": 2,
        "unmeasured": [{"alert": "A", "severities": ["critical"], "missing": ["gone"]}],
    }


@pytest.mark.usefixtures("running")
def test_a_prometheus_that_doesnt_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_url: str, _params: Mapping[str, str]) -> object:
        raise OpsError("doesn't answer at http://p: connection refused")

    monkeypatch.setattr(command, "fetch_json", refuse)
    result = CliRunner().invoke(command.app, ["unmeasured"])
    assert str(result.exception) == "Prometheus doesn't answer at http://p: connection refused"
