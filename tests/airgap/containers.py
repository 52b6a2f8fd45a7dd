"""Containers of the kit's images, as the tests start them and look at them."""

import time
from collections.abc import Callable

from docker.models.containers import Container

Start = Callable[..., Container]


def output(container: Container) -> str:
    """All it said, once it has ended."""
    container.wait(timeout=30)
    return container.logs().decode()


def inside(container: Container, *command: str) -> tuple[int, str]:
    """Exit code and output of a command in a running container."""
    return run(container, list(command))


def run(container: Container, command: list[str], environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Like `inside`, with an environment."""
    code, said = container.exec_run(command, environment=environment)
    assert isinstance(said, bytes)
    return code or 0, said.decode().strip()


def until(said: Callable[[], bool], container: Container, seconds: float = 30) -> None:
    """Wait for a condition; a failure shows the container's log."""
    deadline = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < deadline, container.logs().decode()
        time.sleep(0.2)
