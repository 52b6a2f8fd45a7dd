"""prometheus.yml: what is scraped, how, and how a change becomes visible."""

from typing import Any

import pytest
import yaml

from config.prometheus.rules import rules
from config.prometheus.scrapes import expected_jobs, scrapes
from config.prometheus.server import arguments, prometheus_config
from config.settings.errors import SettingsError
from config.settings.load import parse
from config.settings.stack import Settings
from tests.support.program import raw, stack_config


def settings(stack: str = "dev", **changes: Any) -> Settings:
    values = {**stack_config(stack), **changes}
    return parse(stack, {key: raw(value) for key, value in values.items() if value is not None})


def jobs(chosen: Settings) -> dict[str, dict[str, Any]]:
    return {job["job_name"]: job for job in scrapes(chosen, ["shop", "other"])}


def document(chosen: Settings) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(
        prometheus_config(chosen, scrapes(chosen, ["shop"]), rules(chosen)).files["prometheus.yml"]
    )
    return loaded


def test_rabbitmq_is_scraped_by_its_own_plugin_and_by_queue() -> None:
    assert "rabbitmq" not in jobs(settings())
    found = jobs(settings(rabbitmq={"address": "mq.internal:15692", "tls": True, "host": "mq-1"}))
    server, queues = found["rabbitmq"], found["rabbitmq-queues"]
    for job in (server, queues):
        labels = {"host": "mq-1", "__scheme__": "https"}
        assert job["static_configs"] == [{"targets": ["mq.internal:15692"], "labels": labels}]
    assert queues["metrics_path"] == "/metrics/detailed"
    assert queues["params"] == {"family": ["queue_coarse_metrics", "queue_consumer_count"]}


def test_a_service_is_scraped_as_its_settings_say() -> None:
    service = {
        "name": "billing",
        "address": "billing.internal:9000",
        "path": "/internal/metrics",
        "scheme": "https",
        "intervalSeconds": 30,
        "labels": {"team": "money"},
    }
    job = jobs(settings(services=[service]))["billing"]
    assert (job["metrics_path"], job["scheme"], job["scrape_interval"]) == ("/internal/metrics", "https", "30s")
    assert job["static_configs"] == [
        {
            "targets": ["billing.internal:9000"],
            "labels": {"service": "billing", "host": "docker-host", "team": "money"},
        }
    ]


def test_every_host_is_scraped_by_its_name() -> None:
    node = jobs(settings(hostName="shop-1", hosts=[{"name": "shop-2", "address": "10.0.0.2:9100"}]))["node"]
    assert [target["labels"] for target in node["static_configs"]] == [
        {"instance": "shop-1", "host": "shop-1"},
        {"instance": "shop-2", "host": "shop-2"},
    ]
    assert node["static_configs"][1]["targets"] == ["10.0.0.2:9100"]


def test_a_scrape_never_takes_longer_than_its_interval() -> None:
    fast = {"name": "fast", "address": "fast:1", "intervalSeconds": 2}
    assert jobs(settings(services=[fast]))["fast"]["scrape_timeout"] == "2s"
    assert document(settings(prometheus={"scrapeIntervalSeconds": 5}))["global"]["scrape_timeout"] == "5s"


def test_services_with_a_probe_path_are_probed_through_the_blackbox_exporter() -> None:
    probe = jobs(settings("dev"))["probe"]
    assert [entry["targets"] for entry in probe["static_configs"]] == [
        ["http://api:8080/healthz"],
        ["http://frontend:8080/healthz"],
    ]
    assert probe["relabel_configs"][-1] == {"target_label": "__address__", "replacement": "blackbox-exporter:9115"}


def test_a_probe_asks_the_address_that_users_know_where_the_settings_name_it() -> None:
    service = {"name": "api", "address": "api:8080", "host": "shop-2", "probe": "https://api.example.com/healthz"}
    probe = jobs(settings(services=[service]))["probe"]
    assert probe["static_configs"] == [
        {"targets": ["https://api.example.com/healthz"], "labels": {"service": "api", "host": "shop-2"}}
    ]


def test_a_probe_has_the_labels_of_its_service() -> None:
    found = jobs(settings("dev"))
    for target in found["probe"]["static_configs"]:
        service = found[target["labels"]["service"]]["static_configs"][0]
        assert target["labels"] == service["labels"]
        assert {"service", "host", "team"} <= set(target["labels"])


def test_without_probes_there_is_no_probe_job() -> None:
    assert "probe" not in jobs(settings(services=[{"name": "api", "address": "api:1"}]))


