"""Documents of every age and origin are read, or named; what is wrong in one panel is that panel's affair."""

import json
from typing import Any

import pytest

from tests.viewer.fake_prometheus import document, drawn, fake_prometheus, panel
from viewer.documents import Dashboard, dashboard, read
from viewer.errors import DashboardError

UP = ({"job": "api"}, 1.0)


def panels(made: Dashboard) -> list[Any]:
    return [each for row in made.rows for each in row.panels]


def test_rows_hold_the_panels_below_them_and_those_folded_up() -> None:
    made = dashboard(
        {
            "title": "T",
            "panels": [
                panel(title="first", gridPos={"y": 0}),
                {"type": "row", "title": "Open", "gridPos": {"y": 8}},
                panel(title="right", gridPos={"y": 9, "x": 12}),
                panel(title="left", gridPos={"y": 9, "x": 0}),
                {
                    "type": "row",
                    "title": "Folded",
                    "collapsed": True,
                    "gridPos": {"y": 20},
                    "panels": [panel(title="in")],
                },
            ],
        }
    )
    assert [(row.title, row.collapsed, [each.title for each in row.panels]) for row in made.rows] == [
        ("", False, ["first"]),
        ("Open", False, ["left", "right"]),
        ("Folded", True, ["in"]),
    ]
    assert len({each.key for each in panels(made)}) == 4
    assert made.panel(panels(made)[3].key).title == "in"
    with pytest.raises(DashboardError, match="has no panel 77"):
        made.panel("77")


@pytest.mark.parametrize(
    "more",
    [
        {"templating": {"list": None}},
        {"templating": None, "annotations": None, "time": None, "tags": None, "refresh": None},
        {"templating": {"list": [None, 5, {"type": "query"}]}, "annotations": {"list": [7, None]}},
        {"templating": [], "annotations": "x", "time": [], "tags": "x"},
    ],
)
def test_what_should_be_there_and_is_not_changes_nothing_else(more: dict[str, Any]) -> None:
    with fake_prometheus(UP) as asking:
        [one] = drawn(asking, document(panel(), **more))
    assert one.problem == ""
    assert one.chart


@pytest.mark.parametrize("reference", [None, "", "default", {"uid": None}, {"type": "prometheus"}, "-- Mixed --"])
def test_no_datasource_means_the_stacks_prometheus(reference: Any) -> None:
    target = {"expr": "up", "datasource": reference}
    with fake_prometheus(UP) as asking:
        [one] = drawn(asking, document(panel(datasource=reference, targets=[target])))
    assert one.problem == ""


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ({"type": "prometheus", "uid": "PBFA97CFB590B2093"}, ""),
        ({"type": "loki", "uid": "logs"}, "its datasource 'Logs' (loki) isn't this stack's Prometheus"),
        ("Logs", "its datasource 'Logs' (loki)"),
        (
            {"type": "grafana-postgresql-datasource", "uid": "pg"},
            "'pg' (grafana-postgresql-datasource) isn't in this stack",
        ),
        ({"type": "influxdb", "uid": ""}, "its datasource '' (influxdb) isn't in this stack"),
        ("${DS_SHOP}", "its datasource '${DS_SHOP}' isn't in this stack"),
    ],
)
def test_a_datasource_from_elsewhere(reference: Any, problem: str) -> None:
    with fake_prometheus(UP) as asking:
        [one, other] = drawn(asking, document(panel(datasource=reference), panel(title="Other")))
    assert problem in one.problem if problem else one.problem == ""
    assert other.problem == ""


