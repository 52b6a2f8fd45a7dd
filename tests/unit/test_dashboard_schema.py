"""Every dashboard is one of Grafana's classic schema: read by its own types and written again, nothing is missing."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import dashboard as model

from config.grafana.dashboard import Dashboard
from config.grafana.dashboards import dashboards
from tests.support.rendered import settings

ALL = dashboards(settings("prod"))
# where the schema takes anything, what Grafana reads there: by the name of the field that holds it
FREE: dict[str, dict[str, set[str] | None]] = {
    "filterFieldsByName": {"include": {"names"}},
    "merge": {},
    "organize": {"indexByName": None, "renameByName": None},
}
PROPERTIES = {"unit", "thresholds", "custom.cellOptions"}


@pytest.fixture(scope="module", autouse=True)
def _types_of_panels_and_queries() -> None:
    # without them, options and queries are taken as they are
    register_default_plugins()


def unknown(document: Any, again: Any, path: str = "") -> Iterator[str]:
    """What was written and not understood; defaults that came along don't matter."""
    if isinstance(document, dict) and isinstance(again, dict):
        for key, value in document.items():
            yield from unknown(value, again[key], f"{path}.{key}") if key in again else [f"{path}.{key}"]
    elif isinstance(document, list) and isinstance(again, list) and len(document) == len(again):
        for index, (value, other) in enumerate(zip(document, again, strict=True)):
            yield from unknown(value, other, f"{path}[{index}]")
    elif document != again:
        yield path


def judged(document: dict[str, Any]) -> list[str]:
    again = json.loads(JSONEncoder().encode(model.Dashboard.from_json(copy.deepcopy(document))))
    return list(unknown(document, again))


def known_by_its_types(dashboard: Dashboard) -> dict[str, Any]:
    """A dashboard without the one field that Grafana has and its types haven't."""
    document = dashboard.model()
    for annotation in document["annotations"]["list"]:
        assert annotation.pop("titleFormat")
    return document


@pytest.mark.parametrize("dashboard", ALL, ids=lambda dashboard: dashboard.uid)
def test_every_field_is_one_of_the_schema(dashboard: Dashboard) -> None:
    assert judged(known_by_its_types(dashboard)) == []


@pytest.mark.parametrize(
    "place",
    [
        ".",
        ".panels[0]",
        ".panels[1].options",
        ".panels[1].targets[0]",
        ".panels[1].fieldConfig.defaults",
        ".panels[1].fieldConfig.defaults.custom",
        ".panels[1].fieldConfig.defaults.thresholds.steps[0]",
        ".templating.list[0]",
        ".annotations.list[0]",
        ".links[0]",
    ],
)
def test_a_misspelt_field_is_noticed(place: str) -> None:
    graph = {
        "type": "timeseries",
        "options": {},
        "datasource": {"type": "prometheus"},
        "targets": [{"expr": "up"}],
        "fieldConfig": {
            "defaults": {"custom": {}, "thresholds": {"mode": "absolute", "steps": [{"value": None, "color": "red"}]}},
            "overrides": [],
        },
    }
    document: dict[str, Any] = {
        "panels": [{"type": "row", "panels": []}, graph],
        "templating": {"list": [{"type": "query", "name": "host"}]},
        "annotations": {"list": [{"name": "Firing"}]},
        "links": [{"title": "Others"}],
    }
    assert judged(document) == []
    at: Any = document
    for part in place.replace("[", ".").replace("]", "").split("."):
        at = at[int(part)] if part.isdigit() else at[part] if part else at
    at["misspelt"] = 1
    assert judged(document) == [f"{place.rstrip('.')}.misspelt"]


@pytest.mark.parametrize("dashboard", ALL, ids=lambda dashboard: dashboard.uid)
def test_what_the_schema_leaves_open_is_what_grafana_reads_there(dashboard: Dashboard) -> None:
    document = dashboard.model()
    for panel in document["panels"]:
        for target in panel.get("targets", []):
            assert target["datasource"].keys() == {"type", "uid"}, panel["title"]
        for transformation in panel.get("transformations", []):
            assert transformation.keys() == {"id", "options"}, panel["title"]
            known = FREE[transformation["id"]]
            assert transformation["options"].keys() == known.keys(), panel["title"]
            for key, inner in known.items():
                assert inner is None or transformation["options"][key].keys() == inner, panel["title"]
        for override in panel.get("fieldConfig", {}).get("overrides", []):
            assert {each["id"] for each in override["properties"]} <= PROPERTIES, panel["title"]
    for variable in document["templating"]["list"]:
        assert variable["type"] != "query" or variable["query"].keys() == {"query", "refId"}, variable["name"]
