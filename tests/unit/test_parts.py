"""The containers that have to run: what the rules expect is what the program starts."""

from typing import Any

import pytest

from config.parts import expected_containers, parts
from config.settings.errors import SettingsError
from config.settings.load import parse
from config.settings.stack import Settings
from tests.support.program import Graph, raw, run_program, stack_config


def settings(stack: str = "prod", **changes: Any) -> Settings:
    values = {**stack_config(stack), **changes}
    return parse(stack, {key: raw(value) for key, value in values.items() if value is not None})


def running(graph: Graph) -> set[str]:
    """The parts that the program starts, without the demo's."""
    return {part for part in graph.outputs["containers"] if not part.startswith("demo-")}


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_every_part_that_runs_is_expected_and_no_other(stack: str, graphs: dict[str, Graph]) -> None:
    assert parts(settings(stack)) == running(graphs[stack])


def test_a_part_that_is_not_in_the_settings_is_not_expected() -> None:
    changes: dict[str, Any] = {"postgres": None, "redis": None, "dockerMetricsPort": None}
    assert parts(settings(**changes)) == running(run_program("prod", changes=changes))
    assert not parts(settings(**changes)) & {"postgres-exporter", "redis-exporter", "docker-metrics"}


def test_containers_are_expected_by_their_names_each_once() -> None:
    expected = expected_containers(
        settings(containers=["shop.api_1", "autonomica-prod-container-exporter", "shop.api_1"])
    )
    assert expected["shop.api_1"] == "service"
    assert expected["autonomica-prod-docker-api"] == "monitoring"
    # who names a part of the monitoring wants it treated like a service's container
    assert expected["autonomica-prod-container-exporter"] == "service"
    assert list(expected) == sorted(expected)


@pytest.mark.parametrize("name", ["/shop-api", "shop api", "-api", "", 'a"b'])
def test_what_no_container_can_be_called_is_refused(name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(containers=["api", name])
    [problem] = refused.value.problems
    assert problem.startswith("containers[1]: ")
    assert "shop-api" in problem
