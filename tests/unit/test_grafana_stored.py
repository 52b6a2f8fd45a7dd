"""What is in Grafana goes with the volume that Grafana keeps it in, and nothing else does."""

from tests.support.program import SECRETS, Graph, Recorded, run_program


def gone_with(graph: Graph, resource: Recorded) -> str:
    """Whose deletion spares this one's; as the engine has it, a parent's says it for its children."""
    by_urn = {each.urn: each for each in graph.resources}
    at: Recorded | None = resource
    while at is not None:
        if at.deleted_with:
            return at.deleted_with
        at = by_urn.get(at.parent)
    return ""


def test_with_the_volume_all_in_grafana_is_gone_and_nobody_has_to_ask_grafana(dev: Graph) -> None:
    [volume] = [each for each in dev.resources if each.name == "volume-grafana-data"]
    inside = [each for each in dev.resources if each.type.startswith("grafana:")]
    assert len(inside) > 20
    assert {gone_with(dev, each) for each in inside} == {volume.urn}


def test_containers_and_volumes_are_deleted_by_themselves(dev: Graph) -> None:
    ours = [each for each in dev.resources if each.type.startswith("docker:")]
    assert {gone_with(dev, each) for each in ours} == {""}


def test_what_is_kept_in_an_own_database_has_to_be_deleted_there() -> None:
    graph = run_program(
        "prod",
        changes={"grafana": {"database": {"address": "pg:5432", "user": "grafana"}}},
        secrets={**SECRETS, "grafanaDatabasePassword": "canary-db"},
    )
    assert {gone_with(graph, each) for each in graph.resources} == {""}
