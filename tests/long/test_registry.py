"""Images from a registry of our own: by digest, and what is said when they can't be had."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from config.images import reference, tagged
from config.settings.base import AIRGAP_REGISTRY
from ops.commands.images import ask
from ops.errors import OpsError
from ops.health.docker_engine import DockerEngine
from ops.hints import explain
from tests.support.registry import running

pytestmark = pytest.mark.engine

ENGINE = DockerEngine("unix:///var/run/docker.sock")
# small, and every engine of the kit has it
NAME = "redis_exporter"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="module")
def mirror(data: Path) -> Iterator[str]:
    """A registry with one image of the table under its official name; its address."""
    client = docker.from_env(timeout=120)
    with running(data) as address:
        image = tagged(NAME, address)
        client.images.get(reference(NAME, AIRGAP_REGISTRY)).tag(image)
        assert "error" not in client.images.push(image)
        client.images.remove(image)
        yield address
    for tag in (tag for found in client.images.list() for tag in found.tags if address in tag):
        client.images.remove(tag)
    client.close()


def pull(image: str) -> tuple[int, str]:
    """Pull it as a deployment does; the exit code, and the last thing that is said."""
    done = subprocess.run(
        ["docker", "pull", "--quiet", image], capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, (done.stderr or done.stdout).strip().splitlines()[-1]


def test_a_digest_is_what_the_registry_says_and_pulls_the_image(mirror: str) -> None:
    digests, reasons = ask(ENGINE, {NAME: tagged(NAME, mirror)})
    assert reasons == {}
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", digests[NAME])
    code, said = pull(f"{tagged(NAME, mirror)}@{digests[NAME]}")
    assert code == 0, said
    assert pull(f"{tagged(NAME, mirror)}@{digests[NAME]}")[0] == 0


def test_other_bytes_than_the_registry_has_are_refused(mirror: str) -> None:
    code, said = pull(f"{tagged(NAME, mirror)}@sha256:{'a' * 64}")
    assert code != 0
    assert "the bytes that `digest` in config/images.yaml names" in str(explain(said)[1]), said


def test_an_image_that_is_not_there(mirror: str) -> None:
    digests, reasons = ask(ENGINE, {NAME: tagged(NAME, mirror), "caddy": tagged("caddy", mirror)})
    assert list(digests) == [NAME]
    assert "manifest unknown" in reasons["caddy"]
    code, said = pull(tagged("caddy", mirror))
    assert code != 0
    assert "check `imageRegistry`" in str(explain(said)[1]), said


@pytest.mark.usefixtures("mirror")
def test_a_registry_that_asks_for_a_login(data: Path) -> None:
    with running(data, login=True) as address:
        with pytest.raises(OpsError, match="no basic auth credentials") as refused:
            ENGINE.digest(tagged(NAME, address))
        code, said = pull(tagged(NAME, address))
    assert code != 0
    for message in (said, str(refused.value)):
        assert "`docker login REGISTRY`" in str(explain(message)[1]), message


def test_a_registry_that_is_away(data: Path) -> None:
    with running(data) as address:
        pass
    with pytest.raises(OpsError) as refused:
        ENGINE.digest(tagged(NAME, address))
    assert "the registry doesn't answer" in str(explain(str(refused.value))[1]), str(refused.value)
