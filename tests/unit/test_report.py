"""The weekly report of a stack: what its settings may say, and what is made of them."""

import json
from typing import Any

import pytest

from components.service import FILES_DIRECTORY
from config import report
from config.errors import SettingsError
from config.grafana.content import placed_dashboards
from config.report import report_file
from config.settings import Settings, parse
from report import memory
from report import settings as container
from tests.unit.program import SECRETS, Secret, raw, run_program, stack_config

REPORT = {"to": ["team@autonomica.ai"], "timeZone": "Europe/Berlin"}


def settings(**changes: Any) -> Settings:
    values = {**stack_config("prod"), **changes}
    return parse("prod", {key: raw(value) for key, value in values.items() if value is not None})


def test_the_container_reads_what_the_program_writes(tmp_path: Any) -> None:
    path = tmp_path / "report.json"
    path.write_text(report_file(settings(grafana={"report": REPORT, "externalUrl": "https://grafana.example.com/"})))
    found = container.read(path)
    assert found.environment == "prod"
    assert found.grafana == "http://grafana:3000"
    assert found.link == "https://grafana.example.com"
    assert found.to == ("team@autonomica.ai",)
    assert found.dashboards == ("overview", "alerts", "services", "slos")
    assert found.schedule.weekday == 0
    assert str(found.schedule.zone) == "Europe/Berlin"
    assert (found.smtp.host, found.smtp.port, found.smtp.require_tls) == ("smtp.autonomica.ai", 587, True)


def test_both_sides_mean_the_same_files() -> None:
    assert report.FILES_DIRECTORY == FILES_DIRECTORY
    assert str(container.FILE) == report.SETTINGS_FILE
    assert str(container.TOKEN_FILE) == report.TOKEN_FILE
    assert str(container.PASSWORD_FILE) == report.PASSWORD_FILE
    assert str(memory.FILE.parent) == report.DATA_DIRECTORY


def test_the_time_zone_is_that_of_notifications_where_none_is_named() -> None:
    notifications = {**stack_config("prod")["notifications"], "timeZone": "Asia/Tokyo"}
    found = settings(grafana={"report": {"to": ["a@b.c"]}}, notifications=notifications)
    assert json.loads(report_file(found))["timeZone"] == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({}, "grafana.report.to: this setting is missing"),
        ({"to": []}, "grafana.report.to: "),
        ({"to": ["nobody"]}, "grafana.report.to[0]: "),
        ({"to": ["a@b.c"], "time": "8:00"}, "grafana.report.time: "),
        ({"to": ["a@b.c"], "weekday": "Monday"}, "grafana.report.weekday: "),
        ({"to": ["a@b.c"], "timeZone": "Berlin"}, "grafana.report.timeZone: "),
        ({"to": ["a@b.c"], "days": 0}, "grafana.report.days: "),
        ({"to": ["a@b.c"], "dashboards": []}, "grafana.report.dashboards: "),
    ],
)
def test_a_wrong_setting_is_named(chosen: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as raised:
        settings(grafana={"report": chosen})
    [problem] = raised.value.problems
    assert problem.startswith(sentence)


def test_a_report_needs_a_mail_server_and_an_account() -> None:
    with pytest.raises(SettingsError, match=r"grafana\.report: there is no mail server; configure"):
        settings(grafana={"report": REPORT}, notifications={"slack": {}})
    with pytest.raises(SettingsError, match=r"'report' is the account of grafana\.report"):
        settings(grafana={"report": REPORT, "serviceAccounts": [{"name": "report"}]})


def test_a_dashboard_that_is_not_there_is_named() -> None:
    chosen = settings(grafana={"report": {**REPORT, "dashboards": ["overview", "nope"]}})
    with pytest.raises(SettingsError, match=r"grafana\.report\.dashboards\[1\]: there is no dashboard 'nope'"):
        placed_dashboards(chosen)


def test_without_the_setting_there_is_none() -> None:
    graph = run_program("prod")
    assert [resource for resource in graph.resources if "report" in resource.name] == []


def test_it_runs_with_an_account_that_may_only_look_and_its_secrets_are_files() -> None:
    graph = run_program("prod", changes={"grafana": {"report": REPORT}})
    component = graph.component("report")
    [account] = graph.of_type("grafana:oss/serviceAccount:ServiceAccount")
    assert account.inputs["role"] == "Viewer"
    assert account.parent == component.urn
    [token] = graph.of_type("grafana:oss/serviceAccountToken:ServiceAccountToken")
    assert token.parent == component.urn
    assert account.urn in token.dependencies
    files = {upload["file"]: upload for upload in graph.container("report-files").inputs["uploads"]}
    assert files["/run/files/smtp_password"]["content"] == Secret(SECRETS["smtpPassword"])
    assert isinstance(files["/run/files/grafana_token"]["content"], Secret)
    assert files["/run/files/grafana_token"]["permissions"] == "0400"
    shown = json.dumps({key: str(value) for key, value in graph.container("report").inputs.items()})
    assert "canary" not in shown
    assert graph.container("report").inputs["readOnly"] is True
