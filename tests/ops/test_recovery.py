"""What an interrupted run leaves is put right, and what belongs to others is left alone."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ops.errors import OpsError
from ops.health.docker_engine import EngineInfo
from ops.health.engine import Made
from ops.project import Stack
from ops.pulumi_cli import RUN, RUN_BY, Pulumi
from ops.recovery import end_orphans, free_lock, is_unfinished, settle, strays, unfinished
from ops.state import CONTAINER, NETWORK, VOLUME, ids
from tests.ops.conftest import FakePulumi
from tests.ops.test_state import write_lock

BEGUN = 1_800_000_000.25


def made(kind: str, id_: str, *, role: str = "", created: float = BEGUN + 5, name: str = "") -> Made:
    return Made(kind=kind, id=id_, name=name or f"autonomica-dev-{id_}", role=role, created=created)


class RecordingEngine:
    """An engine that has things, and remembers which of them were removed."""

    def __init__(self, *there: Made) -> None:
        self.there = there
        self.removed: list[str] = []
        self.stopped: list[str] = []
        self.now = BEGUN

    def info(self) -> EngineInfo:
        now = datetime.fromtimestamp(self.now, UTC)
        return EngineInfo.model_validate({"ServerVersion": "20.10", "NCPU": 2, "SystemTime": now})

    def made(self, stack: str) -> list[Made]:
        assert stack == "dev"
        return list(self.there)

    def stop_container(self, container_id: str, *, seconds: int) -> None:
        assert seconds > 30, "a Prometheus takes its time"
        self.stopped.append(container_id)

    def remove(self, made: Made) -> None:
        self.removed.append(made.id)
        self.there = tuple(each for each in self.there if each != made)


def cut_short(stack: Stack, engine: RecordingEngine, *ended: str) -> None:
    """A run that begins, is about to end containers, and is killed."""
    with suppress(SystemExit), unfinished(stack, engine) as ending:
        for container in ended:
            ending([container])
        raise SystemExit


@pytest.fixture
def cli(stack: Stack, pulumi: FakePulumi) -> Pulumi:
    return Pulumi(stack, {"PATH": str(pulumi.folder)})


@pytest.mark.parametrize("kind", [CONTAINER, NETWORK])
def test_what_the_unfinished_run_made_and_the_state_lacks_is_stray(kind: str) -> None:
    lost = made(kind, "abc")
    assert strays({}, [lost], BEGUN) == [lost]
    assert strays({"resources": [{"type": kind, "id": "abc"}]}, [lost], BEGUN) == []
    # an engine tells whole seconds alone, of some things
    assert strays({}, [made(kind, "abc", created=float(int(BEGUN)))], BEGUN)


@pytest.mark.parametrize("kind", [CONTAINER, NETWORK])
def test_what_is_older_than_the_unfinished_run_is_somebody_elses(kind: str) -> None:
    older = made(kind, "abc", created=BEGUN - 60, name="autonomica-dev-x")
    assert strays({}, [older], BEGUN) == []
    assert strays({}, [older], float("inf")) == []
    pending: dict[str, Any] = {"type": "creating", "resource": {"type": kind, "inputs": {"name": "autonomica-dev-x"}}}
    assert strays({"pending_operations": [pending]}, [older], BEGUN) == [older], "the state says that it was being made"
    assert strays({"pending_operations": [pending | {"type": "deleting"}]}, [older], BEGUN) == []


def test_ids_are_those_of_the_type_asked_for() -> None:
    resources = [{"type": CONTAINER, "id": "abc"}, {"type": VOLUME, "id": "v"}, {"type": CONTAINER}]
    assert ids({"resources": resources}, CONTAINER) == {"abc"}
    assert ids({"resources": resources}, VOLUME) == {"v"}
    assert ids({}, VOLUME) == frozenset()


def test_after_a_finished_run_nothing_is_asked_and_nothing_touched(cli: Pulumi, pulumi: FakePulumi) -> None:
    engine = RecordingEngine(made(CONTAINER, "abc"))
    with unfinished(cli.stack, engine):
        assert is_unfinished(cli.stack)
    settle(cli, engine, again="make up")
    assert pulumi.calls == []
    assert engine.removed == []


def test_after_an_unfinished_run_strays_go_but_no_volume(cli: Pulumi, pulumi: FakePulumi) -> None:
    there = [
        made(VOLUME, "config", role="files"),
        made(VOLUME, "prometheus-data", role="data"),
        made(VOLUME, "made-by-hand"),
        made(NETWORK, "edge"),
        made(NETWORK, "known"),
        made(CONTAINER, "prometheus"),
        made(CONTAINER, "another-checkouts", created=BEGUN - 3600),
    ]
    pulumi.answer("stack export", {"deployment": {"resources": [{"type": NETWORK, "id": "known"}]}})
    engine = RecordingEngine(*there)
    cut_short(cli.stack, engine)
    settle(cli, engine, again="make up")
    assert engine.removed == ["prometheus", "edge"], "a network can go once nothing is on it"
    assert pulumi.called("refresh") == []


def test_pending_operations_are_cleared(cli: Pulumi, pulumi: FakePulumi) -> None:
    pulumi.answer("stack export", {"deployment": {"pending_operations": [{"type": "creating", "resource": {}}]}})
    cut_short(cli.stack, RecordingEngine())
    settle(cli, RecordingEngine(), again="make up")
    (refresh,) = pulumi.called("refresh")
    assert "--clear-pending-creates" in refresh["args"]
    assert refresh["args"][refresh["args"].index("--exclude") + 1] == "**$grafana:**", "it may be away"
    assert refresh["env"][RUN] == str(cli.stack.folder)


def test_a_second_interruption_keeps_the_first_ones_time(cli: Pulumi) -> None:
    engine = RecordingEngine()
    cut_short(cli.stack, engine)
    mark = cli.stack.folder / "unfinished.json"
    before = mark.read_text()
    engine.now += 60
    cut_short(cli.stack, engine)
    assert mark.read_text() == before


def test_a_container_that_was_asked_to_stop_is_ended_before_it_is_taken_for_one_that_runs(
    cli: Pulumi, pulumi: FakePulumi
) -> None:
    engine = RecordingEngine(*(made(CONTAINER, one, created=BEGUN - 9) for one in ("noted", "pending", "runs")))
    cut_short(cli.stack, engine, "noted", "gone")
    resources = [{"type": CONTAINER, "id": one} for one in ("noted", "pending", "runs")]
    pending = {"type": "deleting", "resource": {"type": CONTAINER, "id": "pending"}}
    pulumi.answer("stack export", {"deployment": {"resources": resources, "pending_operations": [pending]}})
    settle(cli, engine, again="make up")
    assert engine.stopped == engine.removed == ["noted", "pending"]


def sleeper(folder: Path, name: str, run: Path) -> "subprocess.Popen[bytes]":
    program = folder / name
    if not program.exists():
        program.symlink_to("/bin/sleep")
    return subprocess.Popen([program, "60"], env={RUN: str(run)})


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux tells the environment of a process")
def test_plugins_of_a_run_that_is_gone_are_ended_and_nothing_else(stack: Stack, tmp_path: Path) -> None:
    orphan = sleeper(tmp_path, "pulumi-resource-docker", stack.folder)
    others = [
        sleeper(tmp_path, "pulumi-resource-docker", tmp_path / "of-another-checkout"),
        sleeper(tmp_path, "sleep", stack.folder),
    ]
    # one whose CLI is at work: a preview, for one
    script = tmp_path / "pulumi"
    script.symlink_to(sys.executable)
    words = f"import subprocess; p = subprocess.Popen(['{tmp_path}/pulumi-resource-docker', '60']); p.wait()"
    working = subprocess.Popen([script, "-c", words], env={RUN: str(stack.folder)}, start_new_session=True)
    others.append(working)
    try:
        children = Path(f"/proc/{working.pid}/task/{working.pid}/children")
        while not children.read_text():
            assert working.poll() is None
        end_orphans(stack)
        assert orphan.wait(5) == -signal.SIGKILL
        assert [other.poll() for other in others] == [None, None, None]
    finally:
        os.killpg(working.pid, signal.SIGKILL)
        for process in (orphan, *others):
            process.kill()
            process.wait()


def test_a_stale_lock_is_removed_by_pulumi_itself(cli: Pulumi, pulumi: FakePulumi) -> None:
    write_lock(cli.stack, 2**22 + 1)  # beyond the highest process id
    free_lock(cli)
    assert len(pulumi.called("cancel", "--yes")) == 1


def test_a_held_lock_is_never_removed(cli: Pulumi, pulumi: FakePulumi) -> None:
    write_lock(cli.stack, 77, hostname="elsewhere")
    with pytest.raises(OpsError, match="process 77 on elsewhere"):
        free_lock(cli)
    assert pulumi.calls == []


def test_a_run_on_this_machine_is_waited_for(cli: Pulumi, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    write_lock(cli.stack, os.getpid())
    at_work = [True]
    monkeypatch.setattr("ops.local_state.is_pulumi", lambda _pid: bool(at_work))
    with pytest.raises(OpsError, match=f"process {os.getpid()} on "):
        free_lock(cli, seconds=0.1)
    threading.Timer(0.2, at_work.clear).start()
    free_lock(cli, seconds=20)
    assert len(pulumi.called("cancel", "--yes")) == 1


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux tells the environment of a process")
def test_a_run_that_lost_its_monitor_before_it_took_the_lock_is_waited_for(
    cli: Pulumi, pulumi: FakePulumi, tmp_path: Path
) -> None:
    program = tmp_path / "pulumi"
    program.symlink_to("/bin/sleep")
    environment = {RUN: str(cli.stack.folder), RUN_BY: str(2**22 + 1)}
    lost = subprocess.Popen([program, "60"], env=environment)
    own = subprocess.Popen([program, "60"], env={**environment, RUN_BY: str(os.getpid())})
    try:
        with pytest.raises(OpsError, match=f"process {lost.pid} on "):
            free_lock(cli, seconds=0.1)
        lost.kill()  # not waited for: one that has ended is no more, whether or not its parent knows
        free_lock(cli, seconds=5)
    finally:
        for process in (lost, own):
            process.kill()
            process.wait()
    assert pulumi.calls == []


def test_no_lock_costs_no_command(cli: Pulumi, pulumi: FakePulumi) -> None:
    free_lock(cli)
    assert pulumi.calls == []
