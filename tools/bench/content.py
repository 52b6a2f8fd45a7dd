"""How long it takes to place all that Grafana shows."""

from statistics import median

from tests.e2e.system import System
from tools.bench.content_stack import content_stack
from tools.bench.figure import Figure

TIMES = 3


def content(system: System) -> list[Figure]:
    """All folders, datasources and dashboards into an empty organisation; seconds."""
    return [
        Figure(
            name="content_deployment_seconds",
            value=median(_seconds(system) for _ in range(TIMES)),
            target=15,
            note=f"all folders, datasources and dashboards into an empty organisation; median of {TIMES}",
        )
    ]


def _seconds(system: System) -> float:
    with content_stack(system) as stack:
        return stack.place()
