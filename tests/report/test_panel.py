"""Every panel of the product is understood, whole."""

import pytest

from config.grafana.dashboard import Dashboard
from config.grafana.dashboards import dashboards
from report.panel import panel, rows
from tests.rules.rendered import settings

ALL = dashboards(settings("prod"))
KINDS = {"timeseries", "stat", "table", "state-timeline", "bargauge"}


@pytest.mark.parametrize("dashboard", ALL, ids=lambda dashboard: dashboard.uid)
def test_rows_and_panels_are_those_of_the_dashboard(dashboard: Dashboard) -> None:
    found = rows(dashboard.model())
    assert [row.title for row in found] == [row.title for row in dashboard.rows]
    assert [len(row.panels) for row in found] == [len(row.panels) for row in dashboard.rows]
    for each in (each for row in found for each in row.panels):
        assert each.kind in KINDS, each.title
        assert each.title
        assert each.description
        assert each.look.unit


def test_limits_words_and_columns() -> None:
    all_panels = {
        (dashboard.uid, each.title): each for dashboard in ALL for row in rows(dashboard.model()) for each in row.panels
    }
    cpu = all_panels["hosts", "CPU"]
    assert cpu.lines
    assert (cpu.look.color(0.5), cpu.look.color(0.9)) == ("green", "orange")
    assert (cpu.minimum, cpu.maximum) == (0, 1)
    budget = all_panels["overview", "Least budget left"]
    assert [budget.look.color(value) for value in (0.05, 0.3, 0.9)] == ["red", "orange", "green"]
    assert budget.filled
    assert budget.empty == "no objectives"
    services = all_panels["overview", "Services"]
    assert services.look.words["0"].text == "down"
    assert services.look.color(0) == "red"
    objectives = all_panels["slos", "Objectives"]
    assert [column.title for column in objectives.columns] == ["Service", "Objective", "Kept in 3 days", "Budget left"]
    assert objectives.columns[1].look.unit == "percentunit"
    assert [column.colored for column in objectives.columns] == [False, False, False, True]
    assert all_panels["services", "Answers by status"].stacked


def test_a_panel_that_says_next_to_nothing_and_a_collapsed_row() -> None:
    bare = panel({"type": "graph"})
    assert (bare.width, bare.height, bare.look.unit, bare.empty) == (12, 8, "short", "no data")
    document = {
        "panels": [
            {"type": "stat", "title": "below", "gridPos": {"y": 9}},
            {"type": "row", "title": "closed", "gridPos": {"y": 5}, "panels": [{"type": "stat", "title": "inside"}]},
            {"type": "text", "title": "words"},
            {"type": "stat", "title": "first", "gridPos": {"y": 0, "x": 3}},
        ]
    }
    assert [(row.title, [each.title for each in row.panels]) for row in rows(document)] == [
        ("", ["first"]),
        ("closed", ["inside", "below"]),
    ]
    assert rows({}) == []
