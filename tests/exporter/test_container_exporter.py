"""The container exporter on answers of real engines, and on an engine that misbehaves."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from config.health_checks import python_get
from container_exporter.__main__ import main
from container_exporter.docker_api import DiskUse, DockerApi, DockerError, GoneError, Inspected, Listed, Stats
from container_exporter.metrics import HELP, Container, Families, cpu_limit, device, samples
from container_exporter.serve import Exporter, server
from container_exporter.watch import Labels
from tests.exporter.engine import FakeEngine, recorded
from tests.support.waiting import eventually

LABEL = "ai.autonomica.monitoring.stack"
# name, labels of the sample without those of the container -> value
Series = dict[tuple[str, str], float]


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    with FakeEngine().serving() as fake:
        yield fake


@pytest.fixture
def exporter(engine: FakeEngine) -> Iterator[Exporter]:
    """One that follows events."""
    stop = threading.Event()
    exporter = Exporter(DockerApi(engine.address), (LABEL,))
    exporter.start(stop)
    eventually(
        lambda: any(path.startswith("/events") for path in engine.asked), seconds=5, what="what the exporter sees"
    )
    yield exporter
    stop.set()


def scrape(exporter: Exporter, seconds: float = 5.0) -> dict[str, dict[str, float]]:
    """Values by container and metric; of several series of one name, their sum."""
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(exporter.text(seconds).decode()):
        for sample in family.samples:
            values = found.setdefault(sample.labels.get("name", ""), {})
            values[sample.name] = values.get(sample.name, 0) + sample.value
    return found


def series(listed: str, inspected: str, stats: str) -> Series:
    """What is exported of one container's recorded answers."""
    container = Container(
        labels=Labels(id="1", name="a1", image="bb:1"),
        listed=Listed.model_validate(next(one for one in recorded(listed) if one["Names"] == ["/a1"])),
        inspected=Inspected.model_validate(recorded(inspected)),
        stats=Stats.model_validate(recorded(stats)),
        kills=2,
        now=1795800316.0,
    )
    found = list(samples(container))
    assert {name for name, _, _ in found} <= HELP.keys()
    keyed = {(name, ",".join(labels.values())): value for name, labels, value in found}
    assert len(keyed) == len(found), "a series twice"
    return keyed


@pytest.mark.parametrize("engine_of", ["20.10", "28.5-containerd"])
def test_recorded_answers_give_everything_but_the_disks_that_the_kernel_didnt_count(engine_of: str) -> None:
    found = series(*(f"{engine_of}.{kind}" for kind in ("list", "inspect", "stats")))
    missing = HELP.keys() - {name for name, _ in found}
    assert {name for name in missing if not name.startswith("container_fs_")} == {"container_threads_max"}
    assert found["container_spec_memory_limit_bytes", ""] == 64 << 20
    assert found["container_health_state", ""] == 1
    assert found["container_oom_events_total", ""] == 2
    quota = found["container_spec_cpu_quota", ""] / found["container_spec_cpu_period", ""]
    assert quota == 0.5
    assert found["container_network_receive_packets_total", "eth0"] > 0
    assert 20 << 20 < found["container_memory_usage_bytes", ""] < 64 << 20
    assert found["container_memory_cache", ""] >= 20 << 20
    assert 0 < found["container_memory_rss", ""] < 1 << 20
    assert 1795800000 < found["container_creation_time_seconds", ""] <= found["container_start_time_seconds", ""]
    assert found["container_start_time_seconds", ""] < 1795800400
    cpu = found["container_cpu_user_seconds_total", ""] + found["container_cpu_system_seconds_total", ""]
    assert found["container_cpu_usage_seconds_total", "total"] == pytest.approx(cpu, abs=0.02)


def test_disks_of_cgroup_v1_are_counted_once() -> None:
    """Sync, Async, Discard and Total count the same again. `/dev/vda` on the machine that it was recorded on."""
    found = series("20.10.list", "20.10.inspect", "28.5-disk.stats")
    disks = {name: value for (name, _), value in found.items() if name.startswith("container_fs_")}
    assert disks == {
        "container_fs_reads_bytes_total": 21024768,
        "container_fs_writes_bytes_total": 20979712,
        "container_fs_reads_total": 23,
        "container_fs_writes_total": 8,
    }


