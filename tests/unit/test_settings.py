"""Bad settings: one line each, before anything is created."""

from ipaddress import IPv4Network
from typing import Any

import pulumi
import pytest
import yaml

from config.settings.areas import AreaSettings
from config.settings.errors import SettingsError
from config.settings.load import parse
from config.settings.stack import Settings
from tests.support.program import PROJECT, ROOT, SECRETS, raw, run_program, stack_config

MINIMAL: dict[str, Any] = {"notifications": {"slack": {}}}
SERVICE: dict[str, Any] = {"name": "api", "address": "api:8080"}

WRONG: list[tuple[dict[str, Any], str, str]] = [
    # a wrong type
    ({"demo": "maybe"}, "demo: ", '"maybe"'),
    ({"prometheus": {"port": "9090"}}, "prometheus.port: ", "valid integer"),
    ({"prometheus": [1]}, "prometheus: ", "an object"),
    ({"services": {"name": "api"}}, "services: ", "array"),
    # an unknown key
    ({"servces": []}, "servces: there is no such setting", "services"),
    ({"prometheus": {"prt": 1}}, "prometheus.prt: there is no such setting", "port"),
    ({"services": [{**SERVICE, "adress": "x:1"}]}, "services[0].adress: there is no such setting", "address"),
    ({"retention_days": 1}, "retention_days: there is no such setting", ""),
    # sizes and ranges
    ({"prometheus": {"memoryMb": -1}}, "prometheus.memoryMb: ", "got -1"),
    ({"prometheus": {"retentionSizeGb": 0}}, "prometheus.retentionSizeGb: ", "got 0"),
    ({"prometheus": {"cpus": 0}}, "prometheus.cpus: ", "greater than 0"),
    ({"hosts": [{"name": "docker-host", "address": "10.0.0.2:9100"}]}, "hosts[0].name: ", "used twice"),
    ({"thresholds": {"application": {"errorPercent": 120}}}, "thresholds.application.errorPercent: ", "100"),
    ({"dockerMetricsPort": 70000}, "dockerMetricsPort: ", "65535"),
    ({"subnet": "10.0.0.0/30"}, "subnet: 10.0.0.0/30 is too small", "/28"),
    ({"subnet": "ten"}, "subnet: ", '"ten"'),
    ({"publishAddress": "localhost"}, "publishAddress: ", "IPv4"),
    # a port used twice
    ({"prometheus": {"port": 9093}}, "prometheus.port and alertmanager.port both use host port 9093", ""),
    ({"demo": True, "demoServices": {"sinkPort": 9090}}, "both use host port 9090", "demoServices.sinkPort"),
    # services
    ({"services": [{"name": "api"}]}, "services[0].address: this setting is missing", "api.internal:8080"),
    ({"services": [{"name": "api", "address": "http://api"}]}, "services[0].address: must be HOST:PORT", ""),
    ({"services": [{"name": "api", "address": "api:0"}]}, "services[0].address: must be HOST:PORT", ""),
    ({"services": [SERVICE, SERVICE]}, "services[1].name: 'api' is used twice", ""),
    ({"services": [{**SERVICE, "name": "node"}]}, "'node' is a scrape job of the monitoring itself", ""),
    ({"services": [{**SERVICE, "path": "metrics"}]}, "services[0].path: ", "/metrics"),
    ({"services": [{**SERVICE, "scheme": "ftp"}]}, "services[0].scheme: ", "https"),
    ({"services": [{**SERVICE, "probe": "healthz"}]}, "services[0].probe: must be a path", '"/healthz"'),
    ({"services": [{**SERVICE, "probe": "https://"}]}, "services[0].probe: must be a path", '"https://"'),
    ({"services": [{**SERVICE, "objective": 0.999}]}, "services[0].objective: ", "greater than 50, got 0.999"),
    ({"services": [{**SERVICE, "objective": 50}]}, "services[0].objective: ", "greater than 50, got 50"),
    ({"services": [{**SERVICE, "objective": 100}]}, "services[0].objective: ", "less than 100, got 100"),
    ({"services": [{**SERVICE, "objective": "99.9"}]}, "services[0].objective: ", "for example 99.9"),
    ({"services": [{**SERVICE, "latencyObjective": 99}]}, "services[0].latencyObjective: ", "got 99"),
    (
        {"services": [{**SERVICE, "latencyObjective": {"percent": 99}}]},
        "services[0].latencyObjective.seconds: this",
        "0.5",
    ),
    (
        {"services": [{**SERVICE, "latencyObjective": {"percent": 100, "seconds": 1}}]},
        "services[0].latencyObjective.percent: ",
        "less than 100",
    ),
    (
        {"services": [{**SERVICE, "latencyObjective": {"percent": 99, "seconds": 0}}]},
        "services[0].latencyObjective.seconds: ",
        "greater than 0",
    ),
    ({"services": [{**SERVICE, "expectTraffic": "yes"}]}, "services[0].expectTraffic: ", '"yes"'),
    ({"services": [{**SERVICE, "labels": {"service": "x"}}]}, "services[0].labels: the label 'service' is set by", ""),
    ({"services": [{**SERVICE, "labels": {"host": "x"}}]}, "services[0].labels: the label 'host' is set by", ""),
    # thresholds that contradict each other
    (
        {"thresholds": {"probes": {"certificateCriticalDays": 21}}},
        "thresholds.probes: certificateCriticalDays (21) must be less than certificateWarningDays (21)",
        "",
    ),
    # notifications
    ({"notifications": None}, "notifications: this setting is missing", ""),
    ({"notifications": {"timings": {}}}, "notifications: no receiver for critical alerts", "at least one"),
    ({"notifications": {"slack": {"channel": "alerts"}}}, "notifications.slack.channel: ", "#"),
    ({"notifications": {"webhook": {"url": "hooks"}}}, "notifications.webhook.url: must be an http", ""),
    (
        {"notifications": {"email": {"smarthost": "smtp:25", "sender": "x", "username": "y"}}},
        "notifications.email.sender: ",
        "@",
    ),
    # the rest
    ({"dockerHost": "localhost"}, "dockerHost: ", "unix:///var/run/docker.sock"),
    ({"imageRegistry": "https://mirror"}, "imageRegistry: ", "mirror.internal:5000"),
    ({"demo": True, "environment": "prod"}, "demo: demo services don't belong in production", ""),
    ({"environment": "Not A Name"}, "environment: ", ""),
    ({"stack": "other"}, "stack: ", "pulumi stack select"),
]


