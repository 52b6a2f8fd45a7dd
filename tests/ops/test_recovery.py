"""What an interrupted run leaves is put right, and what belongs to others is left alone."""

from datetime import datetime, tzinfo

import pytest

from ops.errors import OpsError
from ops.health.engine import Inspected
from ops.project import Stack
from ops.pulumi_cli import Pulumi
from ops.recovery import free_lock, is_stray, mark_begun, mark_finished, settle
from ops.state import CONTAINER, VOLUME, ids
from tests.ops.conftest import FakePulumi, recorded
from tests.ops.test_state import write_lock

CREATED = "2026-11-23T19:16:56.267953436Z"
AT = datetime.fromisoformat("2026-11-23T19:16:56+00:00").timestamp()


class RecordingEngine:
    host = "unix:///fake.sock"

    def __init__(self) -> None:
        self.removed: list[str] = []

    def containers(self, _stack: str) -> list[Inspected]:
        found: list[Inspected] = recorded("containers")
        return found

    def remove_container(self, container_id: str) -> None:
        self.removed.append(container_id)


@pytest.fixture
def cli(stack: Stack, pulumi: FakePulumi) -> Pulumi:
    return Pulumi(stack, {"PATH": str(pulumi.folder)})


def test_a_container_of_the_unfinished_run_that_the_state_lacks_is_stray() -> None:
    inspected = {"Id": "abc", "Created": CREATED}
    assert is_stray(inspected, frozenset(), AT - 1)
    assert not is_stray(inspected, frozenset({"abc"}), AT - 1)


def test_a_container_older_than_the_unfinished_run_is_somebody_elses() -> None:
    assert not is_stray({"Id": "abc", "Created": CREATED}, frozenset(), AT + 60)
    assert not is_stray({"Id": "abc", "Created": "?"}, frozenset(), AT - 1)


def test_ids_are_those_of_the_type_asked_for() -> None:
    resources = [{"type": CONTAINER, "id": "abc"}, {"type": VOLUME, "id": "v"}, {"type": CONTAINER}]
    assert ids({"resources": resources}, CONTAINER) == {"abc"}
    assert ids({"resources": resources}, VOLUME) == {"v"}
    assert ids({}, VOLUME) == frozenset()


def test_after_a_finished_run_nothing_is_asked_and_nothing_touched(cli: Pulumi, pulumi: FakePulumi) -> None:
    mark_begun(cli.stack)
    mark_finished(cli.stack)
    engine = RecordingEngine()
    settle(cli, engine, again="make up")
    assert pulumi.calls == []
    assert engine.removed == []


def test_after_an_unfinished_run_strays_go_and_pending_operations_are_cleared(
    cli: Pulumi, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, carrier = recorded("containers")
    known = [{"type": CONTAINER, "id": one["Id"]} for one in (first, carrier)]
    pulumi.answer("stack export", {"deployment": {"resources": known, "pending_operations": [{"type": "creating"}]}})
    monkeypatch.setattr("ops.recovery.datetime", FrozenTime)
    mark_begun(cli.stack)
    engine = RecordingEngine()
    settle(cli, engine, again="make up")
    assert engine.removed == [second["Id"]]
    (refresh,) = pulumi.called("refresh")
    assert "--clear-pending-creates" in refresh["args"]
    assert refresh["args"][refresh["args"].index("--exclude") + 1] == "**$grafana:**", "it may be away"


class FrozenTime(datetime):
    """A clock that stands just before the recorded containers were made."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "FrozenTime":
        return cls.fromtimestamp(AT - 60, tz)


def test_a_second_interruption_keeps_the_first_ones_time(cli: Pulumi) -> None:
    mark_begun(cli.stack)
    mark = cli.stack.folder / "unfinished.json"
    before = mark.read_text()
    mark_begun(cli.stack)
    assert mark.read_text() == before


def test_a_stale_lock_is_removed_by_pulumi_itself(cli: Pulumi, pulumi: FakePulumi) -> None:
    write_lock(cli.stack, 2**22 + 1)  # beyond the highest process id
    free_lock(cli)
    assert len(pulumi.called("cancel", "--yes")) == 1


def test_a_held_lock_is_never_removed(cli: Pulumi, pulumi: FakePulumi) -> None:
    write_lock(cli.stack, 77, hostname="elsewhere")
    with pytest.raises(OpsError, match="process 77 on elsewhere"):
        free_lock(cli)
    assert pulumi.calls == []


def test_no_lock_costs_no_command(cli: Pulumi, pulumi: FakePulumi) -> None:
    free_lock(cli)
    assert pulumi.calls == []
