"""Runs killed at random moments, one after the other: whatever they leave, the next `make up` completes.

KILLS=number has another number of them, KILLS_SEED=number other moments.
"""

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.system import System
from tests.support.kills import VICTIMS, kill, processes
from tools.bench.figure import Figure, record

pytestmark = [pytest.mark.engine, pytest.mark.timeout(7200)]

KILLS = int(os.environ.get("KILLS", "20"))
SEED = int(os.environ.get("KILLS_SEED") or time.time())
MARK = "kept-by-tests"
# how many seconds of changes there are to be killed in
LASTS = {"up": 40.0, "change": 20.0, "down": 12.0}


@pytest.fixture
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    system = System.copy_to(tmp_path_factory.mktemp("checkout"), "kills")
    try:
        yield system
    finally:
        if system.containers() or system.volumes():
            system.monitor("destroy", "--yes", ok=False)


def data(system: System) -> dict[str, Path]:
    """Where what is in the volumes with data is, by volume."""
    label = f"ai.autonomica.monitoring.stack={system.stack}"
    found = system.docker.volumes.list(filters={"label": [label, "ai.autonomica.monitoring.role=data"]})
    return {str(volume.name): Path(volume.attrs["Mountpoint"]) for volume in found}


def test_what_a_killed_run_leaves_is_completed_by_the_next(system: System) -> None:
    moments = random.Random(SEED)  # noqa: S311
    print(f"KILLS_SEED={SEED}")  # noqa: T201
    killed = completed = pending = 0
    kept: dict[str, Path] = {}
    victims: list[str] = []  # each as often as the others
    verbs = ["up"]  # on an engine without any of it
    while killed < KILLS:
        verb = verbs.pop(0)
        victims = victims or moments.sample(VICTIMS, len(VICTIMS))
        victim, after = victims.pop(), moments.uniform(0, LASTS[verb])
        if verb == "change":
            percent = round(moments.uniform(3, 9), 3)
            system.limit_errors(percent)
            if moments.random() < 0.5:  # a network made again, and with it all that is on it
                system.configure({"subnet": f"172.16.{moments.randint(100, 120)}.0/24"})
        hit = kill(system, "up" if verb == "change" else verb, victim, after)
        killed, pending = killed + hit, pending + hit
        print(f"{killed}: {verb}, {victim} after {after:.1f} s{'' if hit else ', which was over'}")  # noqa: T201
        if verb != "down":  # an update follows that is killed, too
            result = system.monitor("up", ok=False, seconds=900)
            assert result.returncode == 0, f"KILLS_SEED={SEED}: {result.stdout}{result.stderr}"
            completed, pending = completed + pending, 0
            lost = [volume for volume, folder in kept.items() if not (folder / MARK).is_file()]
            assert not lost, f"KILLS_SEED={SEED}"
            kept = data(system)
            for folder in kept.values():
                (folder / MARK).touch()
        verbs = verbs or ["change", "down", "up"]
    if pending:  # the last was a `down`
        system.monitor("up", seconds=900)
        completed += pending
    assert system.changes(refresh=True) == {}
    assert processes(system, "pulumi-resource") == []
    record(
        [
            Figure(
                name="killed_runs_completed",
                value=completed,
                target=KILLS,
                at_least=True,
                note=f"by the next up, of {killed} killed at random moments (KILLS_SEED={SEED})",
            )
        ]
    )
    system.monitor("destroy", "--yes")
    assert (system.containers(), system.volumes(), system.networks()) == ({}, set(), set())
