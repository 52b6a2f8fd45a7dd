"""From nothing to a stack in which everything is well, with an interruption on the way."""

import json
import os
import signal
import stat
import subprocess

import requests

from tests.e2e.system import System, run_in
from tests.support.waiting import eventually

SERVICES = {"api", "frontend", "worker", "sink", "load"}


def test_ctrl_c_in_the_middle_says_what_next(system: System) -> None:
    running = system.start("up")
    eventually(
        lambda: len(system.containers()) >= 3 or running.poll() is not None, seconds=300, what="a first container"
    )
    assert running.poll() is None, running.communicate()[0]
    os.killpg(running.pid, signal.SIGINT)
    output, _ = running.communicate(timeout=120)
    assert running.returncode == 130, output
    assert "make up" in output.splitlines()[-1]
    assert "Traceback" not in output


def test_the_next_up_finishes_the_job(system: System) -> None:
    output = system.monitor("up").stdout
    for words in ("Pulumi CLI", "Plugins", "Images", "Docker engine"):
        assert words in output
    assert f"http://127.0.0.1:{system.settings()['prometheus']['port']}" in output


def test_everything_is_well(system: System) -> None:
    health = system.health()
    assert health["healthy"], health["problems"]
    assert {container["health"] for container in health["containers"] if container["role"] == "service"} == {"healthy"}
    assert {target["health"] for target in health["targets"]} == {"up"}
    assert set(health["alertmanager"]["receivers"]) == {"critical", "heartbeat", "info", "warning"}


def test_the_services_of_the_demo_are_scraped_and_discovered(system: System) -> None:
    services = {series["metric"]["service"] for series in system.query('count by (service) (up{service!=""})')}
    assert services >= SERVICES
    rate = "sum(rate(http_request_duration_seconds_bucket[1m])) > 0"
    eventually(lambda: system.query(rate), seconds=60, what="requests")
    assert system.query("orders_created_total")
    assert system.query('probe_success{service="frontend"} == 1')
    assert system.query("pg_up == 1")
    assert system.query("redis_up == 1")


def test_the_host_is_seen_not_a_container(system: System) -> None:
    [size] = system.query('node_filesystem_size_bytes{mountpoint="/"}')
    host = os.statvfs("/")
    assert float(size["value"][1]) == host.f_blocks * host.f_frsize
    assert size["metric"]["fstype"] not in {"overlay", "tmpfs"}
    assert system.query("node_procs_running")
    eventually(lambda: system.query("sum(rate(node_network_receive_bytes_total[1m]))"), seconds=60, what="a rate")


def test_every_container_is_measured_by_name(system: System) -> None:
    def measured() -> bool:
        series = system.query(f'container_memory_working_set_bytes{{name=~"autonomica-{system.stack}-.+"}}')
        names = {one["metric"]["name"].removeprefix(f"autonomica-{system.stack}-") for one in series}
        return set(system.ids()) <= names

    eventually(measured, seconds=60, what="a memory figure of every container")


def test_the_docker_api_is_filtered(system: System) -> None:
    """From where Prometheus asks: listing is allowed, everything that changes or reveals is not."""
    asker = system.containers()["prometheus"]

    def status(path: str, *options: str) -> str:
        command = ["wget", "-q", "-S", "-O", "/dev/null", *options, f"http://docker-api:2375{path}"]
        return run_in(asker, *command)[1]

    assert "200 OK" in status("/containers/json")
    for refused in ("/images/json", "/containers/abc/json", "/info", "/containers/../info", "/v1.41/secrets"):
        assert "403 Forbidden" in status(refused), refused
    assert "403 Forbidden" in status("/containers/json", "--post-data={}")


def test_prometheus_can_be_neither_stopped_nor_emptied_over_http(system: System) -> None:
    port = system.settings()["prometheus"]["port"]
    url = f"http://127.0.0.1:{port}"
    for path in ("/-/quit", "/-/reload"):
        assert requests.post(f"{url}{path}", timeout=5).status_code == 403, path
    emptied = requests.post(f"{url}/api/v1/admin/tsdb/delete_series?match[]=up", timeout=5)
    assert (emptied.ok, emptied.json()["error"]) == (False, "admin APIs disabled")
    assert system.query("up")


def test_a_preview_shows_no_change(system: System) -> None:
    assert system.changes() == {}


def test_a_second_up_changes_nothing_and_is_quick(system: System) -> None:
    before = {part: container.id for part, container in system.containers().items()}
    system.monitor("up", seconds=60)
    assert {part: container.id for part, container in system.containers().items()} == before


def test_what_is_generated_is_private_and_git_ignored(system: System) -> None:
    passphrase = system.root / ".state" / "passphrase"
    assert stat.S_IMODE(passphrase.stat().st_mode) == 0o600
    assert stat.S_IMODE((system.root / ".state").stat().st_mode) & 0o077 == 0
    assert ".state/" in (system.root / ".gitignore").read_text().splitlines()
    assert "secure" not in (system.root / f"Pulumi.{system.stack}.yaml").read_text()


def test_urls_are_told_as_json(system: System) -> None:
    urls = json.loads(system.monitor("urls", "--json").stdout)
    assert str(system.settings()["demoServices"]["sinkPort"]) in json.dumps(urls)


def test_a_target_is_dropped_in_at_run_time(system: System) -> None:
    target = [{"targets": ["sink:8080"], "labels": {"dropped": "in"}}]
    name = f"autonomica-{system.stack}-prometheus-config"
    path = system.root / "dropped.json"
    path.write_text(json.dumps(target))
    path.chmod(0o644)

    subprocess.run(["docker", "cp", str(path), f"{name}:/etc/prometheus/targets/dropped.json"], check=True)
    eventually(lambda: system.query('up{job="file", dropped="in"} == 1'), seconds=60, what="the dropped-in target")