def test_cgroup_v2_gives_the_same_under_the_same_names() -> None:
    """The answer was put together after the engine's source: a machine with cgroup v2 couldn't be had."""
    found = series("20.10.list", "20.10.inspect", "cgroup-v2.stats")
    expected = {
        "container_cpu_usage_seconds_total": 3.5,
        "container_cpu_cfs_throttled_seconds_total": 1.5,
        "container_cpu_cfs_throttled_periods_total": 30,
        "container_cpu_cfs_periods_total": 90,
        "container_memory_usage_bytes": 50000000,
        "container_memory_working_set_bytes": 38000000,
        "container_memory_rss": 30000000,
        "container_memory_cache": 16000000,
        "container_memory_mapped_file": 1000000,
        "container_memory_total_active_file_bytes": 4000000,
        "container_memory_total_inactive_file_bytes": 12000000,
        "container_fs_reads_bytes_total": 4096,
        "container_fs_writes_bytes_total": 8192,
        "container_threads": 3,
        "container_threads_max": 0,
    }
    assert {name: value for (name, _), value in found.items() if name in expected} == pytest.approx(expected)
    assert found["container_network_transmit_bytes_total", "eth1"] == 70
    assert found["container_memory_failures_total", "pgmajfault,hierarchy"] == 12
    # neither is counted in cgroup v2
    gone = HELP.keys() - {name for name, _ in found}
    assert gone == {"container_memory_max_usage_bytes", "container_fs_reads_total", "container_fs_writes_total"}


@pytest.mark.parametrize(
    ("limits", "period_and_quota"),
    [
        ({}, (100000, 0)),
        ({"NanoCpus": 1_500_000_000}, (100000, 150000)),
        ({"CpuPeriod": 50000, "CpuQuota": 25000}, (50000, 25000)),
        ({"CpuQuota": 25000}, (100000, 25000)),
        ({"CpuQuota": -1}, (100000, 0)),
    ],
)
def test_a_cpu_limit_is_a_quota_of_a_period(limits: dict[str, int], period_and_quota: tuple[int, int]) -> None:
    moment = "2026-11-27T17:25:16Z"
    inspected = Inspected.model_validate({"Created": moment, "State": {"StartedAt": moment}, "HostConfig": limits})
    assert cpu_limit(inspected) == period_and_quota


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Up 5 minutes", -1),
        ("Up 5 minutes (healthy)", 1),
        ("Up 5 minutes (unhealthy)", 0),
        ("Up 1 second (health: starting)", 0),
        ("Up 5 minutes (Paused)", -1),
    ],
)
def test_health_is_told_by_the_list(engine: FakeEngine, exporter: Exporter, status: str, state: int) -> None:
    engine.add("a", Status=status)
    assert scrape(exporter)["a"]["container_health_state"] == state


def test_a_disk_goes_by_its_name_or_its_numbers(tmp_path: Path) -> None:
    (tmp_path / "8:1").mkdir()
    (tmp_path / "8:1" / "uevent").write_text("MAJOR=8\nMINOR=1\nDEVNAME=sda1\n")
    assert device(8, 1, tmp_path) == "/dev/sda1"
    assert device(8, 2, tmp_path) == "8:2"


def test_labels_come_as_cadvisor_writes_them_and_hostile_ones_do_no_harm(
    engine: FakeEngine, exporter: Exporter
) -> None:
    hostile = 'x"} 1\ncontainer_last_seen{name="y\\'
    key = engine.add("a", Image=hostile, Labels={LABEL: hostile, "other": "1"})
    [family] = [
        family
        for family in text_string_to_metric_families(exporter.text(5).decode())
        if family.name == "container_last_seen"
    ]
    [sample] = family.samples
    assert sample.labels == {
        "id": f"/docker/{key}",
        "name": "a",
        "image": hostile,
        "container_label_ai_autonomica_monitoring_stack": hostile,
    }


