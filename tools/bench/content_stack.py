"""What Grafana shows, as a stack of its own: placed with the real Pulumi CLI into an organisation of its own."""

from __future__ import annotations

import json
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.grafana.content import placed_dashboards
from tests.e2e.system import System
from tests.e2e.test_5_grafana import chosen
from tests.support.program import raw
from tools.bench.pulumi_stack import PulumiStack

# the component as the stack's own program uses it, and nothing else
PROGRAM = """
import json
from pathlib import Path

import pulumi
import pulumiverse_grafana as grafana

from components.grafana.content import GrafanaContent, GrafanaContentArgs
from components.base.images import Images, ImagesArgs
from components.base.stack import Stack
from config.grafana.content import placed_dashboards
from config.settings.load import parse

here = Path(__file__).parent
settings = parse("bench", json.loads((here / "settings.json").read_text()))
config = pulumi.Config()
provider = grafana.Provider(
    "grafana", url=config.require("url"), auth=config.require_secret("auth"), org_id=config.require_int("org")
)
GrafanaContent(
    "grafana-content",
    GrafanaContentArgs(
        stack=Stack(
            settings=settings,
            secrets={"grafanaPostgresPassword": config.require_secret("auth")},
            images=Images("images", ImagesArgs()),
        ),
        server=provider,
        dashboards=placed_dashboards(settings, here / "dashboards"),
    ),
    pulumi.ResourceOptions(providers=[provider]),
)
"""


@dataclass
class ContentStack(PulumiStack):
    """A stack of the program above.

    Attributes:
        own: the product's dashboards, which are always in it.
        home: Pulumi's folder, as the command line has it.
        saves: whether Pulumi saves its state after each step, as it does unless it is told not to.
    """

    own: list[dict[str, Any]]
    home: Path
    saves: bool = True

    def environment(self) -> dict[str, str]:
        saving = {} if self.saves else {"PULUMI_SKIP_CHECKPOINTS": "true"}
        return super().environment() | {"PULUMI_HOME": str(self.home)} | saving

    def show(self, count: int, *, bare: bool = False) -> None:
        """Have so many dashboards: the product's own and, dropped in, copies of them or such that hold nothing."""
        folder = self.folder / "program/dashboards"
        folder.mkdir(exist_ok=True)
        for number in range(len(self.own), count):
            model = {"panels": []} if bare else self.own[number % len(self.own)]
            named = {**model, "uid": f"copy-{number}", "title": f"Copy {number}"}
            (folder / f"copy-{number}.json").write_text(json.dumps(named))

    def place(self) -> float:
        """Deploy; seconds."""
        begun = time.monotonic()
        self.pulumi("up", "--yes", "--skip-preview", seconds=600)
        return time.monotonic() - begun

    def look(self) -> float:
        """Preview what doesn't change; seconds."""
        begun = time.monotonic()
        self.pulumi("preview", "--expect-no-changes")
        return time.monotonic() - begun


@contextmanager
def content_stack(system: System) -> Iterator[ContentStack]:
    """In an empty organisation of the stack's Grafana, which is gone in the end."""
    name = f"bench-{secrets.token_hex(4)}"
    organisation = system.grafana("POST", "/api/orgs", {"name": name})["orgId"]
    try:
        with tempfile.TemporaryDirectory(prefix="bench-content-") as folder:
            own = [dict(each.document) for each in placed_dashboards(chosen(system), Path(folder) / "none")]
            yield _prepared(ContentStack(Path(folder), own, system.root / ".state/pulumi"), system, organisation)
    finally:
        system.grafana("DELETE", f"/api/orgs/{organisation}")


def _prepared(stack: ContentStack, system: System, organisation: int) -> ContentStack:
    stack.prepare(PROGRAM)
    settings = {key: raw(value) for key, value in system.settings().items() if ":" not in key}
    (stack.folder / "program/settings.json").write_text(json.dumps(settings))
    stack.set("url", system.url("grafana"))
    stack.set("org", str(organisation))
    stack.set("auth", f"admin:{system.secret('grafanaAdminPassword')}", secret=True)
    return stack
