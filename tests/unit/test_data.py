"""What must survive: data volumes, and servers under a change of configuration."""

from tests.support.program import Graph, Recorded, run_program

DATA = {"volume-prometheus-data", "volume-prometheus-targets", "volume-alertmanager-data", "volume-grafana-data"}
REPORT = {"volume-viewer-data"}  # of a stack that sends one


def volumes(graph: Graph) -> dict[str, Recorded]:
    return {volume.name: volume for volume in graph.of_type("docker:index/volume:Volume")}


def test_data_is_protected_in_every_stack(graph: Graph) -> None:
    protected = {name for name, volume in volumes(graph).items() if volume.protect}
    demo = {"volume-demo-postgres-data"} | REPORT if graph.outputs["demo"] else set()
    assert protected == DATA | demo


def test_data_stays_on_the_engine_even_when_it_goes_from_a_real_stack(graphs: dict[str, Graph]) -> None:
    for name in DATA:
        assert volumes(graphs["prod"])[name].retain_on_delete
        assert not volumes(graphs["dev"])[name].retain_on_delete


def test_servers_write_to_their_data_and_only_read_their_configuration(prod: Graph) -> None:
    for server, target in (("prometheus", "/prometheus"), ("alertmanager", "/alertmanager")):
        writable = {mount["target"] for mount in prod.container(server).inputs["mounts"] if not mount.get("readOnly")}
        assert writable == {target}


def test_a_changed_threshold_replaces_the_carrier_and_the_reloader_alone(prod: Graph) -> None:
    changed = run_program("prod", changes={"thresholds": {"application": {"errorPercent": 1.5}}})
    different = {
        container.name
        for container in changed.containers()
        if container.inputs != prod.container(container.name).inputs
    }
    # dashboards have the limits as lines; the viewer reads them again by itself
    assert different == {"prometheus-config", "prometheus-reloader", "viewer-dashboards"}


def test_a_changed_receiver_replaces_the_carrier_and_the_reloader_alone(prod: Graph) -> None:
    changed = run_program("prod", changes={"notifications": {"slack": {"channel": "#other"}}})
    different = {
        container.name
        for container in changed.containers()
        if container.inputs != prod.container(container.name).inputs
    }
    assert different == {"alertmanager-config", "alertmanager-reloader"}


def test_a_server_starts_after_its_configuration_and_is_checked_meanwhile(prod: Graph) -> None:
    for server in ("prometheus", "alertmanager"):
        carrier = prod.container(f"{server}-config").urn
        assert carrier in prod.container(server).dependencies
        reloader = prod.container(f"{server}-reloader").dependencies
        assert carrier in reloader
        # waiting for the server's health check first would make a deployment wait for two of them
        assert prod.container(server).urn not in reloader


def test_targets_can_be_dropped_in_at_run_time(dev: Graph) -> None:
    mounts = {mount["target"]: mount for mount in dev.container("prometheus-config").inputs["mounts"]}
    assert mounts["/etc/prometheus/targets"]["readOnly"] is False