def test_a_name_that_a_link_gave_isnt_the_containers(engine: FakeEngine, exporter: Exporter) -> None:
    engine.add("a", Names=["/web/db", "/db"])
    engine.add("b", 2, Names=[])
    assert {"db", f"{2:064x}"[:12]} <= scrape(exporter).keys()


def test_one_that_waits_to_be_started_again_isnt_measured(engine: FakeEngine, exporter: Exporter) -> None:
    key = engine.add("a", State="restarting")
    assert scrape(exporter).keys() == {""}
    assert not any(key in path for path in engine.asked)


def test_one_that_hangs_is_left_out_in_time_and_said(
    engine: FakeEngine, exporter: Exporter, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(12):
        engine.add(f"c{number}", number)
    engine.delays[f"/containers/{3:064x}/stats"] = 6
    begun = time.monotonic()
    found = scrape(exporter, 1)
    assert time.monotonic() - begun < 5
    assert found.keys() == {"", *(f"c{number}" for number in range(12) if number != 3)}
    assert found[""]["container_scrape_error"] == 1
    assert "c3: not measured in time" in capsys.readouterr().out


def test_one_that_vanishes_in_between_is_no_error(engine: FakeEngine, exporter: Exporter) -> None:
    engine.add("a")
    gone = engine.add("b", 2)
    del engine.answers[f"/containers/{gone}/stats"]
    found = scrape(exporter)
    assert found.keys() == {"", "a"}
    assert found[""]["container_scrape_error"] == 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [(500, "is answered 500"), (b"nonsense", "isn't understood"), ([{"Id": 3}], "isn't understood: 0.Id")],
)
def test_what_the_engine_answers_wrong_is_said_once_and_its_end_too(
    engine: FakeEngine, exporter: Exporter, capsys: pytest.CaptureFixture[str], answer: object, words: str
) -> None:
    engine.answers["/containers/json"] = answer
    assert scrape(exporter)[""]["container_scrape_error"] == 1
    assert scrape(exporter).keys() == {""}
    engine.answers["/containers/json"] = []
    assert scrape(exporter)[""]["container_scrape_error"] == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    incomplete, complete = (one for one in told if one["event"] != "disk_use_missing")
    assert words in incomplete["problem"]
    assert complete["event"] == "complete"


def test_an_engine_that_is_gone_is_an_error_not_silence() -> None:
    stopped = Exporter(DockerApi("127.0.0.1:1"))
    assert scrape(stopped)[""]["container_scrape_error"] == 1


def test_a_connection_that_was_closed_in_between_is_no_error(engine: FakeEngine) -> None:
    engine.close_after_answer = True
    engine.add("a")
    api = DockerApi(engine.address)
    for _ in range(3):
        assert [listed.name for listed in api.containers(1)] == ["a"]
    with pytest.raises(GoneError):
        api.inspect("0", 1)
    engine.delays["/info"] = 1
    with pytest.raises(DockerError, match=r"/info isn't answered: no answer within 0\.1 s"):
        api.info(0.1)


def inspections(engine: FakeEngine) -> int:
    return sum(path.endswith("/json") and path != "/containers/json" for path in engine.asked)


def test_a_container_is_inspected_again_when_something_happens_to_it(engine: FakeEngine, exporter: Exporter) -> None:
    key = engine.add("a")
    other = engine.add("b", 2)
    eventually(lambda: exporter.watch.following, seconds=5, what="what the exporter sees")
    for _ in range(3):
        scrape(exporter)
    assert inspections(engine) == 2
    engine.answers[f"/containers/{key}/json"] = recorded("20.10.inspect") | {"RestartCount": 7}
    engine.happens("start", key)
    eventually(lambda: exporter.watch.inspected(key) is None, seconds=5, what="what the exporter sees")
    assert scrape(exporter)["a"]["container_restarts"] == 7
    assert inspections(engine) == 3
    engine.remove(other)
    scrape(exporter)
    assert exporter.watch.inspected(other) is None


