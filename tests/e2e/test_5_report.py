"""The report: every panel of the running stack as a picture, as a page and as a mail."""

import time

from config.grafana.content import placed_dashboards
from tests.e2e.system import System
from tests.e2e.test_5_grafana import chosen
from tests.support.waiting import eventually


def test_every_panel_has_its_picture(system: System) -> None:
    page = system.root / "report.html"
    system.monitor("report", "--since", "30m", "--output", str(page))
    html = page.read_text()
    placed = placed_dashboards(chosen(system))
    panels = [panel for each in placed for panel in each.document["panels"] if panel["type"] != "row"]
    assert html.count("<figure") == len(panels)
    assert html.count("data:image/png;base64,") > len(panels) / 3, "graphs are pictures, numbers and tables are text"
    for each in placed:
        assert f'id="{each.uid}"' in html
    assert 'class="failed"' not in html


def test_a_choice_of_dashboards_and_of_a_variable(system: System) -> None:
    page = system.root / "api.html"
    system.monitor("report", "services", "--since", "30m", "--var", "service=api", "--output", str(page))
    assert page.read_text().count("<section") == 1
    refused = system.monitor("report", "nope", ok=False)
    assert refused.returncode != 0
    assert "there is no dashboard 'nope'; there are " in refused.stderr
    refused = system.monitor("report", "services", "--var", "region=x", ok=False)
    assert "no dashboard of this report has a variable 'region'" in refused.stderr


def test_the_mail_arrives_with_its_pictures(system: System) -> None:
    begun = time.time()
    system.monitor("report", "--mail")
    [mail] = eventually(
        lambda: system.messages("email", "Monitoring report", begun), seconds=30, what="the report's mail"
    )
    assert mail["to"] == ["team@autonomica.ai"]
    assert mail["subject"].startswith("[e2e] Monitoring report, ")
    assert "@report" in mail["html"]
    assert "cid:panel-" in mail["html"]


def test_its_container_is_watched(system: System) -> None:
    [last] = system.query("report_last_success_timestamp_seconds")
    assert float(last["value"][1]) > 0


def test_a_mail_server_that_is_away_is_named(system: System) -> None:
    system.post("sink", "/faults", {"email": True})
    try:
        refused = system.monitor("report", "--mail", ok=False)
    finally:
        system.post("sink", "/faults", {"email": False})
    assert refused.returncode != 0
    assert "the mail server sink:1025 doesn't take the mail" in refused.stderr
