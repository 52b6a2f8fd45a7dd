"""The program's graph for every stack, run once each."""

import pytest

from tests.unit.program import Graph, run_program

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


@pytest.fixture(params=STACKS)
def graph(request: pytest.FixtureRequest, graphs: dict[str, Graph]) -> Graph:
    """Each stack in turn."""
    stack: str = request.param
    return graphs[stack]
