"""`monitor recover` on a real engine: a Prometheus whose data was damaged, or is more than its memory can read."""

import io
import re
import tarfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import docker
import pytest
from docker.models.containers import Container

from config.images import reference
from config.settings.base import AIRGAP_REGISTRY
from ops import prometheus_data
from ops.commands import recover
from ops.errors import OpsError
from ops.prometheus_data import Data, Report, diagnose

pytestmark = pytest.mark.engine

NAME = "autonomica-recovery-test-prometheus"
_CONFIG = b"""
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs: [{job_name: prometheus, static_configs: [{targets: ["127.0.0.1:9090"]}]}]
"""


class Server:
    """A Prometheus as the stack runs it, with a volume of its own, and means to damage that."""

    def __init__(self, client: docker.DockerClient) -> None:
        self.client = client
        self.image = reference("prometheus", AIRGAP_REGISTRY)
        self.volume = f"{NAME}-data"
        client.volumes.create(self.volume)
        self.shell("chown 65534:65534 /data")
        policy: Any = {"Name": "unless-stopped"}
        self.container: Container = client.containers.create(
            self.image,
            command=[
                "--config.file=/etc/prometheus.yml",
                "--storage.tsdb.path=/prometheus",
                "--web.enable-remote-write-receiver",
            ],
            name=NAME,
            user="65534:65534",
            network_mode="none",
            volumes={self.volume: {"bind": "/prometheus", "mode": "rw"}},
            mem_limit="1g",
            memswap_limit="1g",
            restart_policy=policy,
            healthcheck={
                "test": ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9090/-/ready"],
                "interval": 1_000_000_000,
            },
        )
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            member = tarfile.TarInfo("prometheus.yml")
            member.size, member.mode = len(_CONFIG), 0o644
            tar.addfile(member, io.BytesIO(_CONFIG))
        self.container.put_archive("/etc", archive.getvalue())

    def start(self) -> None:
        self.container.start()
        self.until(lambda: self.state().get("Health", {}).get("Status") == "healthy", "it is ready")

    def state(self) -> dict[str, Any]:
        self.container.reload()
        found: dict[str, Any] = self.container.attrs["State"]
        return found

    def until(self, done: Callable[[], bool], what: str, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}\n{self.container.logs(tail=20)!r}"
            time.sleep(0.5)

    def shell(self, script: str, volume: str | None = None) -> str:
        """Run a script on the volume, in /data."""
        container = self.client.containers.create(
            self.image,
            entrypoint=["/bin/sh", "-c"],
            command=[script],
            user="0:0",
            volumes={volume or self.volume: {"bind": "/data", "mode": "rw"}},
        )
        container.start()
        assert container.wait()["StatusCode"] == 0, container.logs()
        said = container.logs()
        container.remove()
        return said.decode()

    def damaged(self, script: str) -> str:
        """Stop it, damage its data, and have it fail at least once; the reason that is found."""
        self.container.stop(timeout=30)
        self.shell(script)
        self.container.start()
        return self.failed()

    def failed(self) -> str:
        findings: list[prometheus_data.Finding] = []
        self.until(lambda: not findings.append(self.finding()) and findings[-1].broken, "it fails")  # type: ignore[func-returns-value]
        return findings[-1].what

    def finding(self) -> prometheus_data.Finding:
        with self.data() as data:
            return diagnose(data.inspect(), data.log())

    def data(self) -> Any:
        return Data.of("unix:///var/run/docker.sock", NAME)

    def push(self, series: int) -> None:
        """Write so many series."""
        line = 'pushed{number=\\"%07d\\"} 1\\n'
        script = (
            f"awk 'BEGIN {{ for (i = 0; i < {series}; i++) printf \"{line}\", i }}' > /tmp/series"
            " && promtool push metrics http://127.0.0.1:9090 /tmp/series"
        )
        code, said = self.container.exec_run(["/bin/sh", "-c", script])
        assert code == 0, said

    def value(self, query: str) -> float:
        command = ["promtool", "query", "instant", "http://127.0.0.1:9090", query]
        said = str(self.container.exec_run(command).output)
        return float(re.findall(r"=> (\S+)", said)[-1]) if "=> " in said else 0.0

    def recover(self, minutes: int = 5) -> Report:
        with self.data() as data:
            return recover._recover(data, "as in the test", minutes=minutes, quiet=True)

    def copies(self) -> list[Any]:
        found: list[Any] = self.client.volumes.list(filters={"label": f"{prometheus_data.LABEL}={NAME}"})
        return found


@pytest.fixture
def server() -> Iterator[Server]:
    client = docker.from_env(timeout=300)
    server = Server(client)
    try:
        server.start()
        yield server
    finally:
        server.container.remove(force=True)
        for volume in [client.volumes.get(server.volume), *server.copies()]:
            volume.remove()
        client.close()


