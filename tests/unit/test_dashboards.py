"""Every dashboard is whole: nothing overlaps, every panel says what it shows, and the limits are the alerts' own."""

import re
from itertools import combinations
from typing import Any

import pytest

from config.grafana.dashboard import Dashboard
from config.grafana.dashboards import dashboards
from config.grafana.datasources import datasources
from config.grafana.folders import FOLDERS
from config.settings.channels.base import SEVERITIES
from config.settings.load import parse
from tests.support.rendered import settings

ALL = dashboards(settings("prod"))


def panels(dashboard: Dashboard) -> list[dict[str, Any]]:
    """Its panels, without the headings."""
    return [panel for panel in dashboard.model()["panels"] if panel["type"] != "row"]


def test_uids_and_titles_are_unique() -> None:
    assert len({dashboard.uid for dashboard in ALL}) == len(ALL)
    assert len({(dashboard.folder, dashboard.title) for dashboard in ALL}) == len(ALL)
    assert {dashboard.folder for dashboard in ALL} == set(FOLDERS)


@pytest.mark.parametrize("dashboard", ALL, ids=lambda dashboard: dashboard.uid)
def test_the_same_settings_give_the_same_dashboard(dashboard: Dashboard) -> None:
    document = dashboard.model()
    assert document == dashboard.model()
    assert document["uid"] == dashboard.uid
    assert "id" not in document, "Grafana gives the ids"
    assert "version" not in document


@pytest.mark.parametrize("dashboard", ALL, ids=lambda dashboard: dashboard.uid)
def test_nothing_overlaps_and_nothing_sticks_out(dashboard: Dashboard) -> None:
    document = dashboard.model()
    ids = [panel["id"] for panel in document["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in document["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
    for one, other in combinations(document["panels"], 2):
        a, b = one["gridPos"], other["gridPos"]
        apart = (
            a["x"] + a["w"] <= b["x"]
            or b["x"] + b["w"] <= a["x"]
            or a["y"] + a["h"] <= b["y"]
            or b["y"] + b["h"] <= a["y"]
        )
        assert apart, f"{one['title']} and {other['title']}"


@pytest.mark.parametrize("dashboard", ALL, ids=lambda dashboard: dashboard.uid)
def test_every_panel_says_what_it_shows(dashboard: Dashboard) -> None:
    assert dashboard.description
    titles = [panel["title"] for panel in panels(dashboard)]
    for panel in panels(dashboard):
        assert panel["title"], panel
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["datasource"]["uid"] == "${datasource}", panel["title"]
        assert panel["targets"], panel["title"]
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references), panel["title"]
        assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])
        if panel["type"] == "timeseries":
            assert all(target["legendFormat"] for target in panel["targets"]), f"{panel['title']}: no legend"
    for row in dashboard.rows:
        assert row.title
    assert titles


@pytest.mark.parametrize("dashboard", ALL, ids=lambda dashboard: dashboard.uid)
def test_variables_that_are_used_are_there_and_the_other_way_round(dashboard: Dashboard) -> None:
    document = dashboard.model()
    declared = {variable["name"] for variable in document["templating"]["list"]} - {"datasource"}
    text = " ".join(target["expr"] for panel in panels(dashboard) for target in panel["targets"])
    used = {name for name in re.findall(r"\$([a-z]\w*)", text) if name != "datasource"}
    assert used == declared


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_the_environment_at_first_is_the_stacks_own_by_the_datasources_name(stack: str) -> None:
    [own] = [source for source in datasources(settings(stack)) if source.uid == "prometheus"]
    assert own.name == f"Prometheus ({stack})"
    for dashboard in dashboards(settings(stack)):
        variable = dashboard.model()["templating"]["list"][0]
        assert variable["label"] == "Environment"
        assert {key: variable["current"][key] for key in ("text", "value")} == {"text": own.name, "value": own.uid}


def test_the_worst_alerts_come_first_where_that_is_said() -> None:
    [overview] = [each for each in ALL if each.uid == "overview"]
    [firing] = [panel for panel in panels(overview) if panel["title"] == "Firing alerts"]
    assert "the worst first" in firing["description"]
    assert firing["options"]["sortBy"] == [{"displayName": "Severity", "desc": False}]
    [listed] = re.findall(r'severity=~"([a-z|]+)"', firing["targets"][0]["expr"])
    assert sorted(listed.split("|")) == [each for each in SEVERITIES if each in listed], "not the alphabet's order"


def test_a_business_metric_of_the_settings_is_a_panel() -> None:
    metric = '{"title": "Sales", "description": "What was sold.", "query": "sum(rate(sales_total[5m]))", "unit": "cps"}'
    values = {"grafana": f'{{"businessMetrics": [{metric}]}}', "notifications": '{"slack": {}}'}
    [services] = [each for each in dashboards(parse("test", values)) if each.uid == "services"]
    [panel] = [panel for panel in panels(services) if panel["title"] == "Sales"]
    assert panel["targets"][0]["expr"] == "sum(rate(sales_total[5m]))"
    assert panel["fieldConfig"]["defaults"]["unit"] == "cps"
