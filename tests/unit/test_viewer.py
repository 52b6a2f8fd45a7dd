"""The viewer of a stack: what its settings may say, what it reads, and where it is reached."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.base.container import FILES_DIRECTORY
from config.grafana.content import placed_dashboards
from config.settings.errors import SettingsError
from config.settings.load import parse
from config.settings.stack import Settings
from config.viewer import files
from config.viewer.files import dashboard_files, viewer_file
from tests.support.program import SECRETS, Graph, Secret, raw, run_program, stack_config
from viewer import settings as container
from viewer import web
from viewer.documents import Library

REPORT = {"to": ["team@autonomica.ai"], "timeZone": "Europe/Berlin"}


def settings(**changes: Any) -> Settings:
    values = {**stack_config("prod"), **changes}
    return parse("prod", {key: raw(value) for key, value in values.items() if value is not None})


def written(folder: Path, **changes: Any) -> container.ViewerSettings:
    """What the container reads of a stack's settings."""
    path = folder / "viewer.json"
    path.write_text(viewer_file(settings(**changes)))
    return container.read(path)


def test_the_container_reads_what_the_program_writes(tmp_path: Path) -> None:
    found = written(tmp_path, viewer={"report": REPORT}, grafana={"externalUrl": "https://grafana.example.com/"})
    assert found.environment == "prod"
    assert found.prometheus == "http://prometheus:9090"
    assert found.link == "https://grafana.example.com"
    assert found.home == "overview"
    assert found.sources[0].uid == "prometheus"
    report = found.report
    assert report
    assert report.to == ("team@autonomica.ai",)
    assert report.dashboards == ("overview", "alerts", "services", "slos")
    assert report.schedule.weekday == 0
    assert str(report.schedule.zone) == "Europe/Berlin"
    assert (report.smtp.host, report.smtp.port, report.smtp.require_tls) == ("smtp.autonomica.ai", 587, True)
    assert written(tmp_path).report is None


def test_both_sides_mean_the_same_files() -> None:
    assert files.FILES_DIRECTORY == FILES_DIRECTORY
    assert str(container.FILE) == files.SETTINGS_FILE
    assert str(container.PASSWORD_FILE) == files.PASSWORD_FILE
    assert str(container.DASHBOARDS) == files.DASHBOARDS_DIRECTORY
    assert str(container.DATA) == files.DATA_DIRECTORY
    assert container.INDEX == files.INDEX


def library(folder: Path, chosen: Settings) -> Library:
    """The dashboards of a stack, as its viewer finds them."""
    for name, content in dashboard_files(chosen, placed_dashboards(chosen)).items():
        (folder / name).write_text(content)
    return Library(folder)


def test_every_dashboard_of_the_program_can_be_shown(tmp_path: Path) -> None:
    chosen = settings()
    entries = library(tmp_path, chosen).entries()
    assert [each.problem for each in entries] == [""] * len(entries)
    assert {each.uid for each in entries} == {each.uid for each in placed_dashboards(chosen)}
    assert entries[0].folder == "At a glance"


def test_a_private_folder_is_not_for_whoever_opens_the_page(tmp_path: Path) -> None:
    chosen = settings(grafana={"folderPermissions": [{"folder": "applications", "private": True}]})
    entries = library(tmp_path, chosen).entries()
    assert entries
    assert "Applications" not in {each.folder for each in entries}


def test_the_time_zone_is_that_of_notifications_where_none_is_named(tmp_path: Path) -> None:
    notifications = {**stack_config("prod")["notifications"], "timeZone": "Asia/Tokyo"}
    found = written(tmp_path, viewer={"report": {"to": ["a@b.c"]}}, notifications=notifications)
    assert found.report
    assert found.report.time_zone == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({}, "viewer.report.to: this setting is missing"),
        ({"to": []}, "viewer.report.to: "),
        ({"to": ["nobody"]}, "viewer.report.to[0]: "),
        ({"to": ["a@b.c"], "time": "8:00"}, "viewer.report.time: "),
        ({"to": ["a@b.c"], "weekday": "Monday"}, "viewer.report.weekday: "),
        ({"to": ["a@b.c"], "timeZone": "Berlin"}, "viewer.report.timeZone: "),
        ({"to": ["a@b.c"], "days": 0}, "viewer.report.days: "),
        ({"to": ["a@b.c"], "dashboards": []}, "viewer.report.dashboards: "),
    ],
)
def test_a_wrong_setting_is_named(chosen: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as raised:
        settings(viewer={"report": chosen})
    [problem] = raised.value.problems
    assert problem.startswith(sentence)


@pytest.mark.parametrize("grafana", [{"report": REPORT}, {"report": None}, {"report": {}, "enabled": False}])
def test_the_settings_old_place_is_refused_with_the_new_one(grafana: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as raised:
        settings(grafana=grafana)
    [problem] = raised.value.problems
    assert problem.startswith("grafana.report: is called viewer.report now")


def test_a_report_needs_a_mail_server() -> None:
    with pytest.raises(SettingsError, match=r"viewer\.report: there is no mail server; configure"):
        settings(viewer={"report": REPORT}, notifications={"slack": {}})


def test_a_dashboard_that_is_not_there_is_named() -> None:
    chosen = settings(viewer={"report": {**REPORT, "dashboards": ["overview", "nope"]}})
    with pytest.raises(SettingsError, match=r"viewer\.report\.dashboards\[1\]: there is no dashboard 'nope'"):
        placed_dashboards(chosen)


def test_beside_a_grafana_it_publishes_nothing_and_reaches_nobody_outside(graphs: dict[str, Graph]) -> None:
    inputs = graphs["prod"].container("viewer").inputs
    assert not inputs.get("ports")
    assert len(inputs["networksAdvanced"]) == 1
    assert "viewer" not in graphs["prod"].outputs["urls"]


def test_without_grafana_its_pages_are_on_grafanas_port(without_grafana: dict[str, Graph]) -> None:
    graph = without_grafana["prod"]
    [port] = graph.container("viewer").inputs["ports"]
    assert (port["internal"], port["external"], port["ip"]) == (web.PORT, 3001, "127.0.0.1")
    assert graph.outputs["urls"]["viewer"] == "http://localhost:3001"


@pytest.mark.parametrize("enabled", [True, False])
def test_the_report_is_there_with_and_without_grafana(enabled: bool) -> None:
    graph = run_program("prod", changes={"viewer": {"report": REPORT}, "grafana": {"enabled": enabled}})
    uploads = {upload["file"]: upload for upload in graph.container("viewer-files").inputs["uploads"]}
    assert uploads["/run/files/smtp_password"]["content"] == Secret(SECRETS["smtpPassword"])
    assert uploads["/run/files/smtp_password"]["permissions"] == "0400"
    inputs = graph.container("viewer").inputs
    assert "canary" not in json.dumps({key: str(value) for key, value in inputs.items()})
    assert inputs["readOnly"] is True
    assert inputs["user"] == "10002:10002"
    assert len(inputs["networksAdvanced"]) == 2
    assert {mount["target"]: mount["readOnly"] for mount in inputs["mounts"]} == {
        "/run/dashboards": True,
        "/run/files": True,
        "/var/lib/viewer": False,
    }


def test_a_changed_dashboard_restarts_nothing() -> None:
    metric = {"title": "Orders", "description": "Orders.", "query": "orders"}
    before, after = (
        run_program("prod", changes={"grafana": {"businessMetrics": metrics}}) for metrics in ([], [metric])
    )
    changed = {each.name for each in after.containers() if each.inputs != before.container(each.name).inputs}
    assert changed == {"viewer-dashboards"}