def test_discovery_goes_through_the_filter_and_only_to_shared_networks() -> None:
    job = jobs(settings())["containers"]
    assert job["docker_sd_configs"][0]["host"] == "tcp://docker-api:2375"
    assert {"source_labels": ["__meta_docker_network_name"], "regex": "shop|other", "action": "keep"} in job[
        "relabel_configs"
    ]


def test_a_discovered_container_may_say_its_service_and_its_team() -> None:
    relabelled = {
        rule["source_labels"][0]: rule["target_label"]
        for rule in jobs(settings())["containers"]["relabel_configs"]
        if "source_labels" in rule and rule.get("regex") == "(.+)"
    }
    prefix = "__meta_docker_container_label_ai_autonomica_monitoring"
    assert relabelled[f"{prefix}_service"] == "service"
    assert relabelled[f"{prefix}_team"] == "team"


def test_targets_found_at_run_time_are_not_expected() -> None:
    expected = expected_jobs(scrapes(settings(), ["shop"]))
    assert "containers" not in expected
    assert "file" not in expected
    assert {"prometheus", "api", "probe"} <= set(expected)


def test_containers_go_by_name_not_by_id() -> None:
    _, without = jobs(settings())["cadvisor"]["metric_relabel_configs"]
    assert without == {
        "regex": "id|image|container_label_ai_autonomica_monitoring_stack",
        "action": "labeldrop",
    }


def test_the_job_of_the_container_metrics_is_what_rules_and_dashboards_expect() -> None:
    assert jobs(settings())["cadvisor"]["static_configs"][0]["targets"] == ["container-exporter:8080"]


def test_containers_of_other_stacks_on_the_host_are_left_to_them() -> None:
    chosen = jobs(settings("staging"))
    for job, key, label in (
        ("cadvisor", "metric_relabel_configs", "container_label_ai_autonomica_monitoring_stack"),
        ("restarting", "relabel_configs", "__meta_docker_container_label_ai_autonomica_monitoring_stack"),
    ):
        [kept] = [rule for rule in chosen[job][key] if rule.get("action") == "keep"]
        assert kept == {"source_labels": [label], "regex": "|staging", "action": "keep"}


def test_containers_that_wait_for_a_restart_are_known_by_name_and_host_alone() -> None:
    job = jobs(settings(hostName="shop-1"))["restarting"]
    [discovery] = job["docker_sd_configs"]
    assert discovery["host"] == "tcp://docker-api:2375"
    assert discovery["filters"] == [{"name": "status", "values": ["restarting"]}]
    assert {rule["target_label"]: rule.get("replacement") for rule in job["relabel_configs"][1:]} == {
        "name": None,
        "host": "shop-1",
        "__address__": "prometheus:9090",
    }
    assert job["metric_relabel_configs"] == [{"source_labels": ["__name__"], "regex": ".+", "action": "drop"}]


def test_every_scrape_tells_its_timeout() -> None:
    assert document(settings())["global"]["extra_scrape_metrics"] is True


def test_retention_and_environment_come_from_the_settings() -> None:
    prometheus = document(settings("prod"))
    assert prometheus["storage"]["tsdb"]["retention"] == {"time": "30d", "size": "50GB"}
    assert prometheus["global"]["external_labels"] == {"environment": "prod"}


def test_a_share_of_the_disk_may_be_kept_instead_of_a_size() -> None:
    chosen = settings(prometheus={"retentionPercent": 60})
    assert document(chosen)["storage"]["tsdb"]["retention"] == {"time": "30d", "percentage": 60}
    # Prometheus says neither how large the disk is, nor how much of it is used
    assert "PrometheusNearRetentionSize" not in rules(chosen)["monitoring.yml"]
    assert "PrometheusNearRetentionSize" in rules(settings())["monitoring.yml"]


def test_every_scrape_is_limited() -> None:
    assert {key: value for key, value in document(settings())["global"].items() if "limit" in key} == {
        "sample_limit": 50_000,
        "label_limit": 64,
        "label_name_length_limit": 256,
        "label_value_length_limit": 4096,
        "target_limit": 1000,
        "body_size_limit": "16MB",
    }
    assert not [key for job in jobs(settings()).values() for key in job if "limit" in key]
    unlimited = document(settings(prometheus={"limits": {"sampleLimit": None, "bodySizeLimitMb": 1}}))["global"]
    assert "sample_limit" not in unlimited
    assert unlimited["body_size_limit"] == "1MB"