def test_with_nothing_to_recover_nothing_is_done(server: Server) -> None:
    assert server.finding() == prometheus_data.Finding(what="Prometheus is ready", fine=True)
    server.container.stop(timeout=30)
    finding = server.finding()
    assert not finding.broken
    assert "was stopped in order" in finding.what


def test_a_damaged_segment_is_prometheus_own_affair(server: Server) -> None:
    """It cuts its log off there, and starts."""
    server.push(2000)
    server.container.stop(timeout=30)
    server.shell("cd /data/wal; dd if=/dev/urandom of=00000000 bs=1 seek=9000 count=64 conv=notrunc 2>/dev/null")
    server.start()
    server.until(lambda: server.value("prometheus_tsdb_wal_corruptions_total") == 1, "it says that it cut its log")
    assert server.finding().fine


def test_a_log_with_a_gap_is_kept_up_to_the_gap(server: Server) -> None:
    server.push(2000)
    for _ in range(3):  # each start begins a segment
        server.container.stop(timeout=30)
        server.start()
    assert "segments are not sequential" in server.damaged("rm /data/wal/00000001")
    report = server.recover()
    assert [line for line in report.kept if line.startswith("the log, from ")], report
    assert report.lost[0] == "segment of the log after a gap 00000002"
    assert server.value("count(last_over_time(pushed[1h]))") == 2000
    assert server.state()["Health"]["Status"] == "healthy"
    [copy] = server.copies()
    assert copy.name == report.copy_volume
    assert "00000002" in server.shell("ls /data/wal", copy.name)


def test_a_log_that_memory_is_too_small_for_is_kept_whole(server: Server) -> None:
    server.push(200_000)
    server.container.stop(timeout=30)
    server.container.update(mem_limit="48m", memswap_limit="48m")
    server.container.start()
    reason = server.failed()
    assert "Prometheus is killed while it reads its log" in reason
    assert reason.endswith("it may use 48 MB")
    report = server.recover()
    assert report.lost == []
    assert server.state()["Health"]["Status"] == "healthy"
    server.container.update(mem_limit="1g", memswap_limit="1g")
    assert server.value("count(last_over_time(pushed[1h]))") == 200_000


def test_a_damaged_block_is_taken_out_and_all_else_stays(server: Server) -> None:
    server.push(2000)
    server.damaged(
        'cd /data; mkdir 01KAV4CBPN8HWX7BZEAP1RRNFM; echo \'{"ulid": "01KAV4CBPN8HWX7BZEAP1RRNFM", "minTime": 1000,'
        ' "maxTime": 2000, "version": 1, "compaction": {"level": 1}}\' > 01KAV4CBPN8HWX7BZEAP1RRNFM/meta.json;'
        " chown -R 65534:65534 01K*"
    )
    report = server.recover()
    assert report.lost == ["block 01KAV4CBPN8HWX7BZEAP1RRNFM"]
    assert server.value("count(last_over_time(pushed[1h]))") == 2000
    meta = server.shell("cat /data/01KAV4CBPN8HWX7BZEAP1RRNFM/meta.json", report.copy_volume)
    assert '"maxTime": 2000' in meta


def test_a_log_that_can_not_be_read_at_all_goes(server: Server) -> None:
    server.push(2000)
    server.container.stop(timeout=30)
    report = server.recover(minutes=0)  # more than there is time for
    assert len(report.lost) == 1
    assert report.lost[0].startswith("the log (")
    assert server.state()["Health"]["Status"] == "healthy"
    assert server.value("count(last_over_time(pushed[1h]))") == 0


def test_files_of_another_owner_are_given_back(server: Server) -> None:
    """As after a copy that root put back."""
    server.push(2000)
    assert "permission denied" in server.damaged("chown -R 0:0 /data/wal; chmod 700 /data/wal")
    report = server.recover()
    assert report.lost == []
    assert "files that weren't Prometheus's own; their owner is 65534:65534 again" in report.kept
    assert server.value("count(last_over_time(pushed[1h]))") == 2000


def test_without_room_for_a_copy_nothing_is_changed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.damaged("touch /data/wal/00000007; chown -R 65534:65534 /data/wal")
    before = server.shell("ls -R /data/wal")
    monkeypatch.setattr(prometheus_data, "_SPARE_MB", 10**9)
    with pytest.raises(OpsError, match=r"takes \d+ MB, and \d+ MB are free on the disk with Docker's data; make room"):
        server.recover()
    assert server.copies() == []
    assert server.shell("ls -R /data/wal") == before
    assert server.state()["Status"] in {"running", "restarting"}
