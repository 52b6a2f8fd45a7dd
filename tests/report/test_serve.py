"""Reports go out when they are due, once each, across failures and restarts."""

import json
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import sleep

import pytest
from prometheus_client import CollectorRegistry

from report import __main__ as command
from report.errors import ReportError
from report.memory import Memory
from report.schedule import Weekly
from report.serve import Server, serve
from report.settings import ReportSettings, Smtp, read, secret
from tests.free_port import free_port

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
SETTINGS = ReportSettings(
    environment="prod",
    grafana="http://grafana:3000",
    link="https://grafana.example.com",
    to=("team@example.com",),
    dashboards=("overview",),
    days=7,
    schedule=Weekly(0, time(8), UTC),
    smtp=Smtp("smtp.example.com", 587, "monitoring@example.com", "monitoring", True),
)


class Stage:
    """A server with a clock that a test turns, and a mail server that it switches off."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self.now, self.folder = now, folder
        self.sent: list[float] = []
        self.works = True
        self.start()

    def start(self) -> None:
        self.registry = CollectorRegistry()
        self.server = Server(SETTINGS, Memory(self.folder / "sent"), self._send, self.registry, lambda: self.now)

    def _send(self, until: float) -> None:
        if not self.works:
            raise ReportError("the mail server is away")
        self.sent.append(until)

    def look(self, later: timedelta) -> float:
        self.now += later
        return self.server.look()

    def metric(self, name: str) -> float | None:
        return self.registry.get_sample_value(name)


def test_nothing_is_owed_at_the_first_start_and_then_one_a_week(tmp_path: Path) -> None:
    stage = Stage(tmp_path, MONDAY + timedelta(days=2))
    for _ in range(16):
        stage.look(timedelta(days=1))
    assert stage.sent == [(MONDAY + timedelta(days=7 * week)).timestamp() for week in (1, 2)]
    assert stage.metric("report_sent_total") == 2
    assert stage.metric("report_due_timestamp_seconds") == stage.metric("report_last_success_timestamp_seconds")


def test_a_restart_forgets_none_and_sends_none_twice(tmp_path: Path) -> None:
    stage = Stage(tmp_path, MONDAY - timedelta(hours=1))
    stage.look(timedelta(minutes=1))
    stage.now = MONDAY + timedelta(hours=3)  # it was away when the report was due
    stage.start()
    assert stage.metric("report_due_timestamp_seconds") == MONDAY.timestamp()
    stage.look(timedelta())
    assert stage.sent == [MONDAY.timestamp()]
    stage.start()
    stage.look(timedelta(hours=1))
    assert len(stage.sent) == 1


def test_a_failure_is_counted_and_tried_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage(tmp_path, MONDAY - timedelta(minutes=1))
    stage.works = False
    wait = stage.look(timedelta(minutes=2))
    assert wait == 300
    assert stage.metric("report_failures_total") == 1
    due, last = (stage.metric(f"report_{name}_timestamp_seconds") for name in ("due", "last_success"))
    assert due is not None
    assert last is not None
    assert due > last
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["event"], line["problem"]) == ("report_failed", "the mail server is away")
    stage.works = True
    assert stage.look(timedelta(seconds=wait)) < 300
    assert stage.sent == [MONDAY.timestamp()], "it ends when it was due, however late it goes out"


def test_who_cannot_remember_sends_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, MONDAY - timedelta(minutes=1))
    (tmp_path / "sent.new").mkdir()
    stage.look(timedelta(minutes=2))
    assert stage.sent == []
    assert stage.metric("report_failures_total") == 1


def test_a_memory_that_cannot_be_read_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "sent").write_text("nonsense")
    assert Memory(tmp_path / "sent").read(MONDAY) == MONDAY
    assert Memory(tmp_path / "sent").read(MONDAY + timedelta(days=1)) == MONDAY


def _page(port: int) -> str:
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                text: str = answer.read().decode()
                return text
        except urllib.error.URLError:
            sleep(0.05)
    raise AssertionError("nothing listens")


def test_metrics_are_served_until_it_is_told_to_stop(tmp_path: Path) -> None:
    stage, stop, port = Stage(tmp_path, MONDAY), threading.Event(), free_port()
    thread = threading.Thread(target=serve, args=(stage.server, stage.registry, stop, port))
    thread.start()
    try:
        text = _page(port)
    finally:
        stop.set()
        thread.join(timeout=10)
    assert not thread.is_alive()
    names = {line.split()[0].partition("{")[0] for line in text.splitlines() if not line.startswith("#")}
    recorded = set((Path(__file__).parents[1] / "rules/exported/report.txt").read_text().split())
    # those that say when a counter began are a switch of the whole process, which other tests turn off
    assert {name for name in names if not name.endswith("_created")} == {
        name for name in recorded if not name.endswith("_created")
    }


def document(**changes: object) -> dict[str, object]:
    smtp = {"host": "smtp", "port": 25, "sender": "m@example.com", "username": "m", "requireTls": False}
    return {
        "environment": "prod",
        "grafana": "http://grafana:3000",
        "link": "https://grafana.example.com",
        "to": ["team@example.com"],
        "weekday": "friday",
        "time": "17:30",
        "timeZone": "Europe/Berlin",
        "dashboards": ["overview"],
        "days": 7,
        "smtp": smtp,
    } | changes


def test_settings_are_read_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document()))
    found = read(path)
    assert (found.schedule.weekday, found.schedule.at, str(found.schedule.zone)) == (4, time(17, 30), "Europe/Berlin")
    assert found.smtp == Smtp("smtp", 25, "m@example.com", "m", False)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", json.dumps(document(weekday="someday")), json.dumps(document(timeZone="Nowhere/At"))]
)
def test_a_file_that_is_not_what_it_should_be(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(ReportError, match="isn't what this release expects"):
        read(path)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for what in (read, secret):
        with pytest.raises(ReportError, match="can't be read"):
            what(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "'' is nothing that can be done; use one of: serve, send, healthcheck"),
        (["sned"], "'sned' is nothing that can be done"),
        (["send"], "/run/files/report.json can't be read"),
        (["serve"], "/run/files/report.json can't be read"),
        (["healthcheck"], "no answer on port 1:"),
    ],
)
def test_the_container_s_command_ends_in_one_line(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_PORT", 1)
    assert command.main(words) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("report: ")
    assert sentence in line