def test_without_events_every_scrape_inspects(engine: FakeEngine) -> None:
    engine.follow_events = False
    engine.add("a")
    exporter, stop = Exporter(DockerApi(engine.address)), threading.Event()
    exporter.start(stop)
    for _ in range(3):
        scrape(exporter)
    stop.set()
    assert inspections(engine) == 3


@pytest.mark.parametrize("last", [{"Action": "broken"}, None])
def test_events_that_came_while_nobody_listened_are_asked_for(
    engine: FakeEngine, exporter: Exporter, monkeypatch: pytest.MonkeyPatch, last: dict[str, str] | None
) -> None:
    """The stream ends early, with something broken or without a word."""
    monkeypatch.setattr("container_exporter.watch._RETRY_SECONDS", 0.01)
    key = engine.add("a")
    engine.happens("oom", key)
    eventually(lambda: exporter.watch.kills(key) == 1, seconds=5, what="what the exporter sees")
    happened = exporter.watch.since
    engine.events.put(last)
    eventually(
        lambda: sum(path.startswith("/events") for path in engine.asked) >= 2, seconds=5, what="what the exporter sees"
    )
    second = [path for path in engine.asked if path.startswith("/events")][1]
    assert f"since={happened // 10**9}.{happened % 10**9:09d}&" in second


def test_kills_are_counted_over_restarts_and_of_one_that_stays_down_until_it_is_removed(
    engine: FakeEngine, exporter: Exporter
) -> None:
    key = engine.add("a")
    assert scrape(exporter)["a"]["container_oom_events_total"] == 0
    for _ in range(2):
        engine.happens("oom", key)
    engine.happens("start", key)
    eventually(lambda: exporter.watch.kills(key) == 2, seconds=5, what="what the exporter sees")
    assert scrape(exporter)["a"]["container_oom_events_total"] == 2
    engine.remove(key)
    assert scrape(exporter)["a"] == {"container_oom_events_total": 2}
    engine.happens("destroy", key)
    eventually(lambda: not exporter.watch.kills(key), seconds=5, what="what the exporter sees")
    assert scrape(exporter).keys() == {""}


def test_a_renamed_one_doesnt_keep_a_name_that_another_may_have(engine: FakeEngine, exporter: Exporter) -> None:
    key = engine.add("a")
    scrape(exporter)
    engine.happens("oom", key)
    engine.happens("rename", key)
    engine.remove(key)
    engine.add("a", 2)
    eventually(
        lambda: exporter.watch.kills(key) == 1 and not exporter.watch.killed(), seconds=5, what="what the exporter sees"
    )
    assert scrape(exporter)["a"]["container_oom_events_total"] == 0


@pytest.mark.parametrize("engine_of", ["20.10", "28.5-containerd"])
def test_disk_use_of_recorded_answers(engine_of: str) -> None:
    sizes = DiskUse.model_validate(recorded(f"{engine_of}.df")).sizes()
    assert sizes["images"] > 1 << 20
    assert sizes["containers"] >= 20 << 20
    assert sizes["build_cache"] == 0


def test_disk_use_since_api_1_52_and_of_volumes_that_cant_tell() -> None:
    use = {"TotalCount": 1, "TotalSize": 5}
    document = {f"{kind}Usage": use for kind in ("Image", "Container", "Volume", "BuildCache")}
    kinds = ("images", "containers", "volumes", "build_cache")
    assert DiskUse.model_validate(document).sizes() == dict.fromkeys(kinds, 5)
    volumes = [{"UsageData": {"Size": -1}}, {"UsageData": {"Size": 7}}, {"UsageData": None}, {}]
    sizes = DiskUse.model_validate({"LayersSize": 3, "Containers": None, "Volumes": volumes}).sizes()
    assert sizes == {"images": 3, "containers": 0, "volumes": 7, "build_cache": 0}