def test_a_job_and_a_service_may_have_limits_of_their_own() -> None:
    chosen = settings(
        prometheus={"jobLimits": {"containers": {"targetLimit": 7}}},
        services=[{"name": "api", "address": "api:1", "limits": {"sampleLimit": 90_000, "bodySizeLimitMb": 30}}],
    )
    found = {
        name: {key: value for key, value in job.items() if "limit" in key}
        for name, job in jobs(chosen).items()
        if any("limit" in key for key in job)
    }
    assert found == {"containers": {"target_limit": 7}, "api": {"sample_limit": 90_000, "body_size_limit": "30MB"}}
    # of this limit there is no metric, so the rules have it
    recorded = {
        rule["labels"]["job"]: rule["expr"]
        for group in yaml.safe_load(rules(chosen)["monitoring.yml"])["groups"]
        for rule in group["rules"]
        if rule.get("record") == "job:scrape_body_size_limit:bytes"
    }
    assert recorded["api"] == f"vector({30 * 2**20})"
    assert set(recorded) == set(jobs(chosen))
    assert {expression for job, expression in recorded.items() if job != "api"} == {f"vector({16 * 2**20})"}
    nowhere = settings(prometheus={"limits": {"bodySizeLimitMb": None}})
    assert "record: job:scrape_body_size_limit:bytes" not in rules(nowhere)["monitoring.yml"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"prometheus": {"jobLimits": {"nodes": {"sampleLimit": 1}}}},
            "prometheus.jobLimits: 'nodes' is no job of the monitoring itself (alertmanager, ",
        ),
        ({"prometheus": {"jobLimits": {"api": {"sampleLimit": 1}}}}, "a service has `limits` in its entry of services"),
        (
            {"prometheus": {"limits": {"sampleLimit": 0}}},
            "prometheus.limits.sampleLimit: input should be greater than or equal to 1, got 0; for example 50000",
        ),
        ({"prometheus": {"limits": {"samples": 5}}}, "known here: bodySizeLimitMb, labelLimit, "),
        (
            {"prometheus": {"retentionPercent": 50, "retentionSizeGb": 5}},
            "prometheus: retentionSizeGb and retentionPercent exclude each other; leave one out",
        ),
        ({"prometheus": {"retentionPercent": 96}}, "less than or equal to 95, got 96; for example 60"),
        ({"prometheus": {"query": {"concurrency": 0}}}, "prometheus.query.concurrency: "),
        (
            {"services": [{"name": "api", "address": "api:1", "limits": {"bodySizeLimitMb": "4MB"}}]},
            'services[0].limits.bodySizeLimitMb: input should be a valid integer, got "4MB"',
        ),
    ],
)
def test_a_wrong_limit_is_one_line(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(**changes)
    [line] = refused.value.problems
    assert problem in line


def test_what_a_query_may_take_follows_the_memory() -> None:
    options = dict(option.partition("=")[::2] for option in arguments(settings("prod")))
    assert options["--query.max-samples"] == str(8192 * 5000)
    assert (options["--query.timeout"], options["--query.max-concurrency"]) == ("60s", "10")
    chosen = settings(prometheus={"query": {"maxSamples": 1000, "timeoutSeconds": 5, "concurrency": 2}})
    assert {"--query.max-samples=1000", "--query.timeout=5s", "--query.max-concurrency=2"} <= set(arguments(chosen))


def test_prometheus_has_an_address_for_people_and_one_for_programs() -> None:
    chosen = arguments(settings(prometheus={"externalUrl": "https://example.com/prometheus"}))
    assert {"--web.external-url=https://example.com/prometheus", "--web.route-prefix=/"} <= set(chosen)
    assert "--web.external-url=http://localhost:9090" in arguments(settings())


def test_a_revision_names_every_change_and_nothing_else() -> None:
    def revision(**changes: Any) -> str:
        chosen = settings("prod", **changes)
        return prometheus_config(chosen, scrapes(chosen, ["shop"]), rules(chosen)).revision

    same = revision()
    assert revision() == same
    assert revision(thresholds={"application": {"errorPercent": 6}}) != same
    assert revision(services=[]) != same
    assert revision(prometheus={"retentionDays": 31}) != same


def test_the_switch_to_a_revision_is_the_last_file() -> None:
    chosen = settings()
    config = prometheus_config(chosen, scrapes(chosen, ["shop"]), rules(chosen))
    *before, last = config.files
    assert last == "prometheus.yml"
    assert before
    assert all(path.startswith(f"revisions/{config.revision}/") for path in before)
    assert document(chosen)["rule_files"] == [f"/etc/prometheus/revisions/{config.revision}/*.yml"]
