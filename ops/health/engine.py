"""Asking the Docker engine about the stack's containers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ops.health.model import ContainerState, EngineState, Problem
from ops.state import CONTAINER, VOLUME

LABEL = "ai.autonomica.monitoring"
FILES = "files"  # the role of a volume that the program writes; what is in it is made again at any time
Inspected = Mapping[str, object]


@dataclass(frozen=True)
class Made:
    """A container, network or volume that carries a stack's label. `kind` and `id` are those of the state."""

    kind: str
    id: str
    name: str
    role: str
    created: float


@dataclass(frozen=True)
class RunningContainer:
    """A container that runs, whoever's it is; `stack` is the monitoring that it is a part of, or empty."""

    id: str
    name: str
    stack: str


class Engine(Protocol):
    """The part of a Docker engine that health needs."""

    host: str

    def version(self) -> str:
        """The engine's version; raises OpsError when it doesn't answer."""

    def containers(self, stack: str) -> list[Inspected]:
        """`docker inspect` of every container labelled with the stack, running or not."""

    def made(self, stack: str) -> list[Made]:
        """Containers, networks and volumes labelled with the stack."""

    def running(self) -> list[RunningContainer]:
        """Every container that runs on the engine."""

    def started(self, container_id: str) -> float | None:
        """When a container was started (seconds of the epoch); None if it is gone."""


def engine_problem(state: EngineState, error: str) -> Problem:
    """The engine doesn't answer."""
    return Problem("engine", state.host, error, "systemctl status docker")


def read_container(inspected: Inspected) -> ContainerState:
    """One `docker inspect` answer, reduced to what matters here."""
    labels = _mapping(_mapping(inspected.get("Config")).get("Labels"))
    state = _mapping(inspected.get("State"))
    health = _mapping(state.get("Health")).get("Status")
    exit_code = state.get("ExitCode")
    return ContainerState(
        part=str(labels.get(f"{LABEL}.part", "")),
        name=str(inspected.get("Name", "")).removeprefix("/"),
        role=str(labels.get(f"{LABEL}.role") or "service"),
        state=str(state.get("Status", "unknown")),
        health=str(health) if health and health != "none" else None,
        restarts=_whole(inspected.get("RestartCount")),
        exit_code=exit_code if isinstance(exit_code, int) else None,
    )


def container_problems(stack: str, containers: list[ContainerState], expected: Mapping[str, str]) -> list[Problem]:
    """What is wrong with the containers there are, and which are missing.

    Args:
        expected: part -> container name, from the stack's outputs.
    """
    problems = [
        Problem("container", container.name, reason, f"docker logs --tail 50 {container.name}")
        for container in containers
        if (reason := _trouble(container)) is not None
    ]
    there = {container.name for container in containers}
    problems += [
        Problem("container", name, f"is gone ({part})", f"make up STACK={stack}")
        for part, name in sorted(expected.items())
        if name not in there
    ]
    return problems


def missing_carriers(made: Sequence[Made]) -> list[str]:
    """Names of carriers that are gone; the volumes that they fill have the same names."""
    containers = {one.name for one in made if one.kind == CONTAINER}
    return sorted(one.name for one in made if one.kind == VOLUME and one.role == FILES and one.name not in containers)


def _trouble(container: ContainerState) -> str | None:
    if container.role == "carrier":
        return None  # made to carry files into a volume, never started
    if container.role == "oneshot":
        if container.state == "running":
            return "hasn't finished yet"
        if container.state == "exited" and container.exit_code == 0:
            return None
        return f"{container.state} with exit code {container.exit_code}, should have ended with 0"
    if container.state == "restarting":
        return f"keeps restarting ({container.restarts} times, last exit code {container.exit_code})"
    if container.state != "running":
        return f"is {container.state} (exit code {container.exit_code}), should be running"
    if container.health in (None, "healthy"):
        return None
    return "is starting, its health check hasn't passed yet" if container.health == "starting" else "is unhealthy"


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