def test_disk_and_machine_are_exported(engine: FakeEngine, exporter: Exporter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("container_exporter.disk_use._FIRST_SECONDS", 0.01)
    engine.answers |= {"/info": {"NCPU": 2, "MemTotal": 4096}, "/system/df": {"LayersSize": 9}}
    stop = threading.Event()
    threading.Thread(target=exporter.disk_use.follow, args=(DockerApi(engine.address), stop), daemon=True).start()
    eventually(lambda: "docker_disk_use_bytes" in scrape(exporter)[""], seconds=5, what="what the exporter sees")
    stop.set()
    values = scrape(exporter)[""]
    assert (values["machine_cpu_cores"], values["machine_memory_bytes"]) == (2, 4096)
    assert values["docker_disk_use_bytes"] == 9
    assert values["process_resident_memory_bytes"] > 0


class Recorder:
    """An exporter that notes how long it may take."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def text(self, seconds: float) -> bytes:
        if self.seconds:
            raise DockerError("busy")
        self.seconds.append(seconds)
        return b"up 1\n"


@pytest.mark.parametrize(("header", "seconds"), [("5", 4.5), (None, 9.5), ("x", 9.5), ("0.1", 0.5), ("9999", 60)])
def test_it_takes_no_longer_than_prometheus_waits(header: str | None, seconds: float) -> None:
    exporter = Recorder()
    with server(exporter, 0) as httpd:
        threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{httpd.server_port}"
        headers = {} if header is None else {"X-Prometheus-Scrape-Timeout-Seconds": header}
        assert requests.get(f"{url}/healthz", timeout=5).text == "ok\n"
        assert not exporter.seconds
        assert requests.get(f"{url}/metrics", headers=headers, timeout=5).text == "up 1\n"
        assert requests.get(f"{url}/metrics", timeout=5).status_code == 503
        assert requests.get(f"{url}/elsewhere", timeout=5).status_code == 404
        httpd.shutdown()
    assert exporter.seconds == [seconds]


def test_two_that_ask_at_once_are_answered_one_after_the_other(engine: FakeEngine, exporter: Exporter) -> None:
    engine.add("a")
    engine.delays["/containers/json"] = 0.5
    first = threading.Thread(target=exporter.text, args=(5,))
    first.start()
    eventually(lambda: engine.asked.count("/containers/json") == 1, seconds=5, what="what the exporter sees")
    with pytest.raises(DockerError, match=r"still measuring for somebody else after 0\.1 s"):
        exporter.text(0.1)
    first.join()
    assert b"container_last_seen" in exporter.text(5)


def test_it_runs_until_it_is_told_to_stop(engine: FakeEngine) -> None:
    command = [sys.executable, "-m", "container_exporter", f"--docker={engine.address}", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            # what reads the disk use may speak first
            started = next(line for line in map(json.loads, running.stdout) if line["event"] == "started")
            assert requests.get(f"http://127.0.0.1:{started['port']}/metrics", timeout=5).ok
            running.terminate()
            assert running.wait(timeout=10) == 0
        finally:
            running.kill()


@pytest.mark.parametrize(
    "words", [[], ["--docker=nonsense"], ["--docker=:80"], ["--docker=a:b"], ["--docker=a:1", "x"]]
)
def test_wrong_arguments_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "container_exporter: error:" in capsys.readouterr().err


def test_series_are_sorted_by_name() -> None:
    families = Families()
    families.add(Labels(id="1", name="a", image="i"), [("container_threads", {}, 1), ("container_last_seen", {}, 1)])
    assert [metric.name for metric in families.metrics()] == ["container_last_seen", "container_threads"]


@pytest.mark.parametrize(("path", "healthy"), [("/healthz", True), ("/elsewhere", False)])
def test_the_containers_health_check_asks_the_exporter(engine: FakeEngine, path: str, healthy: bool) -> None:
    with server(Exporter(DockerApi(engine.address)), 0) as httpd:
        threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True).start()
        check = python_get((httpd.server_port, path))[1:]
        code = subprocess.run(check, stderr=subprocess.DEVNULL, check=False).returncode
        httpd.shutdown()
        assert (code == 0) == healthy
    assert subprocess.run(check, stderr=subprocess.DEVNULL, check=False).returncode
