"""The live pages: what they answer, to whom, and what they let a browser do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from starlette.testclient import TestClient

from tests.viewer.fake_prometheus import document, fake_prometheus, library_of, panel
from viewer.documents import Library
from viewer.settings import ViewerSettings
from viewer.web import Pages

UP = ({"job": "api"}, 1.0)
ALERT = {
    "state": "firing",
    "labels": {"alertname": "Down", "severity": "critical"},
    "annotations": {"summary": "It is down"},
}


@contextmanager
def pages(
    folder: Path, link: str = "http://localhost:3001", documents: dict[str, Any] | None = None, **fake: Any
) -> Iterator[tuple[TestClient, CollectorRegistry]]:
    made = documents or {
        "shop": document(
            panel(), panel("geomap", "Map"), templating={"list": [{"name": "job", "query": "label_values(job)"}]}
        ),
        "bad": "{",
    }
    registry = CollectorRegistry()
    with fake_prometheus(UP, labels=["api", "web"], alerts=[ALERT], **fake) as asking:
        settings = ViewerSettings.model_validate(
            {
                "environment": "<prod>", "prometheus": asking.prometheus.url, "link": link, "home": "shop",
                "hosts": ["viewer"], "scrapeSeconds": 15,
                "sources": [{"uid": "prometheus", "name": "P", "type": "prometheus"}],
            }
        )  # fmt: skip
        app = Pages(settings, Library(library_of(folder, **made)), registry, folder).app()
        with TestClient(app, base_url="http://localhost:3001", follow_redirects=False) as client:
            yield client, registry


def test_a_dashboards_page_has_its_panels_variables_and_times(tmp_path: Path) -> None:
    with pages(tmp_path) as (client, _):
        html = client.get("/d/shop/any-slug?var-job=web&from=now-1h&to=now").text
    assert html.count('class="panel"') == 2
    assert "A &lt;row&gt;" in html
    assert "&lt;prod&gt;" in html
    assert re.search(r'<option value="web" selected>', html)
    assert "now-30d" in html
    assert "now-15m" in html
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html), "nothing is asked from elsewhere"


def test_a_panel_is_drawn_for_its_page(tmp_path: Path) -> None:
    with pages(tmp_path) as (client, registry):
        found = client.get("/api/panel/shop/1?from=now-1h&to=now&width=800&var-job=api").json()
        bad = client.get("/api/panel/shop/2").json()
        assert found["problem"] == ""
        assert found["values"]["series"][0]["name"] == "api"
        assert set(found["configs"]) == {"light", "dark"}
        assert "panels of type 'geomap' aren't drawn here" in bad["problem"]
        assert registry.get_sample_value("viewer_panel_failures_total") == 1
        assert registry.get_sample_value("viewer_panel_seconds_count") == 2


def test_the_list_has_every_dashboard_and_says_what_is_wrong_with_one(tmp_path: Path) -> None:
    with pages(tmp_path) as (client, _):
        html = client.get("/dashboards").text
        first = client.get("/")
    assert 'href="/d/shop"' in html
    assert "is not JSON" in html
    assert 'href="/d/bad"' not in html
    assert (first.status_code, first.headers["location"]) == (302, "/d/shop")


def test_firing_alerts_are_told(tmp_path: Path) -> None:
    with pages(tmp_path) as (client, _):
        found = client.get("/api/alerts").json()
    assert found["count"] == 1
    assert "It is down" in found["html"]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/d/nope", 404, "there is no dashboard &#39;nope&#39;; there are bad, shop"),
        ("/d/bad", 422, "dashboard &#39;bad&#39; is not JSON"),
        ("/d/shop?from=yesterday", 400, "is no moment"),
        ("/d/shop?from=now&to=now-1h", 400, "ends before it begins"),
        ("/nothing/here", 404, "there is nothing at /nothing/here"),
        ("/api/panel/shop/99", 422, "has no panel 99"),
        ("/api/panel/nope/1", 404, "there is no dashboard 'nope'"),
        ("/d/<script>", 404, "&lt;script&gt;"),
        ("/static/..%2fweb.py", 404, ""),
    ],
)
def test_what_is_not_there_is_said(path: str, status: int, words: str, tmp_path: Path) -> None:
    with pages(tmp_path) as (client, _):
        answer = client.get(path)
    assert answer.status_code == status
    assert words in answer.text
    assert "Traceback" not in answer.text


def test_the_width_of_a_panel_is_whatever_it_is(tmp_path: Path) -> None:
    with pages(tmp_path) as (client, _):
        for width in ("", "x", "0", "-5", "99999999999", "٣"):
            assert client.get(f"/api/panel/shop/1?width={width}").json()["problem"] == ""


@pytest.mark.parametrize("path", ["/d/shop", "/dashboards", "/api/panel/shop/1", "/static/page.js", "/nothing"])
def test_a_browser_may_ask_only_here_and_show_nobody_else(path: str, tmp_path: Path) -> None:
    with pages(tmp_path) as (client, _):
        answer = client.get(path, headers={"origin": "https://evil.example"})
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'", "neither inline scripts nor eval"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:3001", 200),
        ("127.0.0.1:3001", 200),
        ("[::1]:3001", 200),
        ("10.1.2.3", 200),
        ("viewer:3000", 200),
        ("monitoring.example.com", 200),
        ("evil.example:3001", 421),
        ("localhost.evil.example", 421),
        ("", 421),
    ],
)
def test_only_under_names_of_ours(host: str, status: int, tmp_path: Path) -> None:
    with pages(tmp_path, "https://monitoring.example.com") as (client, _):
        assert client.get("/dashboards", headers={"host": host}).status_code == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_is_only_read(method: str, tmp_path: Path) -> None:
    with pages(tmp_path) as (client, _):
        assert client.request(method, "/d/shop").status_code == 405


def test_below_a_path_too(tmp_path: Path) -> None:
    with pages(tmp_path, "https://example.com/grafana") as (client, _):
        for prefix in ("/grafana", ""):
            html = client.get(f"{prefix}/d/shop").text
            assert 'src="/grafana/static/page.js' in html
            assert client.get(f"{prefix}/static/page.js").status_code == 200
        assert client.get("/grafana/").headers["location"] == "/grafana/d/shop"


def test_a_dashboard_that_is_changed_is_shown_at_once(tmp_path: Path) -> None:
    with pages(tmp_path) as (client, _):
        assert "New title" not in client.get("/dashboards").text
        library_of(tmp_path, shop=document(panel(), title="New title"), more=document(panel(), uid="more"))
        html = client.get("/dashboards").text
        assert "New title" in html
        assert 'href="/d/more"' in html
        (tmp_path / "more.json").unlink()
        assert "can&#39;t be read" in client.get("/dashboards").text


def test_a_prometheus_that_is_away_leaves_the_page(tmp_path: Path) -> None:
    with pages(tmp_path, problem="it is replaying") as (client, _):
        page = client.get("/d/shop")
        assert page.status_code == 200
        assert "it is replaying" in page.text, "the variable says why it has no values"
        assert client.get("/api/alerts").json()["problem"] == "the query failed: it is replaying"


def test_scripts_of_ours_need_no_eval_and_ask_nobody_else() -> None:
    static = Path(__file__).parents[2] / "viewer" / "static"
    for path in static.iterdir():
        text = path.read_text()
        assert not re.search(r"\beval\(|new Function|https?://", text), path.name
