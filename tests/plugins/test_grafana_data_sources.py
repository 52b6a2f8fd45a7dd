"""Data sources: made, read, changed, removed, adopted; on a Grafana in memory and on a real one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airgap.plugins.protocol.values import Secret
from tests.plugins.grafana_sites import DATA_SOURCE, Bench
from tests.plugins.provider import Refused

PROMETHEUS = {"name": "Prometheus", "type": "prometheus", "uid": "prometheus", "url": "http://prometheus:9090"}


def test_a_data_source_lives_and_dies(bench: Bench) -> None:
    settings = {"httpMethod": "POST", "timeInterval": "15s"}
    id, inputs, outputs = bench.provider.make(
        DATA_SOURCE,
        **PROMETHEUS,
        isDefault=True,
        basicAuthEnabled=True,
        basicAuthUsername="reader",
        jsonDataEncoded=json.dumps(settings),
        secureJsonDataEncoded=Secret(json.dumps({"basicAuthPassword": "hunter22"})),
    )
    assert id == f"{bench.org}:prometheus"
    made = bench.ask("GET", "/datasources/uid/prometheus")
    assert (made["name"], made["type"], made["url"]) == ("Prometheus", "prometheus", "http://prometheus:9090")
    assert (made["access"], made["isDefault"], made["basicAuth"]) == ("proxy", True, True)
    assert made["basicAuthUser"] == "reader"
    assert made["jsonData"] == settings
    assert made["secureJsonFields"] == {"basicAuthPassword": True}
    assert outputs["uid"] == "prometheus"
    assert outputs["orgId"] == str(bench.org)
    assert json.loads(outputs["jsonDataEncoded"]) == settings
    assert bench.provider.read(DATA_SOURCE, id, inputs, outputs)[1] == inputs

    news = {**inputs, "url": "http://other:9090", "jsonDataEncoded": json.dumps({**settings, "timeInterval": "30s"})}
    outputs = bench.provider.update(DATA_SOURCE, id, outputs, inputs, news)
    made = bench.ask("GET", "/datasources/uid/prometheus")
    assert (made["url"], made["jsonData"]["timeInterval"]) == ("http://other:9090", "30s")
    assert made["secureJsonFields"] == {"basicAuthPassword": True}

    bench.provider.delete(DATA_SOURCE, id, news, outputs)
    assert bench.gone("/datasources/uid/prometheus")
    assert bench.provider.read(DATA_SOURCE, id, news, outputs)[0] == ""
    bench.provider.delete(DATA_SOURCE, id, news, outputs)


def test_nothing_but_a_name_and_a_type(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(DATA_SOURCE, name="Test", type="testdata")
    assert id == f"{bench.org}:{outputs['uid']}"
    assert bench.provider.read(DATA_SOURCE, id, inputs, outputs) == (id, inputs, outputs)


@pytest.mark.parametrize(
    ("by_hand", "detail"),
    [
        ({"url": "http://elsewhere:9090"}, {"url": "UPDATE"}),
        ({"jsonData": {"httpMethod": "GET"}}, {"jsonDataEncoded": "UPDATE"}),
        ({"isDefault": False}, {"isDefault": "UPDATE"}),
        ({"name": "By hand"}, {"name": "UPDATE"}),
        ({"basicAuth": False}, {"basicAuthEnabled": "UPDATE"}),
        ({"secureJsonData": {"basicAuthPassword": ""}}, {"secureJsonDataEncoded": "UPDATE"}),
    ],
)
def test_a_change_by_hand_is_seen_and_put_right(bench: Bench, by_hand: dict[str, Any], detail: dict[str, str]) -> None:
    id, inputs, outputs = bench.provider.make(
        DATA_SOURCE,
        **PROMETHEUS,
        isDefault=True,
        basicAuthEnabled=True,
        basicAuthUsername="reader",
        jsonDataEncoded='{"httpMethod": "POST"}',
        secureJsonDataEncoded=Secret('{"basicAuthPassword": "hunter22"}'),
    )
    made = bench.ask("GET", "/datasources/uid/prometheus")
    before = {key: value for key, value in made.items() if key != "version"}
    bench.ask("PUT", "/datasources/uid/prometheus", {"secureJsonData": {}, **before, **by_hand})
    _, refreshed, now = bench.provider.read(DATA_SOURCE, id, inputs, outputs)
    assert bench.provider.diff(DATA_SOURCE, refreshed, inputs).detail == detail
    bench.provider.update(DATA_SOURCE, id, now, refreshed, inputs)
    after = bench.ask("GET", "/datasources/uid/prometheus")
    assert {key: value for key, value in after.items() if key != "version"} == before


def test_a_new_default_takes_over(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(DATA_SOURCE, **PROMETHEUS, isDefault=True)
    bench.provider.make(DATA_SOURCE, name="Other", type="testdata", uid="other", isDefault=True)
    made = bench.provider.read(DATA_SOURCE, id, inputs, outputs)[2]
    assert made["isDefault"] is False
    assert bench.ask("GET", "/datasources/uid/other")["isDefault"] is True


def test_headers_and_secrets_that_are_taken_away_are_gone(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(
        DATA_SOURCE,
        **PROMETHEUS,
        httpHeaders=Secret({"X-Tenant": "shop", "X-Other": "o"}),
        secureJsonDataEncoded=Secret('{"password": "hunter22"}'),
    )
    made = bench.ask("GET", "/datasources/uid/prometheus")
    assert made["jsonData"] == {"httpHeaderName1": "X-Other", "httpHeaderName2": "X-Tenant"}
    assert made["secureJsonFields"] == {"httpHeaderValue1": True, "httpHeaderValue2": True, "password": True}
    assert "httpHeaderName1" not in outputs["jsonDataEncoded"]
    assert bench.provider.read(DATA_SOURCE, id, inputs, outputs)[1] == inputs

    news = {key: value for key, value in inputs.items() if key != "secureJsonDataEncoded"}
    news["httpHeaders"] = Secret({"X-Tenant": "shop"})
    outputs = bench.provider.update(DATA_SOURCE, id, outputs, inputs, news)
    made = bench.ask("GET", "/datasources/uid/prometheus")
    assert made["jsonData"] == {"httpHeaderName1": "X-Tenant"}
    assert made["secureJsonFields"] == {"httpHeaderValue1": True}


def test_secrets_are_secret_in_the_state_whatever_the_program_says(bench: Bench) -> None:
    inputs, _ = bench.provider.check(
        DATA_SOURCE,
        {**PROMETHEUS, "secureJsonDataEncoded": '{"password": "hunter22"}', "httpHeaders": {"X": "hunter33"}},
    )
    assert isinstance(inputs["secureJsonDataEncoded"], Secret)
    assert isinstance(inputs["httpHeaders"], Secret)
    _, outputs = bench.provider.create(DATA_SOURCE, inputs)
    assert isinstance(outputs["secureJsonDataEncoded"], Secret)
    assert isinstance(outputs["httpHeaders"], Secret)
    _, _, outputs = bench.provider.read(DATA_SOURCE, f"{bench.org}:prometheus", inputs, outputs)
    assert isinstance(outputs["secureJsonDataEncoded"], Secret)


def test_what_grafana_will_not_empty_is_said(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(
        DATA_SOURCE, name="Test", type="testdata", uid="test", basicAuthUsername="reader"
    )
    outputs = bench.provider.update(DATA_SOURCE, id, outputs, inputs, {**inputs, "basicAuthUsername": ""})
    assert outputs["basicAuthUsername"] == "reader"


@pytest.mark.parametrize("given", ["{}:prometheus", "prometheus"])
def test_a_data_source_is_imported(bench: Bench, given: str) -> None:
    bench.ask(
        "POST",
        "/datasources",
        {"access": "proxy", **PROMETHEUS, "isDefault": True, "jsonData": {"httpMethod": "POST"}, "basicAuth": False}
        | {"basicAuthUser": "", "user": "", "database": "", "secureJsonData": {}},
    )
    id, inputs, _ = bench.provider.read(DATA_SOURCE, given.format(bench.org))
    assert id == f"{bench.org}:prometheus"
    program = bench.provider.checked(
        DATA_SOURCE, **PROMETHEUS, isDefault=True, jsonDataEncoded='{ "httpMethod": "POST" }'
    )
    assert not bench.provider.diff(DATA_SOURCE, inputs, program).changes


@pytest.mark.parametrize(
    ("name", "uid", "words"),
    [
        ("Prometheus", "other", "the name is taken (uid 'prometheus'); adopt that one ('pulumi import"),
        ("Other", "prometheus", "the uid 'prometheus' is taken; adopt it ('pulumi import"),
    ],
)
def test_a_data_source_that_clashes_names_the_other(bench: Bench, name: str, uid: str, words: str) -> None:
    bench.provider.make(DATA_SOURCE, **PROMETHEUS)
    with pytest.raises(Refused) as refused:
        bench.provider.make(DATA_SOURCE, name=name, type="prometheus", uid=uid, url="http://p:9090")
    assert words in refused.value.message
    assert f"{bench.org}:prometheus" in refused.value.message


def test_a_name_that_is_taken_at_an_update(bench: Bench) -> None:
    bench.provider.configure(url=bench.site.url, auth=bench.site.auth, orgId=bench.org, retries=0)
    bench.provider.make(DATA_SOURCE, **PROMETHEUS)
    id, inputs, outputs = bench.provider.make(DATA_SOURCE, name="Other", type="testdata", uid="other")
    with pytest.raises(Refused, match=r"the name is taken \(uid 'prometheus'\)"):
        bench.provider.update(DATA_SOURCE, id, outputs, inputs, {**inputs, "name": "Prometheus"})


def test_a_data_source_that_is_gone_when_it_is_to_be_changed(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(DATA_SOURCE, **PROMETHEUS)
    bench.ask("DELETE", "/datasources/uid/prometheus")
    with pytest.raises(Refused, match="'pulumi up --refresh' sees that and makes it anew"):
        bench.provider.update(DATA_SOURCE, id, outputs, inputs, {**inputs, "name": "x"})
