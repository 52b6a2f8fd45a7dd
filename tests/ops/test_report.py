"""`monitor report`: what it refuses, and what it makes of a stack."""

from pathlib import Path

import pytest

from ops.commands import report
from ops.errors import OpsError, UsageError
from ops.outputs import Outputs


def outputs(**containers: str) -> Outputs:
    return Outputs("dev", "dev", True, "unix:///var/run/docker.sock", {}, None, containers, ())


@pytest.mark.parametrize(
    ("text", "seconds"), [("30m", 1800), ("12h", 43200), ("7d", 604800), ("4w", 2419200), ("366d", 31622400)]
)
def test_how_far_back(text: str, seconds: int) -> None:
    assert report.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "-1d", "1.5h", "7 d", "7y", "367d", "99999999d"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write 30m, 12h, 7d or 4w"):
        report.duration(text)


@pytest.mark.parametrize("name", [".", "nowhere/report.html"])
def test_a_page_that_cannot_be_written_is_refused_before_anything_is_asked(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="name a file in a folder that is there"):
        report.report(output=Path(name), since="7d")


class Engine:
    """An engine that runs nothing, but says something."""

    def __init__(self, code: int, said: str) -> None:
        self.answer = (code, said)
        self.ran: list[tuple[str, list[str]]] = []

    def run_in(self, container: str, command: list[str], *, seconds: float) -> tuple[int, str]:
        assert seconds > 60
        self.ran.append((container, command))
        return self.answer


def test_the_mail_is_sent_by_the_stack_itself(capsys: pytest.CaptureFixture[str]) -> None:
    engine = Engine(0, "a warning\nsent to team@example.com")
    report.send(outputs(report="autonomica-dev-report"), engine)
    assert engine.ran == [("autonomica-dev-report", ["python3", "-m", "report", "send"])]
    assert capsys.readouterr().out.splitlines()[-1] == "sent to team@example.com"


def test_what_went_wrong_with_the_mail_is_said_in_its_own_words() -> None:
    with pytest.raises(OpsError, match=r"^the mail server sink:1025 can't be reached$"):
        report.send(outputs(report="r"), Engine(1, "report: the mail server sink:1025 can't be reached"))


def test_a_stack_that_sends_none_says_how_it_would() -> None:
    with pytest.raises(UsageError, match=r"stack 'dev' sends no report: set grafana\.report"):
        report.send(outputs(), Engine(0, ""))
