"""The program's graph for every stack, run once each."""

import pytest

from tests.support.program import SECRETS, Graph, run_program, stack_config

STACKS = ("dev", "staging", "prod")


@pytest.fixture(scope="session")
def graphs() -> dict[str, Graph]:
    return {stack: run_program(stack) for stack in STACKS}


@pytest.fixture(scope="session")
def dev(graphs: dict[str, Graph]) -> Graph:
    return graphs["dev"]


@pytest.fixture(scope="session")
def prod(graphs: dict[str, Graph]) -> Graph:
    return graphs["prod"]


@pytest.fixture(scope="session")
def without_grafana() -> dict[str, Graph]:
    """Each stack with its Grafana switched off, and without Grafana's secrets."""
    secrets = {key: value for key, value in SECRETS.items() if not key.startswith("grafana")}
    return {
        stack: run_program(
            stack, changes={"grafana": {**stack_config(stack).get("grafana", {}), "enabled": False}}, secrets=secrets
        )
        for stack in STACKS
    }


@pytest.fixture(params=STACKS)
def graph(request: pytest.FixtureRequest, graphs: dict[str, Graph]) -> Graph:
    """Each stack in turn."""
    stack: str = request.param
    return graphs[stack]
