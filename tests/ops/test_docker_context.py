"""The engine that a person works with: as Docker's own command line finds it, or one clear line."""

import hashlib
import json
from pathlib import Path

import pytest

from ops.docker_context import docker_address
from ops.errors import UsageError

LOCAL = "unix:///var/run/docker.sock"
COLIMA = "unix:///home/me/.colima/default/docker.sock"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path)}


def create(env: dict[str, str], name: str, document: object) -> str:
    """What `docker context create` writes; returns the context's id."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    folder = Path(env["HOME"]) / ".docker" / "contexts" / "meta" / digest
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps(document))
    return digest


def use(env: dict[str, str], text: str) -> None:
    folder = Path(env["HOME"]) / ".docker"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(text)


def meta(name: str, host: str) -> object:
    return {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}}}


def test_the_local_socket_where_nothing_is_chosen(env: dict[str, str]) -> None:
    assert docker_address(env) == LOCAL
    use(env, '{"auths": {}}')
    assert docker_address(env) == LOCAL
    use(env, '{"currentContext": "default"}')
    assert docker_address(env) == LOCAL


def test_the_context_in_use(env: dict[str, str]) -> None:
    create(env, "colima", meta("colima", COLIMA))
    assert docker_address(env) == LOCAL
    assert docker_address(env | {"DOCKER_CONTEXT": "colima"}) == COLIMA
    use(env, '{"currentContext": "colima"}')
    assert docker_address(env) == COLIMA
    assert docker_address(env | {"DOCKER_CONTEXT": "default"}) == LOCAL
    assert docker_address(env | {"DOCKER_HOST": "ssh://me@there"}) == "ssh://me@there"


def test_the_configuration_can_be_elsewhere(env: dict[str, str], tmp_path: Path) -> None:
    create(env, "colima", meta("colima", COLIMA))
    elsewhere = {"HOME": "/nowhere", "DOCKER_CONFIG": str(tmp_path / ".docker"), "DOCKER_CONTEXT": "colima"}
    assert docker_address(elsewhere) == COLIMA


def test_an_engine_without_root_only_where_there_is_no_other(env: dict[str, str], tmp_path: Path) -> None:
    env["XDG_RUNTIME_DIR"] = str(tmp_path / "run")
    missing, there = tmp_path / "missing", tmp_path / "there"
    there.touch()
    assert docker_address(env, missing) == LOCAL
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "docker.sock").touch()
    assert docker_address(env, missing) == f"unix://{tmp_path}/run/docker.sock"
    assert docker_address(env, there) == LOCAL


@pytest.mark.parametrize(
    ("document", "line"),
    [
        (None, "there is no docker context 'prod'; `docker context ls` shows which there are"),
        ({"Name": "prod"}, "the docker context 'prod' has no address of an engine"),
        ({"Endpoints": {"docker": {"Host": ""}}}, "the docker context 'prod' has no address of an engine"),
        ("?", "the docker context 'prod' has no address of an engine"),
    ],
)
def test_a_context_that_leads_nowhere_is_one_line(env: dict[str, str], document: object, line: str) -> None:
    if document is not None:
        create(env, "prod", document)
    with pytest.raises(UsageError) as refused:
        docker_address(env | {"DOCKER_CONTEXT": "prod"})
    assert str(refused.value).startswith(line)


def test_certificates_of_a_context_arent_passed_on_and_that_is_said(env: dict[str, str]) -> None:
    digest = create(env, "prod", meta("prod", "tcp://prod:2376"))
    (Path(env["HOME"]) / ".docker" / "contexts" / "tls" / digest / "docker").mkdir(parents=True)
    with pytest.raises(UsageError, match="'prod' needs certificates"):
        docker_address(env | {"DOCKER_CONTEXT": "prod"})


@pytest.mark.parametrize("text", ["{", "[]", '{"currentContext": 7}'])
def test_a_broken_configuration_is_one_line(env: dict[str, str], text: str) -> None:
    use(env, text)
    with pytest.raises(UsageError, match=r"config\.json can't be read as Docker's configuration"):
        docker_address(env)
