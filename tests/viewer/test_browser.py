"""The pages in a real browser: everything is drawn, nothing is complained of, and a person gets on with them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from config.grafana.content import placed_dashboards
from config.grafana.dashboards import dashboards
from config.settings.load import parse
from config.viewer.files import dashboard_files
from tests.support.program import raw, stack_config
from tests.support.rendered import settings as committed
from tests.viewer.browser import chromium, opened, serving, show
from tests.viewer.fake_prometheus import document, fake_prometheus, library_of, panel
from viewer.settings import ViewerSettings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SERIES = [({"job": job, "service": job, "host": "docker-host", "name": job, "instance": f"{job}:80"}, size)
          for job, size in (("api", 1.0), ("web", 0.5), ("worker", 250000.0))]  # fmt: skip
ALERT = {
    "state": "firing",
    "labels": {"alertname": "Down", "severity": "critical"},
    "annotations": {"summary": "It is down"},
}
ANNOTATIONS = {"list": [{"name": "Firing", "expr": "ALERTS", "titleFormat": "{{job}} fires"}]}
VARIABLES = {
    "list": [
        {"name": "job", "label": "Service", "query": "label_values(job)", "includeAll": True, "multi": True},
        {"name": "size", "type": "custom", "query": "small,large"},
    ]
}
STEPS = {"steps": [{"value": None, "color": "green"}, {"value": 0.4, "color": "red"}]}
KINDS = ("stat", "gauge", "piechart", "bargauge", "table", "state-timeline", "heatmap", "barchart", "text", "alertlist")
FIELDS = {"defaults": {"thresholds": STEPS, "custom": {"fillOpacity": 20, "thresholdsStyle": {"mode": "line+area"}}}}
SHOP = document(
    panel(title="Requests of $job", fieldConfig=FIELDS, options={"legend": {"calcs": ["lastNotNull"]}}),
    *(panel(kind, kind) for kind in KINDS),
    panel("news", "Not drawn"),
    templating=VARIABLES,
    annotations=ANNOTATIONS,
)


pytestmark = pytest.mark.engine  # a real browser: half a minute


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The product's dashboards and one with every kind of panel, over a Prometheus that answers everything."""
    folder = tmp_path_factory.mktemp("library")
    settings = parse("dev", {key: raw(value) for key, value in stack_config("dev").items() if value is not None})
    files = dashboard_files(settings, placed_dashboards(settings))
    for name, content in files.items():
        (folder / name).write_text(content)
    uids = [entry["uid"] for entry in json.loads(files["index.json"])["dashboards"]]
    documents: dict[str, Any] = {uid: (folder / f"{uid}.json").read_text() for uid in uids}
    library_of(folder, shop=SHOP, **documents)
    with fake_prometheus(*SERIES, labels=["api", "web"], alerts=[ALERT]) as asking:
        told = ViewerSettings.model_validate(
            {
                "environment": "dev", "prometheus": asking.prometheus.url, "link": "http://localhost", "home": "shop",
                "hosts": [], "scrapeSeconds": 15, "sources": [{"uid": "prometheus", "name": "P", "type": "prometheus"}],
            }
        )  # fmt: skip
        with serving(told, folder, tmp_path_factory.mktemp("built")) as address:
            yield address


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    with opened(browser) as found:
        show(found, f"{site}/d/shop?from=now-1h&to=now&refresh=off")
        yield found


def problems(page: Page) -> list[str]:
    return page.locator(".panel[data-state=failed] figcaption").all_inner_texts()


@pytest.mark.parametrize("uid", [dashboard.uid for dashboard in dashboards(committed("dev"))])
def test_every_panel_of_the_product_is_drawn(uid: str, browser: Browser, site: str) -> None:
    with opened(browser, height=5000, scheme="dark") as page:
        show(page, f"{site}/d/{uid}")
        assert problems(page) == []
        assert page.locator(".panel").count() > 5
        charted = page.locator(".panel.charted")
        assert page.locator(".chart canvas").count() == charted.count() > 0


