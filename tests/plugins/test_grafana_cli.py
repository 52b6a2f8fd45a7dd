"""The Grafana plugin driven by the real Pulumi CLI, on a file backend, against a real Grafana."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.grafana_sites import Site, bench_at
from tests.plugins.pulumi_stack import TOOLS, PulumiStack

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not (TOOLS / "pulumi").exists(), reason="the Pulumi CLI is not built yet"),
]

PROGRAM = """
import json
import pulumi
import pulumiverse_grafana as grafana

config = pulumi.Config()
url, org = config.require("url"), config.require_int("org")
site = grafana.Provider(
    "site",
    url=url,
    org_id=org,
    auth=config.require_secret("auth"),
    retries=3,
    retry_wait=1,
    retry_status_codes=["429", "5xx"],
)
options = pulumi.ResourceOptions(provider=site)
canary = config.require_secret("canary")
word = config.require("word")

folder = grafana.oss.Folder("machines", title="Machines", uid=config.get("folder") or "machines", opts=options)
source = grafana.oss.DataSource(
    "prometheus",
    name="Prometheus",
    type="prometheus",
    uid="prometheus",
    url="http://prometheus:9090",
    is_default=True,
    json_data_encoded=json.dumps({"httpMethod": "POST"}),
    secure_json_data_encoded=canary.apply(lambda value: json.dumps({"password": value})),
    opts=options,
)
dashboards = [
    grafana.oss.Dashboard(
        f"dashboard-{number}",
        folder=folder.uid,
        overwrite=True,
        config_json=json.dumps(
            {
                "title": f"Dashboard {number}",
                "uid": f"d-{number}",
                "refresh": config.get("refresh") or "30s",
                "panels": [{"id": n, "title": f"Panel {n}", "targets": [{"expr": "up"}] * 3} for n in range(1, 13)],
            }
        ),
        opts=options,
    )
    for number in range(config.get_int("dashboards") or 2)
]
email = f"ann.{word}@example.org"
user = grafana.oss.User("ann", name="Ann", email=email, login=f"ann-{word}", password=canary, opts=options)
team = grafana.oss.Team("shop", name="Shop", opts=options)
grafana.oss.FolderPermission(
    "machines",
    folder_uid=folder.uid,
    permissions=[{"role": "Viewer", "permission": "View"}, {"team_id": team.id, "permission": "Edit"}],
    opts=options,
)
grafana.oss.OrganizationPreferences("home", theme="dark", home_dashboard_uid=dashboards[0].uid, opts=options)
account = grafana.oss.ServiceAccount("ci", name=f"ci-{word}", role="Viewer", opts=options)
token = grafana.oss.ServiceAccountToken("ci", name=f"ci-{word}", service_account_id=account.id, opts=options)
pulumi.export("token", token.key)
pulumi.export("url", dashboards[0].url)
"""


@dataclass
class Stack(PulumiStack):
    """A stack of the program above, for an organisation of its own."""

    site: Site
    org: int

    def pulumi(self, *arguments: str, fails: bool = False, seconds: float = 280) -> str:
        return super().pulumi(*arguments, fails=fails, seconds=seconds)

    def steps(self, *arguments: str) -> dict[str, str]:
        return {name: step for name, step in super().steps(*arguments).items() if step != "refresh"}

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        return self.site.ask(method, path, body, org=self.org)


@pytest.fixture
def stack(real_grafana: Site, tmp_path: Path) -> Iterator[Stack]:
    with bench_at(real_grafana) as bench:
        yield _stack(tmp_path, bench.site, bench.org, bench.word)


def _stack(folder: Path, site: Site, org: int, word: str) -> Stack:
    made = Stack(folder, site, org)
    made.prepare(PROGRAM)
    secrets = ("--secret", f"auth={site.auth}", "--secret", "canary=canary-6b1f0c")
    plain = (f"url={site.url}", f"org={org}", f"word={word}")
    made.pulumi("config", "set-all", *secrets, *(part for item in plain for part in ("--plaintext", item)))
    return made


def test_a_stack_from_up_to_destroy(stack: Stack) -> None:
    outputs = [stack.up()]
    assert stack.ask("GET", "/dashboards/uid/d-1")["dashboard"]["panels"][3]["id"] == 4
    assert stack.ask("GET", "/org/preferences")["homeDashboardUID"] == "d-0"

    # Nothing has changed, whoever asks.
    outputs.append(stack.pulumi("preview", "--expect-no-changes", "--diff"))
    outputs.append(stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes"))

    # A change updates what it concerns, in place.
    stack.set("refresh", "1m")
    assert stack.steps() == {"dashboard-0": "update", "dashboard-1": "update"}
    outputs.append(stack.up())
    assert stack.ask("GET", "/dashboards/uid/d-0")["dashboard"]["version"] == 2

    # What was done by hand is seen and put right.
    by_hand = stack.ask("GET", "/dashboards/uid/d-0")["dashboard"]
    stack.ask("POST", "/dashboards/db", {"dashboard": {**by_hand, "refresh": "5s"}, "folderUid": "machines"})
    stack.ask("DELETE", "/dashboards/uid/d-1")
    assert stack.steps("--refresh") == {"dashboard-0": "update", "dashboard-1": "create"}
    outputs.append(stack.up("--refresh"))
    assert stack.ask("GET", "/dashboards/uid/d-0")["dashboard"]["refresh"] == "1m"
    assert stack.ask("GET", "/dashboards/uid/d-1")["dashboard"]["version"] == 1
    outputs.append(stack.pulumi("preview", "--expect-no-changes"))

    # A folder of another uid replaces the old one, which Grafana removes with all that is in it. The dashboards are
    # made anew; that the organisation lost its home dashboard thereby, a refresh sees.
    stack.set("folder", "hosts")
    outputs.append(stack.up())
    assert stack.ask("GET", "/dashboards/uid/d-0")["meta"]["folderUid"] == "hosts"
    assert stack.steps("--refresh") == {"home": "update"}
    outputs.append(stack.up("--refresh"))
    assert stack.ask("GET", "/org/preferences")["homeDashboardUID"] == "d-0"
    outputs.append(stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes"))
    outputs.append(stack.pulumi("preview", "--expect-no-changes"))

    # Secrets are nowhere in the clear, the token's key and the login included.
    key = json.loads(stack.pulumi("stack", "output", "--json", "--show-secrets"))["token"]
    for secret in ("canary-6b1f0c", stack.site.password, key):
        for file in stack.folder.rglob("*"):
            if file.is_file():
                assert secret.encode() not in file.read_bytes(), file
        assert not any(secret in output for output in outputs)

    stack.pulumi("destroy", "--yes", "--skip-preview")
    assert stack.ask("GET", "/search?type=dash-db") == []
    assert stack.ask("GET", "/folders") == []
    assert stack.ask("GET", "/org/preferences") == {}


def test_a_grafana_that_is_away_hinders_no_preview(stack: Stack) -> None:
    stack.set("url", "http://127.0.0.1:1")
    steps = stack.steps()
    assert {"site", "machines", "dashboard-1", "home", "ci", "shop"} <= steps.keys()
    assert set(steps.values()) == {"create"}


def test_a_wrong_password_is_one_clear_line(stack: Stack) -> None:
    stack.set("auth", "admin:canary-wrong", secret=True)
    output = stack.up(fails=True)
    assert "doesn't accept the login of 'admin': the password is wrong, or locked for five minutes" in output
    assert "canary-wrong" not in output
    stack.set("auth", stack.site.auth, secret=True)
    stack.up()
    stack.pulumi("destroy", "--yes", "--skip-preview")


def test_what_is_not_implemented_is_refused_before_anything_is_made(stack: Stack) -> None:
    program = stack.folder / "program/__main__.py"
    program.write_text(PROGRAM.replace('title="Machines",', 'title="Machines", parent_folder_uid="x",'))
    output = stack.pulumi("preview", fails=True)
    assert "input 'parentFolderUid' is not implemented by the embedded Grafana plugin; use the official" in output


def test_two_hundred_dashboards_take_work_in_proportion(stack: Stack) -> None:
    """In proportion to their number, and a preview without changes takes little more than one of ten.

    Most of a run with ten is what any run takes. What the plugin itself does for each: `test_grafana_many.py`.
    """
    up, preview = {}, {}
    for number in (10, 200):
        stack.set("dashboards", str(number))
        up[number] = _processor_seconds(stack.up)
        preview[number] = min(
            _processor_seconds(lambda: stack.pulumi("preview", "--expect-no-changes")) for _ in range(2)
        )
    # twenty times as many; measured: 3.6 times the work, and 1.8 times
    assert up[200] < 6 * up[10], (up, preview)
    assert preview[200] < 2.5 * preview[10], (up, preview)
    stack.pulumi("destroy", "--yes", "--skip-preview")


def _processor_seconds(action: Callable[[], object]) -> float:
    """Of Pulumi, the program and the plugin: a machine may be busy."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    action()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
