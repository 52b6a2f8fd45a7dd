"""Of a panel with several queries each has to give something, and all that don't are named at once."""

from typing import Any

from config.grafana.dashboards import dashboards
from tests.e2e.panel_answers import NEEDS, PanelTarget, dead, may_be_empty, targets, values
from tests.support.rendered import settings

DOCUMENT = {
    "uid": "shop",
    "panels": [
        {"type": "row", "title": "Heading"},
        {
            "title": "Sold",
            "targets": [{"refId": letter, "expr": f"rate({letter}[$__rate_interval])"} for letter in "ABCD"],
        },
    ],
}


def frame(*values: float | None) -> dict[str, Any]:
    return {"data": {"values": [[0] * len(values), list(values)]}}


RESULTS: dict[str, dict[str, Any]] = {
    "A": {"status": 200, "frames": [frame(0)]},
    "B": {"status": 200, "frames": [frame(None), {"data": {"values": []}}]},
    "C": {"status": 400, "error": "parse error", "frames": []},
    "D": {},
}


def answer(target: PanelTarget) -> list[Any]:
    return values(RESULTS[target.query["refId"]])


def test_every_query_that_shows_nothing_is_named() -> None:
    assert dead(targets(DOCUMENT), answer) == [
        "shop: Sold B: rate(B[1m]): nothing",
        "shop: Sold C: rate(C[1m]): fails: parse error",
        "shop: Sold D: rate(D[1m]): nothing",
    ]


def test_one_that_is_listed_may_show_nothing_but_not_fail() -> None:
    uid, title, letter = next(iter(NEEDS))
    listed = PanelTarget(uid, title, {"refId": letter, "expr": "up"})
    assert dead([listed], lambda _: []) == []
    assert dead([listed], lambda _: values(RESULTS["C"])) == [f"{uid}: {title} {letter}: up: fails: parse error"]


def test_a_server_that_the_demo_has_not_may_show_nothing() -> None:
    assert may_be_empty(("rabbitmq", "Memory", "A"))
    assert not may_be_empty(("redis", "Memory", "A"))


def test_what_is_listed_is_there() -> None:
    there = {target.key for each in dashboards(settings("dev")) for target in targets(each.model())}
    assert set(NEEDS) <= there
