"""The recorded lists of metrics, on which the rules' tests rely, are still true of what runs."""

import json

from tests.e2e.system import System
from tests.support.expressions import metric_names
from tests.support.metrics import exported, rules_in
from tests.support.rendered import rendered
from tests.support.waiting import until_nothing

# targets that come and go at run time, with whatever they export
ANYTHING = {"file", "restarting"}


def jobs(system: System) -> set[str]:
    """Scrape jobs with a target that answers."""
    return {series["metric"]["job"] for series in system.query("count by (job) (up == 1)")}


def test_every_job_is_recorded(system: System) -> None:
    assert jobs(system) - exported().keys() <= ANYTHING, "run `make metrics`"


def test_every_metric_of_a_rule_exists(system: System) -> None:
    """Of the jobs that there are: an engine may be without metrics of its own."""
    recorded = frozenset[str]().union(*(exported()[job] for job in jobs(system) & exported().keys()))
    used = {
        name for text in rendered("prod").values() for rule in rules_in(text) for name in metric_names(rule["expr"])
    }
    expected = used & recorded
    assert len(expected) > 50, "the rules read next to nothing that was recorded"

    def missing() -> set[str]:
        return expected - set(system.get("prometheus", "/api/v1/label/__name__/values")["data"])

    until_nothing(missing, seconds=60, what="the metrics of the rules")


def test_alerts_without_data_are_those_of_servers_that_the_demo_lacks(system: System) -> None:
    told = json.loads(system.monitor("alerts", "unmeasured", "--json").stdout)
    lacking = {each["alert"]: each["missing"] for each in told["unmeasured"]}
    assert lacking["NginxDown"] == ["nginx_up"]
    assert any(name.startswith("Rabbitmq") for name in lacking)
    measured = {
        "InstanceDown",
        "ServiceDown",
        "ErrorRateHigh",
        "LatencyHigh",
        "PostgresDown",
        "RedisDown",
        "HostCpuHigh",
    }
    assert measured.isdisjoint(lacking)
    assert told["alerts"] > len(lacking) + len(measured)


def test_services_are_measured_and_their_names_are_found(system: System) -> None:
    assert system.health()["services"]["api"] == ["requests", "errors", "latency"]
    told = json.loads(system.monitor("services", "detect", "api", "--json").stdout)
    assert told["metrics"] == "default"
