"""Datasources from the settings: where they are, what is secret, and where exemplars lead."""

import json
from typing import Any

import pytest

from tests.support.program import SECRETS, Graph, Secret, run_program

LOKI = {"uid": "logs", "name": "Logs", "type": "loki", "url": "http://loki:3100", "user": "reader"}
TEMPO = {"uid": "traces", "name": "Traces", "type": "tempo", "url": "https://tempo.example.com"}
STAGING = {
    "uid": "staging",
    "name": "Prometheus (staging)",
    "type": "prometheus",
    "url": "https://prometheus.staging.example.com",
    "user": "prod",
}
POSTGRES = {"address": "pg:5432", "user": "reader", "database": "shop"}
PASSWORDS = {
    "grafanaDatasourcePassword-logs": "canary-logs",
    "grafanaDatasourcePassword-staging": "canary-staging",
}


def program(**grafana: Any) -> Graph:
    return run_program("prod", changes={"grafana": grafana}, secrets={**SECRETS, **PASSWORDS})


def sources(graph: Graph) -> dict[str, dict[str, Any]]:
    """The inputs of every datasource, by uid."""
    return {each.inputs["uid"]: each.inputs for each in graph.of_type("grafana:oss/dataSource:DataSource")}


def options(inputs: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(inputs["jsonDataEncoded"])
    return found


@pytest.fixture(scope="module")
def further() -> dict[str, dict[str, Any]]:
    return sources(program(datasources=[LOKI, TEMPO, STAGING]))


@pytest.mark.parametrize("source", [LOKI, TEMPO, STAGING], ids=lambda source: source["type"])
def test_a_further_one_is_as_the_settings_say(further: dict[str, dict[str, Any]], source: dict[str, str]) -> None:
    inputs = further[source["uid"]]
    assert {key: inputs[key] for key in ("uid", "name", "type", "url")} == {
        key: source[key] for key in ("uid", "name", "type", "url")
    }
    assert inputs["isDefault"] is False
    assert inputs["accessMode"] == "proxy"


def test_queries_for_every_prometheus_outgrow_an_address(further: dict[str, dict[str, Any]]) -> None:
    posted = {uid for uid, inputs in further.items() if options(inputs).get("httpMethod") == "POST"}
    assert posted == {"prometheus", "staging"}


def test_the_password_is_a_secret_and_only_where_there_is_a_user(further: dict[str, dict[str, Any]]) -> None:
    for uid, user in (("logs", "reader"), ("staging", "prod")):
        assert further[uid]["basicAuthEnabled"] is True
        assert further[uid]["basicAuthUsername"] == user
        assert further[uid]["secureJsonDataEncoded"] == Secret(json.dumps({"basicAuthPassword": f"canary-{uid}"}))
    assert not further["traces"].get("basicAuthEnabled")
    assert "secureJsonDataEncoded" not in further["traces"]


@pytest.mark.parametrize("mode", ["disable", "require", "verify-ca", "verify-full"])
def test_the_connection_to_postgresql_is_as_safe_as_the_settings_say(mode: str) -> None:
    inputs = sources(program(postgres={**POSTGRES, "sslMode": mode}))["postgres"]
    assert options(inputs)["sslmode"] == mode


def test_postgresql_is_declared_as_grafana_reports_it() -> None:
    """By its earlier name Grafana takes it too, and tells the new one: a change at every refresh."""
    assert sources(program(postgres=POSTGRES))["postgres"]["type"] == "grafana-postgresql-datasource"


def test_the_connection_to_postgresql_is_encrypted_unless_asked_otherwise() -> None:
    assert options(sources(program(postgres=POSTGRES))["postgres"])["sslmode"] == "require"


@pytest.mark.parametrize(
    ("grafana", "expected"),
    [
        ({}, None),
        ({"datasources": [TEMPO]}, None),
        ({"datasources": [TEMPO], "exemplars": False}, None),
        ({"datasources": [TEMPO], "exemplars": True}, [{"name": "trace_id", "datasourceUid": "traces"}]),
    ],
)
def test_exemplars_are_off_unless_asked_for(grafana: dict[str, Any], expected: Any) -> None:
    assert options(sources(program(**grafana))["prometheus"]).get("exemplarTraceIdDestinations") == expected
