"""What the Docker host is like, and what containers are given therefore."""

from typing import Any

import pytest

from config.settings.load import parse
from tests.support.program import Graph, raw, run_program, stack_config

ON_HOST = {"node-exporter", "docker-metrics", "docker-api"}


def with_facts(**facts: Any) -> Graph:
    return run_program("prod", changes={"facts": {"dockerMetricsPort": 9323} | facts})


def test_nobody_is_given_more_cpus_than_the_engine_has() -> None:
    asked = {container.name: container.inputs.get("cpus") for container in with_facts(dockerCpus=8).containers()}
    assert asked["prometheus"] == "4.0"
    assert asked["docker-api"] == "0.25"
    one = {container.name: container.inputs.get("cpus") for container in with_facts(dockerCpus=1).containers()}
    assert one["prometheus"] == "1.0"
    assert one["docker-api"] == "0.25"
    unknown = run_program("prod").container("prometheus").inputs["cpus"]
    assert unknown == "1.0"  # every engine has one


@pytest.mark.parametrize(("cpus", "text"), [(0.25, "0.25"), (0.5, "0.5"), (2, "2.0"), (10, "10."), (12.5, "12.5")])
def test_cpus_are_spelt_as_the_provider_reads_them_back(cpus: float, text: str) -> None:
    graph = run_program("prod", changes={"alertmanager": {"cpus": cpus}, "facts": {"dockerCpus": 64}})
    assert graph.container("alertmanager").inputs["cpus"] == text


@pytest.mark.parametrize("version", ["25.0.0", "28.5.2", "29.0.0-rc.1", "25.0.0+azure"])
def test_a_deployment_waits_for_programs_where_the_engine_knows_how(version: str) -> None:
    check = with_facts(dockerVersion=version).container("prometheus").inputs["healthcheck"]
    assert (check["startInterval"], check["startPeriod"], check["interval"]) == ("1s", "10m0s", "10s")


@pytest.mark.parametrize("version", ["20.10.24+dfsg1", "24.0.9", None])
def test_an_older_engine_isnt_asked_for_what_it_would_drop(version: str | None) -> None:
    facts = {} if version is None else {"dockerVersion": version}
    check = with_facts(**facts).container("prometheus").inputs["healthcheck"]
    assert (check["startInterval"], check["startPeriod"], check["interval"]) == ("0s", "0s", "5s")


def test_durations_are_as_the_engine_writes_them() -> None:
    graph = with_facts(dockerVersion="28.5.2")
    periods = {
        container.inputs["healthcheck"]["startPeriod"]
        for container in graph.containers()
        if "healthcheck" in container.inputs
    }
    assert periods <= {"2m0s", "5m0s", "10m0s"}
    assert "2m0s" in periods


def test_who_touches_the_host_has_its_users_and_no_selinux_label_of_a_container() -> None:
    for container in with_facts().containers():
        on_host = container.name in ON_HOST
        assert container.inputs.get("usernsMode") == ("host" if on_host else None), container.name
        if "securityOpts" in container.inputs:
            assert ("label=disable" in container.inputs["securityOpts"]) == on_host, container.name
            assert "no-new-privileges:true" in container.inputs["securityOpts"]


def test_no_host_mount_needs_propagation() -> None:
    for container in with_facts().containers():
        if container.name != "cadvisor":
            assert not [mount for mount in container.inputs.get("mounts", []) if mount.get("bindOptions")], (
                container.name
            )


def test_networks_have_the_mtu_of_the_settings() -> None:
    networks = run_program("prod", changes={"networkMtu": 1420}).of_type("docker:index/network:Network")
    assert {str(network.inputs["options"]) for network in networks} == {"{'com.docker.network.driver.mtu': '1420'}"}
    assert not [n for n in run_program("prod").of_type("docker:index/network:Network") if "options" in n.inputs]


@pytest.mark.parametrize("mtu", [575, 65536, "1420"])
def test_an_mtu_that_no_network_has_is_refused(mtu: Any) -> None:
    values = {key: raw(value) for key, value in stack_config("prod").items()}
    with pytest.raises(Exception, match="networkMtu"):
        parse("prod", values | {"networkMtu": raw(mtu) if not isinstance(mtu, str) else '"1420"'})


def test_an_application_on_the_host_itself_has_a_name() -> None:
    service = {"name": "legacy", "address": "host.docker.internal:8080", "probe": "/"}
    graph = run_program("prod", changes={"services": [service]})
    named = [{"host": "host.docker.internal", "ip": "host-gateway"}]
    for name in ("prometheus", "blackbox-exporter", "alertmanager"):
        assert graph.container(name).inputs["hosts"] == named
    assert "hosts" not in graph.container("node-exporter").inputs
    # an engine without the default bridge refuses the name: it is given where it is used
    assert not [container for container in run_program("prod").containers() if "hosts" in container.inputs]
