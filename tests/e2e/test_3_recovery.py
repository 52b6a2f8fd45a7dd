"""What happens to a stack from outside: runs that are killed, `docker system prune`, networks made again, no engine."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass

import docker
import pytest

from tests.e2e.system import CHANGES, LABEL, System
from tests.support.kills import kill, processes
from tests.support.waiting import eventually, until_nothing

pytestmark = pytest.mark.timeout(900)

INTERVAL = CHANGES["prometheus"]["scrapeIntervalSeconds"]
NETWORK = "e2e-shop"


def test_what_killed_runs_leave_is_completed_by_the_next(system: System) -> None:
    system.limit_errors(6.5)
    assert kill(system, "up", "pulumi-resource", after=1.5)
    system.monitor("up")
    assert "6.5" in system.rule_queries()
    volumes = system.volumes()
    assert kill(system, "down", "monitor", after=2)
    assert kill(system, "up", "pulumi", after=4)
    system.monitor("up")
    assert system.volumes() == volumes
    assert processes(system, "pulumi-resource") == []
    until_nothing(system.problems, seconds=90, what="a stack without problems")
    assert system.changes(refresh=True) == {}


def test_a_prune_stops_nothing_and_the_next_up_makes_the_carriers_again(system: System) -> None:
    begun, running, there = time.time(), system.ids(), system.containers()
    carriers = sorted(f"autonomica-{system.stack}-{part}" for part in set(there) - set(running))
    # of this stack alone: there may be others on the engine
    command = ["docker", "system", "prune", "-f", "--filter", f"label={LABEL}={system.stack}"]
    for options in ([], ["-a"], ["--volumes"]):
        subprocess.run([*command, *options], check=True, capture_output=True)
    assert set(system.containers()) == set(running)
    health = system.health()
    until_nothing(system.problems, seconds=90, what="a stack without problems")
    assert health["absent"]["carriers"].startswith(", ".join(carriers) + ": gone")
    system.monitor("up")
    assert system.ids() == running
    assert set(system.containers()) == set(there)
    assert "carriers" not in system.health()["absent"]
    gaps = system.gaps(int(time.time() - begun) + INTERVAL)
    assert not {target: gap for target, gap in gaps.items() if gap > 1.9 * INTERVAL}


@dataclass
class Shop:
    """An application on a network of its own, which comes and goes as with `docker compose`."""

    image: str
    client: docker.DockerClient

    def up(self) -> None:
        self.client.networks.create(NETWORK)
        command = ["--config.file=/dev/null", "--storage.tsdb.path=/tmp"]
        self.client.containers.run(self.image, command, name=NETWORK, network=NETWORK, user="65534", detach=True)

    def down(self) -> None:
        self.client.containers.get(NETWORK).remove(force=True, v=True)
        network = self.client.networks.get(NETWORK)
        network.reload()
        for container in network.containers:
            network.disconnect(container, force=True)
        network.remove()


@pytest.fixture(scope="module")
def shop(system: System) -> Iterator[Shop]:
    shop = Shop(str(system.containers()["prometheus"].attrs["Image"]), system.docker)
    shop.up()
    system.configure({"networks": {"services": [NETWORK]}})
    yield shop
    system.configure({"networks": None})
    system.monitor("targets", "remove", f"{NETWORK}:9090", ok=False)  # one is left where a test failed
    system.monitor("up")
    shop.down()
    shop.client.close()


def target(system: System) -> str:
    """What `monitor targets list` says of the application; nothing where it isn't listed."""
    listed = json.loads(system.monitor("targets", "list", "--json").stdout)["targets"]
    return "".join(str(each["state"]) for each in listed if each["address"] == f"{NETWORK}:9090")


def test_a_target_is_dropped_in_and_survives(system: System, shop: Shop) -> None:
    assert shop.client.networks.get(NETWORK)
    system.monitor("up")
    added = system.monitor("targets", "add", "shop", f"{NETWORK}:9090", "--label", "team=shop").stdout
    assert added.startswith(f"{NETWORK}:9090 is scraped as shop")
    eventually(lambda: target(system) == "up", seconds=60, what="the target")
    assert system.query('up{job="file",service="shop",team="shop"} == 1')
    system.containers()["prometheus"].restart(timeout=20)
    system.monitor("up")
    eventually(lambda: target(system) == "up", seconds=60, what="the target after a restart")


def test_an_application_whose_network_is_made_again_is_seen_again(system: System, shop: Shop) -> None:
    running = system.ids()
    shop.down()
    shop.up()
    eventually(lambda: target(system).startswith("down"), seconds=60, what="a target that is down")
    system.containers()["prometheus"].restart(timeout=20)
    output = system.monitor("up", ok=False).stdout  # healthy or not: that it connects is what counts here
    assert f"autonomica-{system.stack}-prometheus is on the network {NETWORK} again" in output
    eventually(lambda: target(system) == "up", seconds=60, what="the target")
    assert system.ids() == running


def test_a_prometheus_that_cant_start_without_that_network_is_put_right(system: System, shop: Shop) -> None:
    """The host was started again, and the application's network was made by others meanwhile."""
    prometheus = system.containers()["prometheus"]
    prometheus.stop(timeout=20)
    shop.down()
    with pytest.raises(docker.errors.APIError, match="not found"):
        prometheus.start()
    shop.up()
    system.monitor("up")
    eventually(lambda: target(system) == "up", seconds=60, what="the target")


def test_a_target_is_taken_back(system: System, shop: Shop) -> None:
    assert shop.image
    system.monitor("targets", "remove", f"{NETWORK}:9090")
    assert target(system) == ""
    eventually(lambda: not system.query('up{job="file",service="shop"}'), seconds=60, what="an end of its scrapes")


@pytest.mark.skipif(os.geteuid() != 0, reason="to hide the engine from a program alone needs root")
def test_a_preview_without_the_engine_shows_no_change(system: System) -> None:
    """What only the engine's machine knows is kept with the stack."""
    system.monitor("up")
    hide = 'mount --bind /dev/null "$(readlink -f /var/run/docker.sock)" && exec "$@"'
    for words in (["pulumi", "--", "preview", "--json"], ["preview"]):
        command = ["unshare", "--mount", "sh", "-c", hide, "sh", *system.command(*words)]
        result = subprocess.run(
            command, cwd=system.root, env=system.environment(), capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout + result.stderr
        if "--json" in words:
            assert set(json.loads(result.stdout)["changeSummary"]) == {"same"}
