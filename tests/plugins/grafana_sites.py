"""Where the Grafana plugin is tested: a Grafana in memory, or a real one; each test in an organisation of its own."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import grpc
import pytest
import requests
from pulumi.runtime.proto import provider_pb2_grpc

from airgap.plugins.grafana.plugin import grafana_plugin
from airgap.plugins.protocol.servicer import ProviderServicer
from tests.free_port import free_port
from tests.plugins.grafana_fake import PASSWORD, FakeGrafana, serving
from tests.plugins.provider import Provider

DASHBOARD = "grafana:oss/dashboard:Dashboard"
DATA_SOURCE = "grafana:oss/dataSource:DataSource"
FOLDER = "grafana:oss/folder:Folder"
FOLDER_PERMISSION = "grafana:oss/folderPermission:FolderPermission"
ORGANIZATION = "grafana:oss/organization:Organization"
PREFERENCES = "grafana:oss/organizationPreferences:OrganizationPreferences"
SERVICE_ACCOUNT = "grafana:oss/serviceAccount:ServiceAccount"
TEAM = "grafana:oss/team:Team"
TOKEN = "grafana:oss/serviceAccountToken:ServiceAccountToken"
USER = "grafana:oss/user:User"
TOKENS = (
    DASHBOARD,
    DATA_SOURCE,
    FOLDER,
    FOLDER_PERMISSION,
    ORGANIZATION,
    PREFERENCES,
    SERVICE_ACCOUNT,
    TEAM,
    TOKEN,
    USER,
)

# The real one: the kit's image, or a Grafana 10 that runs already (http://user:password@host:port).
IMAGE = "airgap.local/grafana/grafana"
RUNNING = "GRAFANA_TEST_URL"

_grpc: Any = grpc


@dataclass(frozen=True)
class Site:
    """A Grafana server and the login of its administrator."""

    url: str
    user: str = "admin"
    password: str = PASSWORD
    fake: FakeGrafana | None = None

    @property
    def auth(self) -> str:
        """The login as the provider takes it."""
        return f"{self.user}:{self.password}"

    def ask(
        self, method: str, path: str, body: Any = None, *, org: int = 0, auth: tuple[str, str] | None = None
    ) -> Any:
        """Asks it behind the plugin's back; what it refuses fails the test."""
        status, answer = self.answer(method, path, body, org=org, auth=auth)
        assert status < 300, f"{method} {path}: {status} {answer}"
        return answer

    def answer(
        self, method: str, path: str, body: Any = None, *, org: int = 0, auth: tuple[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and answer."""
        response = requests.request(
            method,
            f"{self.url}/api{path}",
            json=body,
            auth=auth or (self.user, self.password),
            headers={"X-Grafana-Org-Id": str(org)} if org else {},
            timeout=30,
        )
        return response.status_code, response.json() if response.content else None


@dataclass
class Bench:
    """A plugin at work in an organisation of its own."""

    site: Site
    provider: Provider
    org: int
    word: str
    users: list[int] = field(default_factory=list)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Asks Grafana in this organisation, behind the plugin's back."""
        return self.site.ask(method, path, body, org=self.org)

    def gone(self, path: str) -> bool:
        """Whether Grafana doesn't have it (any more)."""
        return self.site.answer("GET", path, org=self.org)[0] == 404

    def email(self, name: str) -> str:
        """An e-mail address that nobody else has."""
        return f"{name}.{self.word}@example.org"

    def person(self, name: str, role: str = "Viewer") -> int:
        """Makes an account in this organisation; its number."""
        body = {"email": self.email(name), "login": f"{name}-{self.word}", "name": name, "password": "first-pw"}
        number = int(self.site.ask("POST", "/admin/users", body)["id"])
        self.users.append(number)
        self.site.ask("POST", f"/orgs/{self.org}/users", {"loginOrEmail": body["email"], "role": role})
        return number


@contextmanager
def bench_at(site: Site) -> Iterator[Bench]:
    """A plugin at work there; everything of it is removed at the end."""
    word = secrets.token_hex(4)
    org = int(site.ask("POST", "/orgs", {"name": f"test {word}"})["orgId"])
    with running_plugin(url=site.url, auth=site.auth, orgId=org) as provider:
        bench = Bench(site, provider, org, word)
        try:
            yield bench
        finally:
            accounts = site.ask("GET", f"/orgs/{org}/users")
            for number in {*bench.users, *(item["userId"] for item in accounts if item["login"] != site.user)}:
                site.answer("DELETE", f"/admin/users/{number}")
            site.answer("DELETE", f"/orgs/{org}", org=1)


@contextmanager
def fake_site() -> Iterator[Site]:
    """A Grafana in memory."""
    grafana = FakeGrafana()
    with serving(grafana) as url:
        yield Site(url, fake=grafana)


@contextmanager
def running_plugin(**config: Any) -> Iterator[Provider]:
    """The Grafana plugin served in this process."""
    server = _grpc.server(ThreadPoolExecutor(max_workers=64))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(ProviderServicer(grafana_plugin()), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    channel = _grpc.insecure_channel(f"127.0.0.1:{port}")
    stub_class: Any = provider_pb2_grpc.ResourceProviderStub
    provider = Provider(stub_class(channel))
    if config:
        provider.configure(**config)
    try:
        yield provider
    finally:
        channel.close()
        server.stop(grace=None)


@contextmanager
def real_site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A real Grafana: the one that runs already, else a container of the kit's image."""
    running = os.environ.get(RUNNING)
    if running:
        parts = urlsplit(running)
        yield Site(f"{parts.scheme}://{parts.hostname}:{parts.port}", parts.username or "", parts.password or "")
        return
    engine: Any = request.getfixturevalue("engine")
    images = [tag for image in engine.images.list() for tag in image.tags if tag.startswith(f"{IMAGE}:")]
    if not images:
        pytest.skip(f"no image {IMAGE}; `make images` builds it")
    port = free_port()
    container = engine.containers.run(
        images[0],
        name=f"plugtest-grafana-{secrets.token_hex(4)}",
        environment={
            "GF_SECURITY_ADMIN_PASSWORD": PASSWORD,
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
            "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
        },
        ports={"3000/tcp": ("127.0.0.1", port)},
        detach=True,
    )
    try:
        site = Site(f"http://127.0.0.1:{port}")
        _wait_for(site, container)
        yield site
    finally:
        container.remove(force=True, v=True)


def _wait_for(site: Site, container: Any) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            if requests.get(f"{site.url}/api/health", timeout=5).ok:
                return
        except requests.RequestException:
            pass
        if time.monotonic() > deadline:
            pytest.fail(f"Grafana didn't start: {container.logs(tail=5).decode(errors='replace')}")
        time.sleep(0.5)
