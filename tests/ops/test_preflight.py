"""What a run decides to use."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.backend import choose
from ops.health.docker_engine import EngineInfo
from ops.kit import Cli, choose_cli
from ops.mode import Mode
from ops.preflight import examine
from ops.project import Project, Stack
from tests.ops.conftest import NAME, FakePulumi, write_yaml

AIRGAP = Mode(True, "no internet")
OFFICIAL = Mode(False, "internet")
BUILT = Cli(installed=False, version=None, path=Path("x"), ready=True)


@pytest.fixture
def install(tmp_path: Path) -> Callable[[str], str]:
    """Puts a `pulumi` of a version onto a PATH of its own."""

    def make(version: str) -> str:
        folder = tmp_path / f"path-{version}"
        folder.mkdir()
        (folder / "pulumi").write_text(f"#!/bin/sh\necho {version}\n")
        (folder / "pulumi").chmod(0o755)
        return str(folder)

    return make


def test_an_installed_cli_is_used(project: Project, install: Callable[[str], str]) -> None:
    found = choose_cli(project, install("v3.250.1"), airgap=False)
    assert (found.installed, found.version, found.ready) == (True, "3.250.1", True)
    assert choose_cli(project, install("v3.251.0"), airgap=True).installed


@pytest.mark.parametrize("version", ["v2.25.0", "v3.100.0", "nonsense", "''"])
def test_an_installed_cli_that_is_too_old_isnt(project: Project, install: Callable[[str], str], version: str) -> None:
    found = choose_cli(project, install(version), airgap=True)
    assert (found.installed, found.ready) == (False, False)


def test_air_gapped_the_built_cli_goes_first(
    project: Project, pulumi: FakePulumi, install: Callable[[str], str]
) -> None:
    assert choose_cli(project, install("v3.250.1"), airgap=True).path == pulumi.folder / "pulumi"


def test_officially_the_built_cli_isnt_used(project: Project, pulumi: FakePulumi) -> None:
    assert pulumi.folder.is_dir()
    assert not choose_cli(project, "/nowhere", airgap=False).ready


def engine(**changes: object) -> EngineInfo:
    return EngineInfo.model_validate(
        {"ServerVersion": "20.10", "NCPU": 4, "DockerRootDir": "/var/lib/docker"} | changes
    )


ENGINE = engine()


def rows(stack: Stack, mode: Mode = AIRGAP, cli: Cli = BUILT, engine: EngineInfo | None = ENGINE) -> dict[str, str]:
    backend = choose(stack.project, {"HOME": "/nowhere"})
    return examine(stack, mode, backend, cli, engine=engine, docker_host="unix:///s", grafana="13")


def test_one_table_says_what_is_used(stack: Stack) -> None:
    assert list(rows(stack)) == [
        "Mode", "Python", "Pulumi CLI", "Plugins", "Images", "Grafana", "Docker engine", "Its machine", "Backend",
        "Passphrase",
    ]  # fmt: skip
    assert "built" in rows(stack)["Plugins"]
    assert "official" in rows(stack, OFFICIAL)["Plugins"]
    assert "pulled" in rows(stack, OFFICIAL)["Images"]
    assert (
        "to be built" in rows(stack, cli=Cli(installed=False, version=None, path=Path("x"), ready=False))["Pulumi CLI"]
    )
    assert rows(stack)["Docker engine"] == "20.10 at unix:///s"
    assert rows(stack)["Its machine"] == "4 CPUs, data in /var/lib/docker"
    assert "none at unix:///s" in rows(stack, engine=None)["Docker engine"]


def test_what_is_special_about_an_engine_is_said(stack: Stack) -> None:
    options = ["name=seccomp,profile=default", "name=userns", "name=selinux"]
    special = engine(NCPU=1, DockerRootDir="/data/docker", SecurityOptions=options)
    assert rows(stack, engine=special)["Its machine"] == (
        "1 CPU, the most that a container is given, data in /data/docker, users mapped (userns-remap), SELinux"
    )


def test_a_registry_of_the_stack_is_pulled_from_even_without_internet(stack: Stack) -> None:
    write_yaml(stack.committed_file, {"config": {f"{NAME}:imageRegistry": "mirror.internal"}})
    assert rows(stack)["Images"] == "pulled from mirror.internal"


def test_the_backends_url_isnt_shown(stack: Stack) -> None:
    backend = choose(stack.project, {"PULUMI_BACKEND_URL": "postgres://user:hunter2@db"})
    shown = examine(stack, AIRGAP, backend, BUILT, engine=None, docker_host="x", grafana="13")
    assert "hunter2" not in str(shown)
    assert "PULUMI_BACKEND_URL" in shown["Backend"]


def test_the_stacks_own_docker_host_goes_before_the_environments(stack: Stack) -> None:
    write_yaml(stack.committed_file, {"config": {f"{NAME}:dockerHost": "ssh://deploy@host"}})
    assert stack.docker_host({"DOCKER_HOST": "unix:///other"}) == "ssh://deploy@host"