@pytest.mark.parametrize(
    "broken",
    [
        {"fieldConfig": {"defaults": {"min": "nonsense"}}},
        {"fieldConfig": {"defaults": {"custom": 7}}},
        {"options": "nothing"},
        {"gridPos": "here"},
        {"targets": [{"expr": {"not": "text"}}]},
        {"transformations": [{"id": "organize", "options": {"indexByName": 5}}], "type": "table"},
        {"libraryPanel": {"uid": "x", "name": "Shared"}, "type": None},
        {"type": "geomap"},
        {"type": None},
    ],
)
def test_one_bad_panel_takes_no_other_along(broken: dict[str, Any]) -> None:
    with fake_prometheus(UP) as asking:
        found = drawn(asking, document({**panel(title="Bad"), **broken}, panel(title="Good")))
    by_title = {one.title: one for one in found}
    assert by_title["Bad"].problem
    assert "\n" not in by_title["Bad"].problem
    assert by_title["Good"].problem == ""
    assert by_title["Good"].chart


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "is not JSON"),
        ("[]", "is no dashboard"),
        ('{"title": "T"}', "is no dashboard: it has no panels"),
        ('{"title": "T", "panels": {}}', "is no dashboard: it has no panels"),
    ],
)
def test_what_is_none_is_named(text: str, problem: str) -> None:
    with pytest.raises(DashboardError, match=problem.replace("(", r"\(")):
        read(text)


def test_what_has_no_title_is_called_like_its_uid_or_file() -> None:
    plain = {**document(panel()), "title": ""}
    assert read(json.dumps(plain)).title == "shop"
    assert read(json.dumps({**plain, "uid": ""}), name="file").title == "file"


def test_a_graph_of_before_grafana_8() -> None:
    old = panel(
        "graph",
        stack=True,
        fill=3,
        linewidth=2,
        nullPointMode="connected",
        yaxes=[{"format": "bytes", "min": "0", "logBase": 1}, {"format": "percent"}],
        thresholds=[{"value": 80, "colorMode": "critical"}],
        legend={"show": True, "values": True, "avg": True, "current": True},
        seriesOverrides=[
            {"alias": "/rx.*/", "transform": "negative-Y"},
            {"alias": "share", "yaxis": 2, "stack": False},
        ],
        aliasColors={"rx eth0": "#123456"},
        targets=[{"expr": "a", "legendFormat": "{{name}}"}],
    )
    series = (({"name": "rx eth0"}, 2.0), ({"name": "share"}, 5.0))
    with fake_prometheus(*series) as asking:
        [one] = drawn(asking, document(old))
    assert one.problem == ""
    assert one.chart
    rx, share = one.chart.values["series"]
    assert (rx["color"], rx["sign"], rx["texts"][0], rx["connected"]) == ("#123456", -1, "2 B", True)
    assert share["texts"][0] == "5 %"
    assert len(one.chart.spec["layer"]) == 2, "two axes"
    assert "mean" in one.html
    assert "last" in one.html


def test_a_singlestat_of_before_grafana_7() -> None:
    number = panel(
        "singlestat", format="percent", thresholds="50,80", colorBackground=True, colors=["green", "orange", "red"]
    )
    words = panel(
        "singlestat", valueMaps=[{"op": "=", "value": "1", "text": "UP"}, {"op": "=", "value": "null", "text": "?"}]
    )
    gauge = panel("singlestat", gauge={"show": True, "minValue": 0, "maxValue": 200}, thresholds="50,80")
    with fake_prometheus(({"job": "api"}, 60.0)) as asking:
        shown, _, round_one = drawn(asking, document(number, words, gauge))
    assert "60 %" in shown.html
    assert "background:#ff780a" in shown.html
    assert round_one.chart
    with fake_prometheus(UP) as asking:
        assert "UP" in drawn(asking, document(words))[0].html


def test_a_table_of_before_grafana_8() -> None:
    styles = [
        {"pattern": "Time", "type": "hidden"},
        {"pattern": "job", "alias": "Job"},
        {"pattern": "instance", "type": "hidden"},
        {"pattern": "Value", "alias": "Free", "unit": "bytes"},
    ]
    with fake_prometheus(({"job": "api", "instance": "i"}, 2048.0)) as asking:
        [one] = drawn(
            asking, document(panel("table", styles=styles, targets=[{"expr": "x", "instant": True, "format": "table"}]))
        )
    assert ">Job<" in one.html
    assert ">Free<" in one.html
    assert "2 KiB" in one.html
    assert "instance" not in one.html
