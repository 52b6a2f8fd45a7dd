"""The viewer's pages over the running stack, in a real browser: every dashboard opens and shows its data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests

from config.grafana.content import placed_dashboards
from tests.e2e.panel_answers import NEEDS, UNWATCHED
from tests.e2e.system import ROOT, System, eventually, run_in
from tests.e2e.test_5_grafana import chosen
from tests.viewer.browser import chromium, install_chromium, opened, show

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCREENSHOTS = ROOT / ".bench" / "viewer"
LARGEST = "hosts"
MAY_BE_EMPTY = {(uid, title) for uid, title, _ in NEEDS}
FIRST_PAINT_SECONDS = 1.5


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    install_chromium()
    with chromium() as found:
        yield found


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
    empty: set[tuple[str, str]] = set()
    for each in placed:
        panels = [panel for panel in each.document["panels"] if panel["type"] != "row"]

        def look(uid: str = each.uid, count: int = len(panels)) -> bool:
            with opened(browser, height=5000) as page:
                show(page, f"{address}/d/{uid}?from=now-15m&to=now")
                page.screenshot(path=SCREENSHOTS / f"{uid}.png", full_page=True)
                assert page.locator(".panel").count() == count
                failed = page.locator(".panel[data-state=failed]")
                assert failed.count() == 0, f"{uid}: {failed.all_inner_texts()}"
                titles = page.locator(".panel:has(.empty) figcaption").all_inner_texts()
            empty.clear()
            empty.update((uid, title) for title in titles)
            return uid in UNWATCHED or not empty - MAY_BE_EMPTY

        eventually(look, seconds=90, what=lambda: f"data in every panel, empty: {empty - MAY_BE_EMPTY}")


def test_the_largest_dashboard_is_painted_soon(browser: Browser, address: str) -> None:
    painted = []
    for _ in range(3):
        with opened(browser) as page:
            show(page, f"{address}/d/{LARGEST}")
            entry = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            painted.append(page.evaluate(entry) / 1000)
    assert min(painted) < FIRST_PAINT_SECONDS, painted


def test_an_alerts_link_leads_to_what_it_is_about(system: System, browser: Browser, address: str) -> None:
    rules: dict[str, Any] = system.get("prometheus", "/api/v1/rules", type="alert")
    links = {
        rule["name"]: rule["annotations"].get("dashboard_url", "")
        for group in rules["data"]["groups"]
        for rule in group["rules"]
    }
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
