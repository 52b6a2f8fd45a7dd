"""The servers' own pages in a real browser, as somebody on call uses them: a query, an alert's rule, a silence."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.e2e.system import System
from tests.support.waiting import eventually
from tests.viewer.browser import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ALERT = "Watchdog"  # it always fires
WAIT_MS = 30_000


def test_prometheus_answers_a_query(system: System, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{system.url('prometheus')}/")
        page.wait_for_url("**/query")
        page.locator(".cm-content").fill('up{job="prometheus"}')
        page.get_by_role("button", name="Execute").click()
        line = page.locator("table tr", has_text='job="prometheus"')
        line.wait_for(timeout=WAIT_MS)
        assert line.inner_text().split()[-1] == "1"
        page.get_by_role("tab", name="Graph").click()
        page.locator(".uplot canvas").wait_for(timeout=WAIT_MS)


def test_a_query_that_is_none_is_refused_in_its_place(system: System, browser: Browser) -> None:
    with opened(browser, refused=(400,)) as page:
        page.goto(f"{system.url('prometheus')}/query?g0.expr=up%7B&g0.tab=table")
        page.get_by_text("Error executing query").wait_for(timeout=WAIT_MS)


def test_prometheus_opens_an_alerts_rule(system: System, browser: Browser) -> None:
    [rule] = [rule for rule in system.rules(type="alert") if rule["name"] == ALERT]
    with opened(browser) as page:
        page.goto(f"{system.url('prometheus')}/alerts")
        item = page.locator(".mantine-Accordion-item", has_text=ALERT).last
        item.get_by_text(ALERT, exact=True).click(timeout=WAIT_MS)
        item.get_by_text(rule["annotations"]["runbook_url"]).wait_for(timeout=WAIT_MS)
        shown = item.inner_text()
        assert rule["query"] in shown
        assert "FIRING" in shown


def test_a_targets_page(system: System, browser: Browser) -> None:
    with opened(browser, height=4000) as page:
        page.goto(f"{system.url('prometheus')}/targets")
        page.get_by_text("alertmanager", exact=True).first.wait_for(timeout=WAIT_MS)


def test_alertmanager_makes_a_silence_and_expires_it(system: System, browser: Browser) -> None:
    comment = f"from the pages, {time.time():.0f}"
    with opened(browser) as page:
        page.goto(f"{system.url('alertmanager')}/")
        page.get_by_text(f'alertname="{ALERT}"').first.wait_for(timeout=WAIT_MS)
        page.goto(f"{system.url('alertmanager')}/#/silences/new?filter=%7Balertname%3D%22{ALERT}%22%7D")
        page.locator("textarea").fill(comment)
        page.locator("xpath=//*[normalize-space(text())='Creator']/following::input[1]").fill("somebody on call")
        page.get_by_role("button", name="Create").click()
        page.wait_for_url(re.compile(r"#/silences/[0-9a-f-]{36}"), timeout=WAIT_MS)
        [silence] = eventually(partial(_silences, system, comment), seconds=30, what="the silence that was made")
        assert silence["status"]["state"] == "active"
        assert silence["createdBy"] == "somebody on call"
        [matcher] = silence["matchers"]
        assert (matcher["name"], matcher["value"]) == ("alertname", ALERT)
        page.get_by_role("button", name="Expire").first.click()
        page.get_by_role("button", name="Confirm").click()
        eventually(
            lambda: [one for one in _silences(system, comment) if one["status"]["state"] == "expired"],
            seconds=30, what="the silence's end",
        )  # fmt: skip


def _silences(system: System, comment: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = system.get("alertmanager", "/api/v2/silences")
    return [each for each in found if each["comment"] == comment]
