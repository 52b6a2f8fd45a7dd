"""What the program creates, in which stack, under which parents, through which provider."""

from tests.support.program import Graph, run_program

EVERYWHERE = {
    "alertmanager",
    "alertmanager-reloader",
    "blackbox-exporter",
    "container-exporter",
    "docker-api",
    "grafana",
    "node-exporter",
    "postgres-exporter",
    "prometheus",
    "prometheus-reloader",
    "redis-exporter",
    "viewer",
}
DEMO = {f"demo-{part}" for part in ("api", "frontend", "load", "postgres", "redis", "sink", "worker")}


def running(graph: Graph) -> set[str]:
    return {container.name for container in graph.containers() if container.inputs.get("start", True)}


def test_dev_runs_the_monitoring_and_the_demo(dev: Graph) -> None:
    assert running(dev) == EVERYWHERE | DEMO


def test_the_demo_is_in_no_other_stack(graphs: dict[str, Graph]) -> None:
    for stack in ("staging", "prod"):
        assert running(graphs[stack]) == EVERYWHERE | {"docker-metrics"}
        assert not [resource for resource in graphs[stack].resources if "demo" in resource.urn]


def test_every_docker_resource_has_the_one_explicit_provider(graph: Graph) -> None:
    [provider] = graph.of_type("pulumi:providers:docker")
    docker = [resource for resource in graph.resources if resource.type.startswith("docker:")]
    assert docker
    assert {resource.provider for resource in docker} == {f"{provider.urn}::docker-id"}


def test_the_provider_is_of_the_stacks_docker_host(prod: Graph) -> None:
    [provider] = prod.of_type("pulumi:providers:docker")
    assert provider.inputs["host"] == "ssh://deploy@prod.autonomica.ai"


def test_every_resource_belongs_to_a_component(graph: Graph) -> None:
    components = {resource.urn for resource in graph.resources if resource.type.startswith("autonomica:")}
    for resource in graph.resources:
        if resource.type.startswith("docker:"):
            assert resource.parent in components, resource.name


def test_a_part_lies_below_its_component(dev: Graph) -> None:
    below = {resource.name for resource in dev.below(dev.component("prometheus"))}
    assert {"prometheus", "prometheus-config", "prometheus-reloader", "volume-prometheus-data"} <= below
    assert not below & {"alertmanager", "container-exporter"}


def test_names_and_labels_carry_the_stack(graph: Graph) -> None:
    stack = graph.outputs["environment"]
    for container in graph.containers():
        labels = {label["label"]: label["value"] for label in container.inputs["labels"]}
        assert container.inputs["name"] == f"autonomica-{stack}-{container.name}"
        assert labels["ai.autonomica.monitoring.stack"] == stack
        assert labels["ai.autonomica.monitoring.part"] == container.name


def test_everything_depends_on_the_network_whose_address_it_listens_on(dev: Graph) -> None:
    [network] = [network for network in dev.of_type("docker:index/network:Network") if "monitoring" in network.name]
    assert network.urn in dev.container("node-exporter").dependencies


def test_the_daemons_metrics_are_passed_on_only_where_it_has_some(dev: Graph) -> None:
    assert "docker-metrics" not in running(dev)
    with_metrics = run_program("dev", changes={"dockerMetricsPort": 9323})
    assert "docker-metrics" in running(with_metrics)
    assert "docker" in with_metrics.outputs["expectedJobs"]


def test_a_database_that_is_not_in_the_settings_has_no_exporter() -> None:
    graph = run_program("prod", changes={"postgres": None, "redis": None})
    assert not running(graph) & {"postgres-exporter", "redis-exporter"}
    assert not {"postgres", "redis"} & set(graph.outputs["expectedJobs"])


def test_a_preview_registers_what_a_deployment_does(graphs: dict[str, Graph]) -> None:
    for stack, graph in graphs.items():
        preview = run_program(stack, preview=True)
        assert {resource.urn for resource in preview.resources} == {resource.urn for resource in graph.resources}


def test_outputs_say_where_everything_is(dev: Graph, prod: Graph) -> None:
    assert dev.outputs["urls"] == {
        "prometheus": "http://127.0.0.1:9090",
        "alertmanager": "http://127.0.0.1:9093",
        "grafana": "http://127.0.0.1:3001",
        "frontend": "http://127.0.0.1:8080",
        "faults": "http://127.0.0.1:8081",
        "sink": "http://127.0.0.1:8025",
    }
    assert dev.outputs["grafanaApiUrl"] == "http://127.0.0.1:3001"
    assert set(prod.outputs["urls"]) == {"prometheus", "alertmanager", "grafana"}
    assert prod.outputs["containers"] == {name: f"autonomica-prod-{name}" for name in EVERYWHERE | {"docker-metrics"}}
    assert {"prometheus", "node", "cadvisor", "api", "postgres", "redis", "probe"} <= set(dev.outputs["expectedJobs"])


def test_a_grafana_that_is_reached_through_a_tunnel_is_so_by_the_provider_and_by_monitor() -> None:
    graph = run_program("prod", changes={"grafana": {"apiUrl": "http://127.0.0.1:13001"}})
    [provider] = graph.of_type("pulumi:providers:grafana")
    assert provider.inputs["url"] == graph.outputs["grafanaApiUrl"] == "http://127.0.0.1:13001"
    assert graph.outputs["urls"]["grafana"] == "http://127.0.0.1:3001"


def test_the_same_settings_give_the_same_inputs(dev: Graph) -> None:
    again = {resource.urn: resource for resource in run_program("dev").resources}
    for resource in dev.resources:
        assert again[resource.urn].inputs == resource.inputs
