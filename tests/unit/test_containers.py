"""What every running container must be: hardened, limited, watched, on the right networks."""

import re
from collections.abc import Iterator

import pytest

from tests.support.program import SECRETS, Graph, Recorded, run_program

# Who may run as root, and why.
ROOT_ALLOWED = {
    "docker-api": "only where the group of the socket isn't in the settings",
}
CAPABILITIES_ALLOWED = {
    "docker-api": ["CAP_NET_BIND_SERVICE"],
    "docker-metrics": ["CAP_NET_BIND_SERVICE"],
}


def running(graph: Graph) -> Iterator[Recorded]:
    return (container for container in graph.containers() if container.inputs.get("start", True))


def networks(container: Recorded) -> set[str]:
    """Names of its networks, those of the stack without their prefix."""
    return {
        re.sub(r"^autonomica-(dev|staging|prod)-", "", network["name"])
        for network in container.inputs.get("networksAdvanced", [])
    }


def test_go_programs_know_how_much_memory_there_is(graph: Graph) -> None:
    for container in running(graph):
        environment = dict(entry.split("=", 1) for entry in container.inputs["envs"])
        assert environment["GOMEMLIMIT"] == f"{container.inputs['memory'] * 9 // 10}MiB", container.name


def test_hardened(graph: Graph) -> None:
    for container in running(graph):
        inputs = container.inputs
        assert inputs["readOnly"] is True, container.name
        assert inputs["securityOpts"][0] == "no-new-privileges:true", container.name  # more: tests/unit/test_host.py
        assert inputs["capabilities"]["drops"] == ["ALL"], container.name
        assert inputs["capabilities"].get("adds", []) == CAPABILITIES_ALLOWED.get(container.name, [])
        assert not inputs.get("privileged"), container.name
        assert not inputs["user"].startswith("0:") or container.name in ROOT_ALLOWED, container.name
        assert all("noexec" in options for options in inputs["tmpfs"].values()), container.name


def test_limited(graph: Graph) -> None:
    for container in running(graph):
        assert container.inputs["memory"] > 0, container.name
        assert container.inputs["memorySwap"] == container.inputs["memory"], container.name
        assert float(container.inputs["cpus"]) > 0, container.name
        assert container.inputs["logOpts"] == {"max-file": "3", "max-size": "10m"}, container.name


def test_limits_of_the_servers_come_from_the_settings(prod: Graph) -> None:
    assert prod.container("prometheus").inputs["memory"] == 8192
    assert prod.container("alertmanager").inputs["cpus"] == "0.5"  # more than one CPU: tests/unit/test_host.py


def test_waited_for_and_restarted(graph: Graph) -> None:
    for container in running(graph):
        assert container.inputs["wait"] is True, container.name
        assert container.inputs["healthcheck"]["tests"][0] in {"CMD", "CMD-SHELL"}, container.name
        assert container.inputs["restart"] == "unless-stopped", container.name
        assert container.delete_before_replace, container.name
        assert {"healthcheck", "tmpfs"} <= set(container.replace_on_changes), container.name


def test_prometheus_is_given_time_to_close_its_files(prod: Graph) -> None:
    assert prod.container("prometheus").inputs["destroyGraceSeconds"] == 60


def test_carriers_never_start(graph: Graph) -> None:
    carriers = [container for container in graph.containers() if container.inputs.get("uploads")]
    assert carriers
    for carrier in carriers:
        assert carrier.inputs["start"] is False
        assert carrier.inputs["mustRun"] is False
        assert carrier.inputs["networkMode"] == "none"


def test_only_documented_ports_are_published_and_only_on_loopback(graph: Graph) -> None:
    published = {
        (container.name, port["external"])
        for container in graph.containers()
        for port in container.inputs.get("ports", [])
    }
    allowed = {("prometheus", 9090), ("alertmanager", 9093), ("grafana", 3001)}
    if graph.outputs["demo"]:
        allowed |= {("demo-frontend", 8080), ("demo-load", 8081), ("demo-sink", 8025)}
    assert published == allowed
    addresses = {port["ip"] for container in graph.containers() for port in container.inputs.get("ports", [])}
    assert addresses == {"127.0.0.1"}


def test_only_the_filter_has_the_docker_socket(graph: Graph) -> None:
    holders = {
        container.name
        for container in graph.containers()
        for mount in container.inputs.get("mounts", [])
        if str(mount.get("source", "")).endswith("docker.sock")
    }
    assert holders == {"docker-api"}


