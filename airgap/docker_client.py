"""A connection to a Docker engine, with failures as one line."""

import contextlib
from collections.abc import Iterator

import docker
import requests
from docker.errors import APIError, DockerException

from airgap.errors import KitError

_SECONDS = 600


@contextlib.contextmanager
def connected(docker_host: str | None) -> Iterator[docker.DockerClient]:
    """A client of the engine at an address such as unix:///var/run/docker.sock; None: as the environment says.

    Raises:
        KitError: the engine can't be reached, or refuses what the block asks of it.
    """
    where = docker_host or "the default address"
    try:
        client = connect(docker_host, seconds=_SECONDS)
    except (DockerException, requests.RequestException) as error:
        raise KitError(f"no Docker engine answers at {where}: {reason(error)}; start it, or run `make up`") from None
    with contextlib.closing(client):
        try:
            yield client
        except APIError as error:
            raise KitError(f"the Docker engine at {where} says: {error.explanation or error}") from None
        except requests.RequestException as error:
            raise KitError(f"the Docker engine at {where} went away: {reason(error)}; start it and run again") from None


def connect(docker_host: str | None, *, seconds: float) -> docker.DockerClient:
    """A client of an engine that answered within the seconds.

    Raises:
        DockerException, requests.RequestException: it didn't.
    """
    timeout = max(1, round(seconds))
    if docker_host is None:
        client = docker.from_env(timeout=timeout)
    else:
        # ssh: the program of that name knows the person's keys and hosts, the library's own client doesn't
        client = docker.DockerClient(
            base_url=docker_host, timeout=timeout, use_ssh_client=docker_host.startswith("ssh://")
        )
    client.ping()
    return client


def reason(error: Exception) -> str:
    """The cause in a few words."""
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else f"{text[:200]}…"
