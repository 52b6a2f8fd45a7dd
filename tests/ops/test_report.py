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

    def __init__(self, code: int, output: str, said: str) -> None:
        self.answer = (code, output, said)
        self.ran: list[tuple[str, list[str]]] = []

    def run_in(self, container: str, command: list[str], *, seconds: float) -> tuple[int, str, str]:
        assert seconds > 60
        self.ran.append((container, command))
        return self.answer


def test_the_mail_is_sent_by_the_stack_itself() -> None:
    engine = Engine(0, "sent to team@example.com", "a warning")
    assert report.run(outputs(viewer="autonomica-dev-viewer"), engine, "send") == (
        "sent to team@example.com",
        "a warning",
    )
    assert engine.ran == [("autonomica-dev-viewer", ["python3", "-m", "viewer", "send"])]


def test_what_went_wrong_is_said_in_its_own_words() -> None:
    engine = Engine(1, "", "  Shop: 5 panels\nviewer: the mail server sink:1025 can't be reached")
    with pytest.raises(OpsError, match=r"^the mail server sink:1025 can't be reached$"):
        report.run(outputs(viewer="v"), engine, "send")
    with pytest.raises(OpsError, match=r"^the viewer ended with 137$"):
        report.run(outputs(viewer="v"), Engine(137, "", ""), "page")


def test_a_stack_of_an_older_release_has_no_viewer() -> None:
    with pytest.raises(UsageError, match="stack 'dev' has no viewer yet; bring it up"):
        report.run(outputs(), Engine(0, "", ""), "send")


class Opened:
    """A session of a stack whose viewer draws a page."""

    engine = Engine(0, "<html>drawn</html>", "  Shop: 5 panels")
    pulumi = None

    @classmethod
    def open_deployed(cls, _stack: str) -> "Opened":
        return cls()


def test_the_page_is_written_and_the_words_go_to_the_viewer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report, "Session", Opened)
    monkeypatch.setattr(report, "read_outputs", lambda _: outputs(viewer="v"))
    target = tmp_path / "page.html"
    report.report(["shop", "-odd"], since="2h", var=["service=api"], output=target)
    assert target.read_text() == "<html>drawn</html>"
    assert "Shop: 5 panels" in capsys.readouterr().out
    [(_, command)] = Opened.engine.ran
    assert command[3:5] == ["page", "--seconds=7200"]
    assert command[5].startswith("--zone=")
    assert command[6:] == ["--var=service=api", "--", "shop", "-odd"]


def test_mail_and_a_choice_of_dashboards_exclude_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "Session", Opened)
    monkeypatch.setattr(report, "read_outputs", lambda _: outputs(viewer="v"))
    with pytest.raises(UsageError, match=r"--mail sends what viewer\.report says"):
        report.report(["shop"], since="7d", mail=True)
