"""A target that explodes, before a real Prometheus with the stack's limits, rules and command line."""

import io
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import docker
import pytest
import requests
from docker.models.containers import Container

from config.images import reference
from config.prometheus.rules import own_rules
from config.prometheus.server import CONFIG_DIRECTORY, DATA_DIRECTORY, arguments, prometheus_config
from config.settings.base import AIRGAP_REGISTRY
from config.settings.load import parse
from tests.support.free_port import free_port
from tests.support.program import raw, stack_config

pytestmark = pytest.mark.engine

MEMORY_MB = 512
SETTINGS = parse(
    "dev",
    {key: raw(value) for key, value in stack_config("dev").items()}
    | {
        "prometheus": raw({"scrapeIntervalSeconds": 5, "evaluationIntervalSeconds": 5, "memoryMb": MEMORY_MB}),
        "thresholds": raw({"monitoring": {"scrapeLimitSeconds": 5, "seriesAdded": 100_000}}),
    },
)


class Flooded:
    """The server, and what it says."""

    def __init__(self, container: Container) -> None:
        self.container = container
        container.reload()
        published = container.attrs["NetworkSettings"]["Ports"]["9090/tcp"][0]
        self.url = f"http://127.0.0.1:{published['HostPort']}"

    def value(self, query: str) -> float | None:
        answer = requests.get(f"{self.url}/api/v1/query", params={"query": query}, timeout=20).json()
        result = answer["data"]["result"]
        return float(result[0]["value"][1]) if result else None

    def alerts(self) -> set[tuple[str, str, str]]:
        """Name, job and limit of those that fire."""
        listed = requests.get(f"{self.url}/api/v1/alerts", timeout=20).json()["data"]["alerts"]
        return {
            (alert["labels"]["alertname"], alert["labels"].get("job", ""), alert["labels"].get("limit", ""))
            for alert in listed
            if alert["state"] == "firing"
        }

    def until(self, done: Callable[[], bool], what: str, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                if done():
                    return
            except requests.RequestException:
                pass
            assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}: {self.container.logs(tail=5)!r}"
            time.sleep(1)


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """What there is to scrape, on this host: a million series; too many, and others each time; some."""
    wanted = {"million": ["1000000"], "changing": ["90000", "new"], "well": ["1000"]}
    ports = {name: free_port() for name in wanted}
    flood = str(Path(__file__).with_name("flood.py"))
    running = [subprocess.Popen([sys.executable, flood, str(ports[name]), *wanted[name]]) for name in wanted]
    yield ports
    for process in running:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def server(ports: dict[str, int]) -> Iterator[Flooded]:
    client = docker.from_env(timeout=120)
    # this host as containers see it; not every engine says its gateway
    gateway = next(IPv4Network(client.networks.get("bridge").attrs["IPAM"]["Config"][0]["Subnet"]).hosts())
    jobs: list[dict[str, Any]] = [
        {"job_name": name, "static_configs": [{"targets": [f"{gateway}:{port}"], "labels": {"service": name}}]}
        for name, port in ports.items()
    ]
    jobs.append({"job_name": "prometheus", "static_configs": [{"targets": ["127.0.0.1:9090"]}]})
    # of this limit alone Prometheus has no metric: the rules have it, by job
    rules = own_rules(SETTINGS)["monitoring.yml"].replace("{job: api}", "{job: million}")
    config = prometheus_config(SETTINGS, jobs, {"monitoring.yml": rules})
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, text in config.files.items():
            member = tarfile.TarInfo(f"{CONFIG_DIRECTORY}/{path}".lstrip("/"))
            member.size, member.mode = len(text.encode()), 0o644
            tar.addfile(member, io.BytesIO(text.encode()))
    container = client.containers.create(
        reference("prometheus", AIRGAP_REGISTRY),
        command=arguments(SETTINGS),
        environment={"GOMEMLIMIT": f"{MEMORY_MB * 9 // 10}MiB"},
        mem_limit=f"{MEMORY_MB}m",
        memswap_limit=f"{MEMORY_MB}m",
        ports={"9090/tcp": ("127.0.0.1", free_port())},
        tmpfs={DATA_DIRECTORY: "size=2g,mode=1777"},
        user="65534:65534",
    )
    try:
        container.put_archive("/", archive.getvalue())
        container.start()
        yield Flooded(container)
    finally:
        container.remove(force=True)
        client.close()


def test_a_million_series_are_cut_off_and_told(server: Flooded) -> None:
    server.until(lambda: ("ScrapeLimitExceeded", "million", "size") in server.alerts(), "it is told")
    assert server.value('scrape_body_size_bytes{job="million"}') == -1
    assert server.value('up{job="million"}') == 0


def test_too_many_series_are_refused_and_told(server: Flooded) -> None:
    server.until(lambda: ("ScrapeLimitExceeded", "changing", "samples") in server.alerts(), "it is told")
    assert server.value('scrape_samples_post_metric_relabeling{job="changing"}') == 90_000
    assert server.value('count({job="changing", __name__="flood_requests_total"})') is None


def test_ever_new_series_are_told_before_memory_is_full(server: Flooded) -> None:
    """The limit of samples doesn't keep them out of memory."""
    server.until(lambda: ("ScrapeSeriesChurn", "changing", "") in server.alerts(), "it is told")
    assert (server.value("prometheus_tsdb_head_series") or 0) > 50_000


def test_prometheus_and_all_other_targets_go_on(server: Flooded) -> None:
    server.container.reload()
    assert server.container.attrs["State"]["Running"]
    assert not server.container.attrs["State"]["OOMKilled"]
    assert server.value('min_over_time(up{job="well"}[1m])') == 1
    assert server.value('count({job="well", __name__="flood_requests_total"})') == 1000
    assert (server.value("process_resident_memory_bytes") or 0) < MEMORY_MB * 2**20
    assert server.value("go_gc_gomemlimit_bytes") == MEMORY_MB * 9 // 10 * 2**20
    assert not {alert for alert in server.alerts() if alert[1] == "well"}


def test_no_page_from_elsewhere_may_read_it(server: Flooded) -> None:
    answer = requests.get(
        f"{server.url}/api/v1/query",
        params={"query": "up"},
        headers={"Origin": "https://elsewhere.example"},
        timeout=10,
    )
    assert answer.ok
    assert "Access-Control-Allow-Origin" not in answer.headers
