"""A Pulumi run told live: its end, its failure, its interruption."""

import os
import signal
import threading
import time

import pytest

from ops.errors import Interrupted, OpsError
from ops.project import Stack
from ops.pulumi_cli import Pulumi
from ops.stream import run_told
from tests.ops.conftest import FakePulumi

ERROR = '{"diagnosticEvent": {"severity": "error", "message": "%s", "urn": ""}}'


@pytest.fixture
def cli(stack: Stack, pulumi: FakePulumi) -> Pulumi:
    return Pulumi(stack, {"PATH": f"{pulumi.folder}:{os.environ['PATH']}"})


def test_success_returns_the_counts(cli: Pulumi, pulumi: FakePulumi) -> None:
    pulumi.answer("up", '{"summaryEvent": {"resourceChanges": {"create": 4}}}')
    assert run_told(cli, ["up", "--yes"], again="make up").changes == {"create": 4}
    assert pulumi.calls[0]["args"][:3] == ["up", "--yes", "--stack"]
    assert {"--json", "--non-interactive"} <= set(pulumi.calls[0]["args"])


def test_failure_is_the_first_error_and_how_many_more(
    cli: Pulumi, pulumi: FakePulumi, capsys: pytest.CaptureFixture[str]
) -> None:
    pulumi.answer("up", f"{ERROR % 'first thing'}\n{ERROR % 'second thing'}", code=1)
    with pytest.raises(OpsError, match=r"^`pulumi up` failed: first thing \(and 1 more, above\)$"):
        run_told(cli, ["up"], again="make up")
    assert "second thing" in capsys.readouterr().out


def test_failure_before_any_event_is_what_standard_error_says(cli: Pulumi, pulumi: FakePulumi) -> None:
    pulumi.answer("up", err="error: the stack is currently locked by 1 lock(s)\n", code=1)
    with pytest.raises(OpsError, match="currently locked"):
        run_told(cli, ["up"], again="make up")


def test_ctrl_c_is_passed_on_once_and_says_what_next(
    cli: Pulumi, pulumi: FakePulumi, capsys: pytest.CaptureFixture[str]
) -> None:
    pulumi.answer("up", "\n".join(["{}"] * 100), pause=0.1)

    def press() -> None:
        while not pulumi.calls:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    threading.Thread(target=press).start()
    begun = time.monotonic()
    with pytest.raises(Interrupted, match=r"run `make up` again to finish") as caught:
        run_told(cli, ["up"], again="make up")
    assert caught.value.code == 130
    assert time.monotonic() - begun < 8
    assert capsys.readouterr().err.count("stopping:") == 1
    assert signal.getsignal(signal.SIGINT) is before