def test_every_kind_of_panel_is_drawn_and_one_says_why_not(browser: Browser, site: str) -> None:
    with opened(browser, height=5000) as page:
        show(page, f"{site}/d/shop")
        assert problems(page) == ["Not drawn"]
        assert "aren't drawn here" in page.locator(".panel[data-state=failed] .notes").inner_text()


def test_values_are_shown_under_the_pointer(page: Page) -> None:
    page.locator(".charted .chart").first.hover(position={"x": 300, "y": 60})
    tip = page.locator("#tip")
    assert tip.is_visible()
    assert [line.split() for line in tip.locator("tr").all_inner_texts()[:3]] == [
        ["worker", "250", "k"],
        ["api", "1"],
        ["web", "0.5"],
    ]
    assert "api fires" in tip.inner_text(), "what is marked is told"
    page.mouse.move(5, 5)
    assert tip.is_hidden()


def test_a_time_is_chosen_by_dragging_and_by_the_list(page: Page) -> None:
    box = page.locator(".charted .chart").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 150, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 40)
    with page.expect_navigation():
        page.mouse.up()
    found = re.search(r"from=(\d+)&to=(\d+)", page.url)
    assert found
    assert 0 < int(found[2]) - int(found[1]) < 3600_000
    page.locator("#range summary").click()
    with page.expect_navigation():
        page.get_by_text("last 7d").click()
    assert "from=now-7d&to=now" in page.url
    with page.expect_navigation():
        page.locator("#earlier").click()
    assert re.search(r"from=\d+&to=\d+", page.url)


def test_variables_are_chosen_and_kept(page: Page) -> None:
    page.locator(".choice summary").click()
    page.get_by_label("web", exact=True).check()
    assert not page.get_by_label("All", exact=True).is_checked()
    with page.expect_navigation():
        page.get_by_role("button", name="Show").first.click()
    assert "var-job=web" in page.url
    assert page.locator("figcaption").first.inner_text() == "Requests of web"
    with page.expect_navigation():
        page.locator("select[name=var-size]").select_option("large")
    assert "var-job=web" in page.url
    assert "var-size=large" in page.url


def test_a_line_of_the_legend_alone(page: Page) -> None:
    rows = page.locator(".panel").first.locator("[data-series]")
    rows.nth(1).click()
    page.wait_for_function("() => document.querySelectorAll('.panel [data-series].off').length === 2")
    rows.nth(1).click()
    page.wait_for_function("() => document.querySelectorAll('.panel [data-series].off').length === 0")


def test_a_row_folds_and_alerts_are_told_and_the_theme_changes(page: Page) -> None:
    assert page.locator("#firing summary").inner_text().startswith("1 alert fires")
    page.locator("#firing summary").click()
    assert "It is down" in page.locator("#firing .sheet").inner_text()
    page.locator("#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.locator(".row > summary").first.click()
    assert page.locator(".panel").first.is_hidden()


def test_it_asks_again(page: Page) -> None:
    with page.expect_response(re.compile("/api/panel/shop/")):
        page.locator("#again").click()
    page.locator("select[name=refresh]").select_option("10s")
    with page.expect_response(re.compile("/api/panel/shop/"), timeout=15_000):
        pass


def test_it_fits_a_phone(browser: Browser, site: str) -> None:
    with opened(browser, width=380, height=800) as page:
        show(page, f"{site}/d/shop")
        assert page.evaluate("document.documentElement.scrollWidth") <= 380
        page.get_by_text("Requests of All").scroll_into_view_if_needed()
        assert page.locator(".chart canvas").first.is_visible()


def test_the_list_finds_a_dashboard(browser: Browser, site: str) -> None:
    with opened(browser) as page:
        page.goto(f"{site}/dashboards")
        page.locator("#search").fill("sho")
        assert page.locator("li:visible").all_inner_texts() == ["Shop What shop shows."]
        page.locator("li:visible a").click()
        assert page.url.endswith("/d/shop")
        page.wait_for_function("() => document.querySelector('.panel[data-state]')")
