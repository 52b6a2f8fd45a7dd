"""`monitor alerts unmeasured` on a real Prometheus with production's rules."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.health.http_api import fetch_json
from ops.unmeasured import unmeasured
from tests.routing.amtool import program
from tests.support.free_port import free_port
from tests.support.rendered import rendered
from tests.support.waiting import eventually


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[str]:
    """A Prometheus with prod's rules that sees nothing but itself."""
    port = free_port()
    for name, content in rendered("prod").items():
        (tmp_path / name).write_text(content)
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1m"},
        "rule_files": [f"{tmp_path}/*.yml"],
        "scrape_configs": [{"job_name": "prometheus", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}],
    }
    (tmp_path / "prometheus.json").write_text(json.dumps(config))
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [program("prometheus"), f"--config.file={tmp_path}/prometheus.json", f"--storage.tsdb.path={tmp_path}/data",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"

    def scraped() -> bool:
        try:
            answer = fetch_json(f"{url}/api/v1/query", {"query": "prometheus_ready and on () up"})
        except OpsError:
            return False
        return isinstance(answer, dict) and bool(answer["data"]["result"])

    try:
        eventually(scraped, what="Prometheus has scraped itself", seconds=120)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_a_real_prometheus_that_sees_only_itself(prometheus: str) -> None:
    found, count = unmeasured(prometheus, fetch_json)
    lacking = {each.alert: each.missing for each in found}
    assert count > 90
    assert lacking["HostDown"] == ('up{job="node"}',)
    assert lacking["PostgresDown"] == ("pg_up",)
    assert lacking["HostRaidDegraded"] == ("node_md_disks", "node_md_disks_required")
    assert set(lacking["ErrorRateHigh"]) == {"http_requests_total", "worker_jobs_total"}
    measured = {"Watchdog", "InstanceDown", "TargetMissing", "PrometheusTsdbFailing", "PrometheusConfigReloadFailed"}
    assert measured.isdisjoint(lacking)
