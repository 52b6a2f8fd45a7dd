"""Lines of a table stand in the order in which Grafana shows them."""

from config.grafana.dashboards import dashboards
from report.frames import Value, rows
from report.panel import panel
from report.pictures.table import ordered
from tests.report.answers import answer, table_frame
from tests.rules.rendered import settings


def test_of_the_firing_alerts_the_worst_stand_first() -> None:
    [overview] = [each.model() for each in dashboards(settings("prod")) if each.uid == "overview"]
    [firing] = [panel(each) for each in overview["panels"] if each["title"] == "Firing alerts"]
    # as the query gives them: by their number
    labels = {"severity": ["warning", "critical", "warning", "critical"], "alertname": ["a", "b", "c", "d"]}
    lines = ordered(rows(answer(table_frame(labels, [9, 7, 5, 1]))), firing.columns, firing.sort)
    assert [line["alertname"] for line in lines] == ["b", "d", "a", "c"]


def test_lines_fall_where_they_should_and_nothing_is_the_least() -> None:
    document = {
        "type": "table",
        "transformations": [{"id": "organize", "options": {"indexByName": {"job": 0, "Value": 1}}}],
        "options": {"sortBy": [{"displayName": "Value", "desc": True}, {"displayName": "gone", "desc": False}]},
    }
    table = panel(document)
    lines: list[dict[str, Value]] = [
        {"job": "a", "Value": 1.0},
        {"job": "b", "Value": None},
        {"job": "c", "Value": 20.0},
    ]
    assert [line["job"] for line in ordered(lines, table.columns, table.sort)] == ["c", "a", "b"]
    assert ordered(lines, table.columns, ()) == lines
