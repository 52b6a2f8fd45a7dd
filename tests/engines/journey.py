"""The way of a stack on one engine, in the order of these tests. Run by test_matrix.py with each engine, or by hand:

python -m tests.support.engines 28.5 .venv/bin/pytest tests/engines/journey.py
"""

import re
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.e2e.system import System
from tests.support.waiting import eventually, until_nothing

# what is measured of every container of the stack, and of those on a network of their own
EVERY = (
    "container_cpu_usage_seconds_total",
    "container_cpu_cfs_throttled_periods_total",
    "container_memory_working_set_bytes",
    "container_spec_memory_limit_bytes",
    "container_oom_events_total",
    "container_health_state",
    "container_start_time_seconds",
)
NETWORKED = ("container_network_receive_bytes_total", "container_network_transmit_bytes_total")
IN_THE_HOSTS_NETWORK = {"node-exporter", "docker-metrics"}


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    system = System.copy_to(tmp_path_factory.mktemp("checkout"), "e2e")
    try:
        yield system
    finally:
        if system.containers() or system.volumes():
            system.monitor("destroy", "--yes", ok=False)


def test_up_and_healthy(system: System) -> None:
    begun = time.monotonic()
    system.monitor("up")
    print(f"up in {time.monotonic() - begun:.0f} s")  # noqa: T201
    health = system.health()
    assert health["healthy"], health["problems"]
    assert {target["health"] for target in health["targets"]} == {"up"}


def test_every_container_is_seen_in_the_metrics(system: System) -> None:
    # one of somebody else's
    image = str(system.containers()["prometheus"].attrs["Image"])
    other = system.docker.containers.run(image, ["1000"], entrypoint="sleep", detach=True, name="somebody-elses")
    try:
        eventually(lambda: system.query('container_last_seen{name="somebody-elses"}'), seconds=60, what="its metrics")
    finally:
        other.remove(force=True)
    running = {f"autonomica-{system.stack}-{part}" for part in system.ids()}

    def missing(metric: str) -> set[str]:
        exempt = {f"autonomica-{system.stack}-{part}" for part in IN_THE_HOSTS_NETWORK if metric in NETWORKED}
        series = system.query(f'group by (name) ({metric}{{job="cadvisor"}})')
        return running - exempt - {each["metric"]["name"] for each in series}

    until_nothing(
        lambda: {metric: names for metric in (*EVERY, *NETWORKED) if (names := missing(metric))},
        seconds=30,
        what="metrics of every container",
    )
    # the engine counts its disk use for a while, and not at each scrape
    eventually(lambda: system.query('docker_disk_use_bytes{kind="images"} > 1e6'), seconds=60, what="its disk use")
    seen = system.health()["seen_containers"]
    assert seen["unseen"] == []
    assert seen["running"] == len(system.docker.containers.list())


def test_a_second_up_and_a_preview_change_nothing(system: System) -> None:
    before = {part: container.id for part, container in system.containers().items()}
    assert re.search(r"^  \d+ unchanged$", system.monitor("up").stdout, re.MULTILINE)
    assert {part: container.id for part, container in system.containers().items()} == before
    assert system.changes(refresh=True) == {}


def test_a_prune_stops_nothing_and_the_next_up_makes_the_carriers_again(system: System) -> None:
    """All of it: here is nobody else."""
    running, there = system.ids(), set(system.containers())
    subprocess.run(["docker", "system", "prune", "-f", "--volumes"], check=True, capture_output=True)
    assert set(system.containers()) == set(running)
    assert "prometheus-config" in system.health()["absent"]["carriers"]
    system.monitor("up")
    assert system.ids() == running
    assert set(system.containers()) == there


def test_a_changed_rule_takes_effect_in_the_same_container(system: System) -> None:
    before = system.ids()
    system.limit_errors(7.25)
    system.monitor("up")
    assert "7.25" in system.rule_queries()
    assert {part for part, container in system.ids().items() if before.get(part) != container} == {
        "prometheus-reloader"
    }


def test_a_fault_reaches_every_channel(system: System) -> None:
    since = time.time()
    redis = system.containers()["demo-redis"]
    redis.stop(timeout=2)
    try:
        for channel in ("email", "slack", "webhook"):
            eventually(
                lambda channel=channel: system.messages(channel, "RedisDown", since),  # type: ignore[misc]
                seconds=90,
                what=f"RedisDown on {channel}",
            )
    finally:
        redis.start()


def test_an_exporter_that_sees_nothing_makes_the_stack_unhealthy(system: System) -> None:
    """What it asks hangs: it answers, and has nothing to say."""
    eventually(lambda: system.health()["healthy"], seconds=60, what="a healthy stack")
    filter_ = system.containers()["docker-api"]
    filter_.pause()
    try:
        blind: list[str] = eventually(
            lambda: (system.health()["seen_containers"] or {}).get("unseen", []), seconds=60, what="containers unseen"
        )
        assert f"autonomica-{system.stack}-prometheus" in blind
        [problem] = [one for one in system.health()["problems"] if one["area"] == "metrics"]
        assert "running containers have no metrics, so no alert" in problem["reason"]
        assert problem["next"] == f"docker logs --tail 50 autonomica-{system.stack}-container-exporter"
    finally:
        filter_.unpause()
    eventually(lambda: system.health()["healthy"], seconds=60, what="a healthy stack again")


def test_nothing_is_left_after_destroy(system: System) -> None:
    system.monitor("destroy", "--yes")
    assert (system.containers(), system.volumes(), system.networks()) == ({}, set(), set())
    left = subprocess.run(["docker", "ps", "-aq"], capture_output=True, text=True, check=True).stdout
    assert left == ""
