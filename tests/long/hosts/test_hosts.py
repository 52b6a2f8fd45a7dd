"""Nothing changes at a second update, nor in a preview without the engine, whatever the Docker host is like."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import docker
import pytest
import yaml

from ops.errors import OpsError
from ops.facts import find_facts
from ops.health.docker_engine import DockerEngine
from ops.subnets import read_routes, refuse_taken_subnet
from tests.long.hosts.engine import Host, host, server_image

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).parent / "program"
NAME = "autonomica-monitoring"
TOOLS = f"{Path(sys.prefix) / 'bin'}:{ROOT / '.state' / 'bin'}:{os.environ.get('PATH', '')}"
SUBNET = IPv4Network("172.16.90.0/24")


def _missing() -> str | None:
    if os.geteuid() != 0:
        return "an engine of its own needs root"
    programs = ("dockerd", "pulumi", "pulumi-language-python", "pulumi-resource-docker", "unshare", "nsenter", "ip")
    missing = [program for program in programs if shutil.which(program, path=TOOLS) is None]
    return f"not installed here: {', '.join(missing)}" if missing else None


pytestmark = [pytest.mark.engine, pytest.mark.skipif(_missing() is not None, reason=str(_missing()))]


class Deployment:
    """The program of these tests on a host, with a state of its own."""

    def __init__(self, folder: Path, there: Host) -> None:
        self._folder, self._host = folder, there
        self._config = folder / "Pulumi.t.yaml"
        self._image = server_image(there.url, folder)
        (folder / "state").mkdir()
        seed = folder / "seed"
        seed.mkdir()
        shutil.copy(PROGRAM / "Pulumi.yaml", seed)
        self._pulumi("stack", "init", "t", folder=seed)
        self._salt = yaml.safe_load((seed / "Pulumi.t.yaml").read_text())

    def up(self) -> dict[str, int]:
        """Find the facts and update; what was done, counted."""
        self.configure(find_facts(DockerEngine(self._host.url), airgap=True))
        lines = self._pulumi("up", "--yes", "--skip-preview", "--refresh", "--json", "--config-file", str(self._config))
        events = [json.loads(line) for line in lines.splitlines() if line.startswith("{")]
        (changes,) = [event["summaryEvent"]["resourceChanges"] for event in events if "summaryEvent" in event]
        return dict(changes)

    def preview(self, *options: str) -> dict[str, int]:
        """What would be done with the facts that the stack keeps."""
        self.configure(None)
        plan = json.loads(self._pulumi("preview", "--json", *options, "--config-file", str(self._config)))
        return dict(plan["changeSummary"])

    def configure(self, facts: dict[str, object] | None) -> None:
        settings: dict[str, Any] = {
            "grafana": {"enabled": False},
            "notifications": {"webhook": {"url": "http://nowhere.example/"}},
            **({} if facts is None else {"facts": facts}),
        }
        config = {f"{NAME}:{key}": value for key, value in settings.items()}
        self._config.write_text(yaml.safe_dump(self._salt | {"config": config | {"server:image": self._image}}))

    def _pulumi(self, *args: str, folder: Path = PROGRAM) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI", "DOCKER"))}
        environment |= {
            "PATH": TOOLS,
            "PULUMI_BACKEND_URL": f"file://{self._folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        stack = [] if args[:2] == ("stack", "init") else ["--stack", "t"]
        done = subprocess.run(
            ["pulumi", *args, *stack, "--non-interactive"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout


def _nothing_changes_any_more(deployment: Deployment) -> None:
    first = deployment.up()
    assert set(first) == {"create"}, first
    assert set(deployment.up()) == {"same"}
    assert set(deployment.preview("--refresh")) == {"same"}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place that everybody may pass through, as an engine that maps users asks for; pytest's own are private."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def test_a_host_as_most_are(folder: Path) -> None:
    with host(folder) as there:
        deployment = Deployment(folder, there)
        _nothing_changes_any_more(deployment)
    # the engine is gone
    assert set(deployment.preview()) == {"same"}


def test_users_that_are_mapped(folder: Path) -> None:
    with host(folder, "--userns-remap=default") as there:
        assert "users mapped (userns-remap)" in DockerEngine(there.url).info().security
        _nothing_changes_any_more(Deployment(folder, there))


def test_one_cpu_a_root_that_is_mounted_private_and_data_elsewhere(folder: Path) -> None:
    options = f"--data-root={folder}/elsewhere"
    with host(folder, options, wrapper=("taskset", "-c", "0"), mounts="rprivate") as there:
        info = DockerEngine(there.url).info()
        assert (info.cpus, info.data_root) == (1, f"{folder}/elsewhere")
        _nothing_changes_any_more(Deployment(folder, there))
        client = docker.DockerClient(base_url=there.url)
        assert client.containers.get("autonomica-t-first").attrs["HostConfig"]["NanoCpus"] == 1_000_000_000


def test_a_route_in_the_subnet_is_found_and_another_is_free(folder: Path) -> None:
    with host(folder) as there:
        engine = DockerEngine(there.url)
        there.run("ip", "link", "add", "vpn0", "type", "veth", "peer", "name", "vpn1")
        there.run("ip", "link", "set", "vpn0", "up")
        refuse_taken_subnet(SUBNET, "ours", engine.networks(), _routes(there))
        there.run("ip", "route", "add", "172.16.88.0/21", "dev", "vpn0")
        with pytest.raises(OpsError, match=r"172\.16\.90\.0/24 overlaps 172\.16\.88\.0/21, .* a route over vpn0"):
            refuse_taken_subnet(SUBNET, "ours", engine.networks(), _routes(there))


def _routes(there: Host) -> Any:
    return read_routes(there.run("ip", "-json", "-4", "route", "show", "table", "all", "type", "unicast"))
