"""Dashboards are read from Grafana, asked as they are opened, and what fails is one panel's affair."""

from datetime import UTC

import pytest

from report.collect import collect
from report.errors import ReportError
from report.grafana import Grafana
from report.period import Period
from tests.report.answers import answer, series_frame
from tests.report.fake_grafana import TOKEN, FakeGrafana, dashboard, fake_grafana, panel

PERIOD = Period(1000.0, 1000.0 + 7 * 86400, UTC)
RESULTS = {"results": answer(series_frame("api", [2000, 3000], [1, 2]))}
SHOP = {
    "shop": dashboard("shop", panel("Requests"), panel("Now", "stat")),
    "alerts": dashboard("alerts", panel("Firing")),
}


def test_every_panel_is_asked_for_the_period_with_its_variables_resolved() -> None:
    told: list[str] = []
    with fake_grafana(SHOP, RESULTS) as url:
        found = collect(Grafana(url, token=TOKEN), ["shop"], PERIOD, told=told.append)
    [only] = found
    assert (only.uid, only.title, only.description) == ("shop", "Shop", "What shop shows.")
    assert [each.panel.title for each in only.panels] == ["Requests", "Now"]
    assert all(each.problem is None for each in only.panels)
    assert told == ["Shop: 2 panels"]
    for body in FakeGrafana.asked:
        [query] = body["queries"]
        assert query["expr"] == 'up{service=~".*"}'
        assert query["datasource"] == {"uid": "prometheus"}
        assert (body["from"], body["to"]) == ("1000000", str(1000000 + 7 * 86400 * 1000))
        assert query["intervalMs"] * query["maxDataPoints"] == pytest.approx(7 * 86400 * 1000, rel=0.01)


def test_all_dashboards_when_none_is_named() -> None:
    with fake_grafana(SHOP, RESULTS) as url:
        found = collect(Grafana(url, token=TOKEN), [], PERIOD, {"service": ["api"]})
    assert [one.uid for one in found] == ["alerts", "shop"]
    assert {body["queries"][0]["expr"] for body in FakeGrafana.asked} == {'up{service=~"api"}'}


@pytest.mark.parametrize(
    ("results", "status", "why"),
    [
        ({"results": {"A": {"error": "bad query"}}}, 400, "the query failed: bad query"),
        ({"message": "no such datasource"}, 404, "the query failed: no such datasource"),
        ({}, 500, "the query failed: Grafana answers 500"),
    ],
)
def test_a_query_that_fails_leaves_the_others(results: dict[str, object], status: int, why: str) -> None:
    with fake_grafana(SHOP, results, status) as url:
        [only] = collect(Grafana(url, token=TOKEN), ["shop"], PERIOD)
    assert [each.problem for each in only.panels] == [why, why]
    assert all(each.picture.png.startswith(b"\x89PNG") for each in only.panels)


def test_a_panel_that_cannot_be_drawn_leaves_the_others() -> None:
    broken = {**panel("Broken"), "fieldConfig": {"defaults": {"min": "nonsense"}}}
    with fake_grafana({"shop": dashboard("shop", broken, panel("Requests"))}, RESULTS) as url:
        [only] = collect(Grafana(url, token=TOKEN), ["shop"], PERIOD)
    assert [each.problem is None for each in only.panels] == [False, True]
    assert "it can't be drawn" in str(only.panels[0].problem)


@pytest.mark.parametrize(
    ("uids", "chosen", "sentence"),
    [
        (["shop", "nope"], {}, "Grafana has no dashboard 'nope'; there are alerts, shop"),
        (
            ["shop"],
            {"region": ["x"]},
            "has a variable 'region'; there are datasource, service",
        ),
    ],
)
def test_what_is_not_there_is_named(uids: list[str], chosen: dict[str, list[str]], sentence: str) -> None:
    with fake_grafana(SHOP, RESULTS) as url, pytest.raises(ReportError, match=sentence):
        collect(Grafana(url, token=TOKEN), uids, PERIOD, chosen)


def test_a_grafana_without_dashboards() -> None:
    with fake_grafana({}, RESULTS) as url, pytest.raises(ReportError, match="there is no dashboard"):
        collect(Grafana(url, token=TOKEN), [], PERIOD)


def test_a_wrong_token_is_said_and_not_shown() -> None:
    with fake_grafana(SHOP, RESULTS) as url, pytest.raises(ReportError, match="refuses the login") as raised:
        collect(Grafana(url, token="another-canary"), ["shop"], PERIOD)
    assert "canary" not in str(raised.value)
    assert "canary" not in repr(Grafana(url, token="another-canary", login=("admin", "canary")))


def test_a_grafana_that_is_not_there() -> None:
    with pytest.raises(ReportError, match=r"Grafana doesn't answer at http://127\.0\.0\.1:1"):
        collect(Grafana("http://127.0.0.1:1", token=TOKEN), ["shop"], PERIOD)
