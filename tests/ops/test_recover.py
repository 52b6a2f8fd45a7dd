"""`monitor recover`: what it takes for damage, from the state and the log of Prometheus's container."""

from typing import Any

import pytest
from pydantic import ValidationError

from ops.prometheus_data import Block, Report, diagnose

START = 'time=2026-11-27T10:00:00Z level=INFO source=main.go:900 msg="Starting Prometheus Server" mode=server\n'
LOADED = (
    'time=T level=INFO source=head.go:950 msg="WAL segment loaded" component=tsdb segment=3 maxSegment=9 duration=1s\n'
)
READY = 'time=T level=INFO source=main.go:1506 msg="Server is ready to receive web requests."\n'
STOPPED = 'time=T level=INFO source=main.go:1682 msg="See you next time!"\n'


def fatal(error: str) -> str:
    return f'time=T level=ERROR source=main.go:1678 msg="Fatal error" err="{error}"\n'


def inspected(status: str = "restarting", health: str = "starting") -> dict[str, Any]:
    return {
        "State": {"Running": status != "exited", "Restarting": status == "restarting", "Health": {"Status": health}},
        "HostConfig": {"Memory": 512 * 2**20},
    }


DAMAGE = "opening storage failed: repair corrupted WAL: cannot handle error: segments are not sequential"


@pytest.mark.parametrize("status", ["restarting", "exited"])
def test_data_that_can_not_be_opened_is_broken(status: str) -> None:
    finding = diagnose(inspected(status), START + READY + STOPPED + START + LOADED + fatal(DAMAGE))
    assert (finding.broken, finding.what) == (True, DAMAGE)


def test_a_restart_that_has_just_begun_has_the_reason_of_the_one_before() -> None:
    finding = diagnose(inspected("running"), START + LOADED + fatal(DAMAGE) + START)
    assert (finding.broken, finding.what) == (True, DAMAGE)


def test_killed_while_it_reads_its_log_is_broken() -> None:
    finding = diagnose(inspected(), START + LOADED + START + LOADED)
    assert finding.broken
    assert finding.what == "Prometheus is killed while it reads its log (segment 3 of 9); it may use 512 MB"


@pytest.mark.parametrize(
    ("state", "log", "words"),
    [
        (inspected("running", "healthy"), START + READY, "Prometheus is ready"),
        # what was is over
        (inspected("running", "healthy"), START + fatal(DAMAGE) + START + READY, "Prometheus is ready"),
        (inspected("running"), START + LOADED, "still starting (segment 3 of 9); wait for it with `monitor health"),
        (inspected("running"), "", "still starting; wait"),
        (
            inspected(),
            START + fatal("opening storage failed: open /prometheus/wal/00000001: no space left on device"),
            "has no room on its disk, and starts when it has: opening storage failed: open /prometheus/wal",
        ),
        (inspected("exited"), START + READY + STOPPED, "was stopped in order; `make up` starts it"),
        (inspected(), START + LOADED + READY, "reads its log, and is killed later, while it works; it may use 512 MB"),
        (
            inspected(),
            START + 'time=T level=ERROR source=main.go:774 msg="Error loading config (--config.file=/x)" err=y\n',
            "doesn't start for another reason than its data: Error loading config (--config.file=/x)",
        ),
    ],
)
def test_what_is_no_damage_is_left_alone(state: dict[str, Any], log: str, words: str) -> None:
    finding = diagnose(state, log)
    assert not finding.broken
    assert words in finding.what
    assert finding.fine == (words == "Prometheus is ready")


def test_a_report_says_what_was_kept_and_what_was_lost() -> None:
    report = Report(copy_volume="copy-1", kept=["3 blocks"], lost=[])
    assert report.lines()[:2] == ["✓ kept: 3 blocks", "✗ lost: nothing"]
    assert "docker volume rm copy-1" in report.lines()[2]
    report.lost.append("the log (12 MB)")
    assert "✗ lost: the log (12 MB)" in report.lines()


def test_a_block_that_can_not_be_read_is_refused() -> None:
    text = '{"ulid": "01J", "minTime": 1, "maxTime": 2, "version": 1, "stats": {}}'
    assert Block.model_validate_json(text).max_time == 2
    with pytest.raises(ValidationError):
        Block.model_validate_json('{"ulid": "01J", "minTime": 1}')
