"""Grafana's local image: the HTTP API is whole, and a browser is told what it has got."""

import html
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import docker
import pytest
import requests
from docker.models.containers import Container
from docker.types import Mount

from airgap.catalog import TOOLS
from config.images import AIRGAP_REGISTRY, reference
from tests.airgap.containers import inside, until

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

PASSWORD = "s3cret, isn't it"


@dataclass(frozen=True)
class Grafana:
    """A running server. prometheus: what its datasource may ask, as Grafana reaches it."""

    container: Container
    prometheus: str

    @property
    def url(self) -> str:
        """Its address on this host; another one after a restart."""
        self.container.reload()
        return f"http://127.0.0.1:{self.container.attrs['NetworkSettings']['Ports']['3000/tcp'][0]['HostPort']}"

    def ask(self, method: str, path: str, document: object = None, **options: Any) -> Any:
        """The answer's document, as the administrator; fails on any other status than success."""
        answer = requests.request(
            method, f"{self.url}{path}", json=document, auth=("admin", PASSWORD), timeout=30, **options
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()


@pytest.fixture(scope="module")
def grafana(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grafana]:
    """Started once, as strictly as the program does, with a Prometheus beside it."""
    folder = tmp_path_factory.mktemp("grafana")
    (folder / "password").write_text(f"{PASSWORD}\n")
    folder.chmod(0o755)
    name = f"airgap-test-{secrets.token_hex(4)}"
    network = client.networks.create(name)
    volume = client.volumes.create(name)
    strict: dict[str, Any] = {
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "network": network.name,
    }
    containers = []
    try:
        containers.append(
            client.containers.run(
                reference("prometheus", AIRGAP_REGISTRY),
                ["--config.file=/dev/null", "--storage.tsdb.path=/prometheus"],
                detach=True,
                name=f"{name}-prometheus",
                tmpfs={"/prometheus": "uid=65534"},
                **strict,
            )
        )
        containers.append(
            client.containers.run(
                reference("grafana", AIRGAP_REGISTRY),
                detach=True,
                tmpfs={"/tmp": ""},
                mounts=[
                    Mount("/var/lib/grafana", volume.name),
                    Mount("/run/secret", str(folder), type="bind", read_only=True),
                ],
                environment={
                    "GF_SECURITY_ADMIN_PASSWORD__FILE": "/run/secret/password",
                    "GF_SECURITY_CONTENT_SECURITY_POLICY": "true",
                    "GF_UNIFIED_ALERTING_ENABLED": "false",
                    "GF_ALERTING_ENABLED": "false",
                    "GF_ANALYTICS_REPORTING_ENABLED": "false",
                    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
                    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
                },
                ports={"3000/tcp": ("127.0.0.1", 0)},
                **strict,
            )
        )
        server = containers[-1]
        _until_healthy(server)
        yield Grafana(server, f"http://{name}-prometheus:9090")
    finally:
        for container in containers:
            container.remove(force=True)
        volume.remove(force=True)
        network.remove()


def _until_healthy(server: Container) -> None:
    until(lambda: inside(server, "wget", "-qO-", "http://127.0.0.1:3000/api/health")[0] == 0, server, seconds=120)


def test_it_is_the_version_of_the_catalogue_and_runs_without_privileges(grafana: Grafana) -> None:
    health = grafana.ask("GET", "/api/health")
    assert (health["version"], health["database"]) == (TOOLS["grafana"].version, "ok")
    assert inside(grafana.container, "id", "-u") == (0, "472")
    assert PASSWORD not in str(grafana.container.attrs)
    refused = requests.get(f"{grafana.url}/api/org", auth=("admin", "admin"), timeout=30)
    assert refused.status_code == 401


def test_nothing_is_amiss_at_the_start(grafana: Grafana) -> None:
    assert [line for line in grafana.container.logs().decode().splitlines() if "level=error" in line] == []


def test_datasources_have_their_backends(grafana: Grafana) -> None:
    known = {plugin["id"] for plugin in grafana.ask("GET", "/api/plugins?type=datasource")}
    assert known >= {"prometheus", "alertmanager", "postgres", "loki", "tempo"}
    panels = {plugin["id"] for plugin in grafana.ask("GET", "/api/plugins?type=panel")}
    assert panels >= {"timeseries", "stat", "table", "text", "state-timeline"}


def test_a_dashboard_s_query_is_answered(grafana: Grafana) -> None:
    source = {"uid": "metrics", "type": "prometheus", "name": "Metrics", "access": "proxy", "url": grafana.prometheus}
    grafana.ask("POST", "/api/datasources", source)
    assert grafana.ask("GET", "/api/datasources/uid/metrics/health")["status"] == "OK"
    query = {"refId": "A", "datasource": {"uid": "metrics"}, "expr": "vector(42)", "instant": True}
    answer = grafana.ask("POST", "/api/ds/query", {"from": "now-5m", "to": "now", "queries": [query]})
    [frame] = answer["results"]["A"]["frames"]
    assert frame["data"]["values"][1] == [42]


def test_a_postgres_datasource_reaches_for_its_server(grafana: Grafana) -> None:
    source = {
        "uid": "sql",
        "type": "postgres",
        "name": "SQL",
        "access": "proxy",
        "url": "airgap-test-nowhere:5432",
        "user": "reader",
        "jsonData": {"database": "shop", "sslmode": "disable"},
        "secureJsonData": {"password": "p"},
    }
    grafana.ask("POST", "/api/datasources", source)
    health = requests.get(f"{grafana.url}/api/datasources/uid/sql/health", auth=("admin", PASSWORD), timeout=30)
    assert health.status_code == 400
    assert "failed to connect to server" in health.json()["message"]


def test_folders_dashboards_and_people_are_kept(grafana: Grafana) -> None:
    folder = grafana.ask("POST", "/api/folders", {"uid": "services", "title": "Services"})
    dashboard = {"uid": "shop", "title": "Shop", "panels": []}
    grafana.ask("POST", "/api/dashboards/db", {"folderUid": folder["uid"], "dashboard": dashboard})
    team = grafana.ask("POST", "/api/teams", {"name": "Shop"})
    person = {"login": "vera", "email": "vera@example.com", "password": "correct horse"}
    grafana.ask("POST", f"/api/teams/{team['teamId']}/members", {"userId": _user(grafana, person)})
    robot = grafana.ask("POST", "/api/serviceaccounts", {"name": "robot", "role": "Viewer"})
    token = grafana.ask("POST", f"/api/serviceaccounts/{robot['id']}/tokens", {"name": "one"})["key"]

    grafana.container.stop(timeout=20)
    assert grafana.container.wait(timeout=5)["StatusCode"] == 0
    grafana.container.start()
    _until_healthy(grafana.container)

    found = requests.get(f"{grafana.url}/api/search", headers={"Authorization": f"Bearer {token}"}, timeout=30).json()
    assert {(each["type"], each["uid"]) for each in found} == {("dash-folder", "services"), ("dash-db", "shop")}
    assert requests.get(f"{grafana.url}/api/folders", auth=("vera", "correct horse"), timeout=30).ok
    new = {"title": "Vera's"}
    refused = requests.post(f"{grafana.url}/api/folders", json=new, auth=("vera", "correct horse"), timeout=30)
    assert refused.status_code == 403


def _user(grafana: Grafana, person: dict[str, str]) -> int:
    return int(grafana.ask("POST", "/api/admin/users", person)["id"])


@pytest.mark.parametrize("path", ["/", "/login", "/d/shop", "/dashboards"])
def test_a_browser_is_told_that_there_are_no_pages(path: str, grafana: Grafana) -> None:
    answer = requests.get(f"{grafana.url}{path}", timeout=30)
    assert answer.ok
    assert "This Grafana has no web pages" in answer.text
    assert "make export-dashboard UID=" in answer.text
    assert 'id="login"' in answer.text
    assert "[[" not in answer.text
    [nonce] = re.findall(r'<script nonce="([^"]+)">', answer.text)
    assert f"'nonce-{html.unescape(nonce)}'" in answer.headers["Content-Security-Policy"]
    assert not re.findall(r'(?:src|stylesheet"? href)="', answer.text)


def test_who_signs_in_sees_what_is_there(grafana: Grafana) -> None:
    browser = requests.Session()
    signed_in = browser.post(f"{grafana.url}/login", json={"user": "admin", "password": PASSWORD}, timeout=30)
    assert signed_in.ok
    page = browser.get(f"{grafana.url}/", timeout=30).text
    assert "You are signed in as admin (Admin)" in page
    assert 'id="dashboards"' in page
    for address in re.findall(r'<dt><a href="([^"]+)">', page):
        assert browser.get(f"{grafana.url}/{address}", timeout=30).ok, address


@pytest.mark.parametrize("path", ["/swagger-ui", "/openapi3"])
def test_the_api_s_description_is_there_without_the_pages_that_draw_it(path: str, grafana: Grafana) -> None:
    page = requests.get(f"{grafana.url}{path}", timeout=30).text
    [address] = re.findall(r'url=([^"]+)"', page)
    assert requests.get(f"{grafana.url}/{address}", timeout=30).json()["openapi"].startswith("3.")
