"""The viewer's pages over the running stack, in a real browser: every dashboard opens and shows its data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import requests

from config.grafana.content import placed_dashboards
from tests.e2e.panel_answers import panel_may_be_empty
from tests.e2e.system import ROOT, System, run_in
from tests.e2e.test_5_grafana import chosen
from tests.support.waiting import until_nothing
from tests.viewer.browser import opened, show

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCREENSHOTS = ROOT / ".bench" / "viewer"
LARGEST = "hosts"
FIRST_PAINT_SECONDS = 1.5


@pytest.fixture(scope="module")
def address(system: System) -> str:
    """Where the viewer is: published, or beside a Grafana only on the stack's own networks."""
    urls = json.loads(system.monitor("urls", "--json").stdout)
    if "grafana" not in json.dumps(urls.get("urls", urls)):
        return system.url("grafana")
    networks = system.containers()["viewer"].attrs["NetworkSettings"]["Networks"]
    return f"http://{next(each['IPAddress'] for each in networks.values() if each['IPAddress'])}:3000"


def test_every_dashboard_opens_and_shows_data(system: System, browser: Browser, address: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    placed = placed_dashboards(chosen(system))
    for each in placed:
        panels = [panel for panel in each.document["panels"] if panel["type"] != "row"]

        def lacking(uid: str = each.uid, count: int = len(panels)) -> list[str]:
            with opened(browser, height=5000) as page:
                show(page, f"{address}/d/{uid}?from=now-15m&to=now")
                page.screenshot(path=SCREENSHOTS / f"{uid}.png", full_page=True)
                assert page.locator(".panel").count() == count
                failed = page.locator(".panel[data-state=failed]")
                assert failed.count() == 0, f"{uid}: {failed.all_inner_texts()}"
                titles = page.locator(".panel:has(.empty) figcaption").all_inner_texts()
            return [title for title in titles if not panel_may_be_empty(uid, title)]

        until_nothing(lacking, seconds=90, what=f"data in every panel of {each.uid}")


def test_the_largest_dashboard_is_painted_soon(browser: Browser, address: str) -> None:
    painted = []
    for _ in range(3):
        with opened(browser) as page:
            show(page, f"{address}/d/{LARGEST}")
            entry = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            painted.append(page.evaluate(entry) / 1000)
    assert min(painted) < FIRST_PAINT_SECONDS, painted


def test_an_alerts_link_leads_to_what_it_is_about(system: System, browser: Browser, address: str) -> None:
    links = {rule["name"]: rule["annotations"].get("dashboard_url", "") for rule in system.rules(type="alert")}
    path = links["ErrorRateHigh"].partition("/d/")[2].replace("{{ $labels.service }}", "api")
    with opened(browser) as page:
        show(page, f"{address}/d/{path}&from=now-1h&to=now")
        assert page.locator(".choice summary").first.inner_text().startswith("Service: api")


def test_it_is_confined(system: System, address: str) -> None:
    container = system.containers()["viewer"]
    assert run_in(container, "id", "-u")[1].strip() == "10002"
    assert run_in(container, "sh", "-c", "touch /app/x")[0] != 0
    answer = requests.get(f"{address}/dashboards", headers={"Host": "evil.example"}, timeout=10)
    assert answer.status_code == 421
    policy = requests.get(f"{address}/dashboards", timeout=10).headers["content-security-policy"]
    assert "script-src 'self';" in policy
    ports = container.attrs["NetworkSettings"]["Ports"]
    published = [binding for bindings in ports.values() for binding in bindings or ()]
    assert all(binding["HostIp"] == "127.0.0.1" for binding in published)


def test_what_it_uses_stays_below_its_limit(system: System) -> None:
    [used] = system.query(f'container_memory_working_set_bytes{{name="autonomica-{system.stack}-viewer"}}')
    assert float(used["value"][1]) < 350 * 2**20
