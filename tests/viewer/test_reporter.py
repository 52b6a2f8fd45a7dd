"""Reports go out when they are due, once each, across failures and restarts."""

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from tests.viewer.fake_prometheus import document as dashboard
from tests.viewer.fake_prometheus import fake_prometheus, library_of, panel
from viewer import __main__ as command
from viewer.documents import Library
from viewer.errors import ReportError
from viewer.settings import ReportSettings, Smtp, ViewerSettings, read, secret
from viewer.web import Pages
from viewer.weekly import Memory, Reporter

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
SETTINGS = ReportSettings(
    to=("team@example.com",),
    dashboards=("overview",),
    days=7,
    weekday="monday",
    time=time(8),
    time_zone="UTC",
    smtp=Smtp(host="smtp.example.com", port=587, sender="m@example.com", username="m", require_tls=True),
)


class Stage:
    """A reporter with a clock that a test turns, and a mail server that it switches off."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self.now, self.folder = now, folder
        self.sent: list[float] = []
        self.works = True
        self.start()

    def start(self) -> None:
        self.registry = CollectorRegistry()
        self.reporter = Reporter(SETTINGS, Memory(self.folder / "sent"), self._send, self.registry, lambda: self.now)

    def _send(self, until: float) -> None:
        if not self.works:
            raise ReportError("the mail server is away")
        self.sent.append(until)

    def look(self, later: timedelta) -> float:
        self.now += later
        return self.reporter.look()

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


def test_its_metrics_are_those_that_the_rules_are_tested_with(tmp_path: Path) -> None:
    stage = Stage(tmp_path, MONDAY)
    Pages(VIEWER, Library(tmp_path), stage.registry, tmp_path)
    text = generate_latest(stage.registry).decode()
    names = {line.split()[0].partition("{")[0] for line in text.splitlines() if not line.startswith("#")}
    recorded = set((Path(__file__).parents[1] / "rules/exported/viewer.txt").read_text().split())
    # those that say when a counter began are a switch of the whole process, which other tests turn off
    assert {name for name in names if not name.endswith("_created")} == {
        name for name in recorded if not name.endswith("_created")
    }


def document(**report: object) -> dict[str, object]:
    smtp = {"host": "smtp", "port": 25, "sender": "m@example.com", "username": "m", "requireTls": False}
    mailed = {"to": ["a@b.c"], "weekday": "friday", "time": "17:30", "timeZone": "Europe/Berlin", "dashboards": ["o"]}
    return {
        "environment": "prod",
        "prometheus": "http://prometheus:9090",
        "link": "https://grafana.example.com",
        "home": "overview",
        "hosts": [],
        "sources": [{"uid": "prometheus", "name": "P", "type": "prometheus"}],
        "scrapeSeconds": 15,
        "report": {**mailed, "days": 7, "smtp": smtp, **report},
    }


VIEWER = ViewerSettings.model_validate(document())


def test_settings_are_read_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "viewer.json"
    path.write_text(json.dumps(document()))
    found = read(path).report
    assert found
    schedule = found.schedule
    assert (schedule.weekday, schedule.at, str(schedule.zone)) == (4, time(17, 30), "Europe/Berlin")
    assert (found.smtp.host, found.smtp.port) == ("smtp", 25)
    path.write_text(json.dumps({**document(), "report": None}))
    assert read(path).report is None


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "Invalid JSON"),
        ("[]", "should be an object"),
        ("{}", "environment"),
        (json.dumps(document(weekday="someday")), "report.weekday"),
        (json.dumps(document(timeZone="Nowhere/At")), "report.timeZone: Value error, there is no time zone Nowhere/At"),
        (json.dumps({**document(), "more": 1}), "more: "),
    ],
)
def test_a_file_that_is_not_what_it_should_be(tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / "viewer.json"
    path.write_text(text)
    with pytest.raises(ReportError, match="isn't what this release expects") as raised:
        read(path)
    assert where in str(raised.value)
    assert "\n" not in str(raised.value)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for what in (read, secret):
        with pytest.raises(ReportError, match="can't be read"):
            what(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["send"], "/run/files/viewer.json can't be read"),
        (["serve"], "/run/files/viewer.json can't be read"),
        (["page", "--seconds", "60"], "/run/files/viewer.json can't be read"),
    ],
)
def test_the_container_s_command_ends_in_one_line(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(words) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("viewer: ")
    assert sentence in line


@pytest.mark.parametrize("words", [[], ["sned"], ["page"], ["send", "--until", "x"]])
def test_a_command_that_is_none_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(words)


def test_a_page_is_written_with_what_is_wrong_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    made = dashboard(panel(title="Sold"), panel("news", "News"))
    folder = library_of(tmp_path, shop=made, bad="{")
    monkeypatch.setattr("viewer.documents.Library.__init__.__defaults__", (folder,))
    with fake_prometheus(({"job": "api"}, 1.0)) as asking:
        told = {**document(), "prometheus": asking.prometheus.url}
        monkeypatch.setattr("viewer.settings.read", lambda: ViewerSettings.model_validate(told))
        assert command.main(["page", "--seconds", "3600", "--zone", "Nowhere/At", "shop"]) == 0
        output = capsys.readouterr()
        assert output.out.count("data:image/png") == 1
        assert output.err.splitlines() == ["  Shop: 2 panels", "1 panels have no picture; the page says why at its top"]
        assert command.main(["page", "--seconds", "3600", "bad"]) == 1
        assert capsys.readouterr().err.startswith("viewer: dashboard 'bad' is not JSON")


def test_a_report_is_sent_in_a_process_of_its_own_and_its_problem_is_said() -> None:
    with pytest.raises(ReportError, match=r"^/run/files/viewer\.json can't be read"):
        command._send_apart(MONDAY.timestamp())