def test_the_filter_runs_as_nobody_where_the_sockets_group_is_known() -> None:
    inputs = run_program("dev", changes={"dockerSocketGroup": 998}).container("docker-api").inputs
    assert inputs["user"] == "65534:65534"
    assert inputs["groupAdds"] == ["998"]


def test_host_paths_are_read_only(graph: Graph) -> None:
    for container in graph.containers():
        for mount in container.inputs.get("mounts", []):
            if mount["type"] == "bind":
                assert mount["readOnly"] is True, (container.name, mount)


def test_no_container_sees_a_device_and_only_the_node_exporter_the_hosts_files(graph: Graph) -> None:
    assert not [container.name for container in graph.containers() if container.inputs.get("devices")]
    mounted = {
        (container.name, mount["source"])
        for container in graph.containers()
        for mount in container.inputs.get("mounts", [])
        if mount["type"] == "bind"
    }
    assert mounted == {("docker-api", "/var/run/docker.sock"), ("node-exporter", "/")}


def test_the_container_exporter_sees_the_filtered_api_and_nothing_else_of_the_host(graph: Graph) -> None:
    inputs = graph.container("container-exporter").inputs
    assert inputs["user"] == "65534:65534"
    assert not inputs.get("mounts")
    assert inputs["command"] == ["--docker=docker-api:2376", "--label=ai.autonomica.monitoring.stack"]
    assert inputs["memory"] == 96


def test_the_monitoring_network_has_no_way_out(graph: Graph) -> None:
    internal = {network.name: network.inputs["internal"] for network in graph.of_type("docker:index/network:Network")}
    assert internal["network-monitoring"] is True
    assert internal["network-edge"] is False


def test_database_networks_are_never_shared_with_the_edge(graph: Graph) -> None:
    for container in running(graph):
        databases = networks(container) & {"exporters", "demo-databases", "autonomica-data"}
        assert not (databases and "edge" in networks(container)), container.name


def test_a_published_container_is_on_a_network_that_can_publish(graph: Graph) -> None:
    for container in running(graph):
        if container.inputs.get("ports"):
            assert networks(container) & {"edge", "exporters", "demo"}, container.name


def test_grafana_leaves_the_edge_when_it_reaches_databases(dev: Graph, prod: Graph) -> None:
    assert networks(prod.container("grafana")) == {"monitoring", "edge"}
    assert networks(dev.container("grafana")) == {"monitoring", "exporters", "demo-databases"}


def test_grafana_reaches_its_own_database_as_it_does_one_that_it_shows() -> None:
    database = {"address": "pg:5432", "user": "grafana"}
    graph = run_program(
        "prod", changes={"grafana": {"database": database}}, secrets={**SECRETS, "grafanaDatabasePassword": "canary-db"}
    )
    assert networks(graph.container("grafana")) == {"monitoring", "exporters", "autonomica-data"}


def test_the_docker_api_is_reached_from_the_monitoring_network_alone(graph: Graph) -> None:
    assert networks(graph.container("docker-api")) == {"monitoring"}
    assert networks(graph.container("container-exporter")) == {"monitoring"}


def test_exporters_join_the_databases_networks_of_the_settings(prod: Graph) -> None:
    names = {n["name"] for n in prod.container("postgres-exporter").inputs["networksAdvanced"]}
    assert names == {"autonomica-prod-monitoring", "autonomica-prod-exporters", "autonomica-data"}
    assert "autonomica" in {n["name"] for n in prod.container("prometheus").inputs["networksAdvanced"]}


def test_node_exporter_sees_the_host_and_listens_in_the_monitoring_network_alone(dev: Graph) -> None:
    inputs = dev.container("node-exporter").inputs
    assert inputs["networkMode"] == "host"
    assert inputs["pidMode"] == "host"
    assert "--path.rootfs=/host" in inputs["command"]
    # off unless asked for; HostProcessesNearLimit needs it
    assert "--collector.processes" in inputs["command"]
    assert "--web.listen-address=172.16.90.1:9100" in inputs["command"]
    [root] = [mount for mount in inputs["mounts"] if mount["target"] == "/host"]
    assert (root["source"], root["readOnly"]) == ("/", True)


@pytest.mark.parametrize("flag", ["--web.enable-admin-api", "--web.enable-lifecycle"])
def test_prometheus_admin_and_lifecycle_endpoints_are_off(graph: Graph, flag: str) -> None:
    assert not [argument for argument in graph.container("prometheus").inputs["command"] if argument.startswith(flag)]


def test_prometheus_reloads_by_itself(graph: Graph) -> None:
    assert "--config.auto-reload" in graph.container("prometheus").inputs["command"]