def values(changes: dict[str, Any]) -> dict[str, str]:
    chosen = {**MINIMAL, **changes}
    return {key: raw(value) for key, value in chosen.items() if value is not None and value != {}}


@pytest.mark.parametrize(("changes", "start", "part"), WRONG)
def test_a_wrong_setting_is_one_line_that_says_what(changes: dict[str, Any], start: str, part: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse("dev", values(changes))
    [problem] = caught.value.problems
    assert start in problem
    assert part in problem
    assert "\n" not in problem


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        parse("dev", values({"prometheus": {"port": 0, "cpus": -1}, "servces": 1}))
    assert len(caught.value.problems) == 3


def test_a_long_value_is_not_shown_whole() -> None:
    with pytest.raises(SettingsError) as caught:
        parse("dev", values({"hostName": "x " * 1000}))
    assert len(caught.value.problems[0]) < 300


def test_the_program_stops_before_any_resource() -> None:
    wrong: list[dict[str, Any]] = [{"prometheus": {"memoryMb": -1}}, {"servces": []}]
    for changes in wrong:
        with pytest.raises(pulumi.RunError) as caught:
            run_program("dev", changes=changes)
        assert "Traceback" not in str(caught.value)


# what production makes use of
USED = [key for key in SECRETS if key not in ("grafanaPostgresPassword", "postgresPassword", "redisPassword")]


@pytest.mark.parametrize("key", USED)
def test_a_missing_secret_is_named_with_the_command_that_sets_it(key: str) -> None:
    secrets = {name: value for name, value in SECRETS.items() if name != key}
    with pytest.raises(pulumi.RunError, match=rf"^{key}: this secret is missing; .*pulumi config set --secret {key}"):
        run_program("prod", secrets=secrets)


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="redisPassword: this secret is empty"):
        run_program("prod", secrets={**SECRETS, "redisPassword": ""})


def test_a_secret_in_plain_text_is_refused_and_not_shown() -> None:
    secrets = {name: value for name, value in SECRETS.items() if name != "smtpPassword"}
    with pytest.raises(pulumi.RunError, match="smtpPassword: this secret is stored in plain text") as caught:
        run_program("prod", secrets=secrets, plain_secrets={"smtpPassword": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_all_missing_secrets_are_said_at_once() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        run_program("prod", secrets={})
    assert len(str(caught.value).splitlines()) == len(USED)


def test_the_schema_of_the_project_agrees_with_the_settings() -> None:
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    fields = {field.alias: field for field in Settings.model_fields.values()}
    assert set(schema) <= set(fields)
    empty = parse("dev", {"notifications": '{"slack": {}}'})
    with_defaults = parse(
        "dev",
        {"notifications": '{"slack": {}}'}
        | {key: raw(entry["default"]) for key, entry in schema.items() if entry.get("default") not in (None, {})},
    )
    assert with_defaults == empty


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({}, "alertmanager.externalUrl, grafana.externalUrl, runbookUrl"),
        ({"runbookUrl": "https://git.example.com/runbooks"}, "alertmanager.externalUrl, grafana.externalUrl"),
        ({"alertmanager": {"externalUrl": "http://localhost:9093"}, "grafana": {"externalUrl": "https://127.0.0.1"}},
         "alertmanager.externalUrl, grafana.externalUrl, runbookUrl"),
        ({"alertmanager": {"externalUrl": "https://a.example.com"}, "grafana": {"externalUrl": "https://localhost.com"},
          "runbookUrl": "https://git.example.com/runbooks"}, ""),
        ({"demo": True}, ""),
    ],
)  # fmt: skip
def test_a_stack_whose_links_lead_nowhere_is_told_so(
    changes: dict[str, Any], missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", said.append)
    run_program("dev" if changes.get("demo") else "staging", changes=changes)
    assert [line.partition(": set ")[2].partition(" to where")[0] for line in said] == ([missing] if missing else [])


def test_the_default_subnet_is_in_none_of_dockers_own_pools() -> None:
    """Docker would give the same addresses to another network one day, and this one could not be created."""
    pools = [IPv4Network(f"172.{second}.0.0/16") for second in range(17, 32)] + [IPv4Network("192.168.0.0/16")]
    for stack in ("dev", "staging", "prod"):
        settings = parse(stack, {key: raw(value) for key, value in stack_config(stack).items()})
        assert not [pool for pool in pools if settings.subnet.overlaps(pool)]


def test_the_project_has_the_name_that_stack_files_use() -> None:
    assert yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["name"] == PROJECT


@pytest.mark.parametrize("server", AreaSettings.model_fields)
def test_a_server_that_is_there_but_empty_is_no_server_left_out(server: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"^{server}.address: this setting is missing; for example"):
        run_program("prod", changes={server: {}})
