"""Fixtures: the plugin, the engine, and an image that needs nothing but this machine."""

from __future__ import annotations

import io
import secrets
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import DockerException

from tests.plugins.grafana_sites import Bench, Site, bench_at, fake_site, real_site
from tests.plugins.provider import Provider, running_provider

_BUSYBOX = Path("/bin/busybox")
_DOCKERFILE = b"""FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
LABEL from=image
ENV FROM_IMAGE=1
CMD ["sleep", "3600"]
"""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture(scope="session")
def engine() -> Iterator[Any]:
    """The Docker engine of this machine, through the SDK: to look at what the plugin did."""
    try:
        client: Any = docker.DockerClient(base_url="unix:///var/run/docker.sock", max_pool_size=32)
    except DockerException as error:
        pytest.skip(f"no Docker engine: {error}")
    yield client
    client.close()


@pytest.fixture(scope="session")
def image(engine: Any) -> Iterator[str]:
    """An image with busybox, built from nothing."""
    if not _BUSYBOX.exists():
        pytest.skip("busybox-static is not installed")
    name = f"plugin-tests.local/busybox:{secrets.token_hex(4)}"
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        archive.add(_BUSYBOX, "busybox")
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(_DOCKERFILE)
        archive.addfile(entry, io.BytesIO(_DOCKERFILE))
    context.seek(0)
    engine.images.build(fileobj=context, custom_context=True, tag=name, rm=True)
    yield name
    engine.images.remove(name, force=True)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> Iterator[str]:
    """A name no one else has; whatever carries it in its name is removed at the end."""
    unique = f"plugtest-{secrets.token_hex(4)}"
    client: Any = request.getfixturevalue("engine")
    yield unique
    for container in client.containers.list(all=True, filters={"name": unique}, ignore_removed=True):
        container.remove(force=True, v=True)
    for network in client.networks.list(filters={"name": unique}):
        network.remove()
    for volume in client.volumes.list(filters={"name": unique}):
        volume.remove(force=True)


@pytest.fixture(scope="session")
def real_grafana(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A real Grafana 10.0."""
    with real_site(request) as site:
        yield site


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.engine)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The Grafana plugin at work, against a Grafana in memory and against a real one."""
    if request.param == "real":
        with bench_at(request.getfixturevalue("real_grafana")) as at_work:
            yield at_work
        return
    with fake_site() as site, bench_at(site) as at_work:
        yield at_work
