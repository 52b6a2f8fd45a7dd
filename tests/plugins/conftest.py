"""Fixtures: the plugin, the engine, and an image that needs nothing but this machine."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from typing import Any

import docker
import pytest
from docker.errors import DockerException

from config.images import AIRGAP_REGISTRY, reference
from tests.plugins.grafana_sites import Bench, Site, bench_at, fake_site, real_site
from tests.plugins.provider import Provider, running_provider

# the kit's images have it; whether this machine does is a matter of chance
_DOCKERFILE = f"""FROM scratch
COPY --from={reference("alertmanager", AIRGAP_REGISTRY)} /bin/busybox /bin/busybox
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
    """An image with busybox and nothing else. `make images`, which goes before, has built where it is taken from."""
    name = f"plugin-tests.local/busybox:{secrets.token_hex(4)}"
    engine.images.build(fileobj=io.BytesIO(_DOCKERFILE.encode()), tag=name, rm=True)
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
