"""How long it takes to place what Grafana shows: this stack's dashboards, and two hundred."""

from __future__ import annotations

import json
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from config.grafana.content import placed_dashboards
from tests.bench.figure import Figure
from tests.e2e.system import System
from tests.e2e.test_5_grafana import chosen
from tests.plugins.pulumi_stack import PulumiStack
from tests.unit.program import raw

FEW, SOME, MANY = 10, 100, 200
PAIRS = 5

# the component as the stack's own program uses it, and nothing else
PROGRAM = """
import json
from pathlib import Path

import pulumi
import pulumiverse_grafana as grafana

from components.grafana_content import GrafanaContent, GrafanaContentArgs
from components.images import Images
from components.stack import Stack
from config.grafana.content import placed_dashboards
from config.settings import parse

here = Path(__file__).parent
settings = parse("bench", json.loads((here / "settings.json").read_text()))
config = pulumi.Config()
provider = grafana.Provider(
    "grafana", url=config.require("url"), auth=config.require_secret("auth"), org_id=config.require_int("org")
)
GrafanaContent(
    GrafanaContentArgs(
        server=provider,
        dashboards=placed_dashboards(settings, here / "dashboards"),
        secrets={"grafanaPostgresPassword": config.require_secret("auth")},
    ),
    stack=Stack(settings=settings, images=Images(None)),
    opts=pulumi.ResourceOptions(providers=[provider]),
)
"""


@dataclass
class Content(PulumiStack):
    """A stack of the program above, with so many dashboards."""

    dashboards: int = 0

    def show(self, system: System, count: int) -> None:
        """Have so many dashboards in the program: the product's own, and copies of them that were dropped in."""
        folder = self.folder / "program/dashboards"
        folder.mkdir(exist_ok=True)
        own = [dict(each.document) for each in placed_dashboards(chosen(system), folder / "none")]
        for number in range(len(own), count):
            copy = own[number % len(own)] | {"uid": f"copy-{number}", "title": f"Copy {number}"}
            (folder / f"copy-{number}.json").write_text(json.dumps(copy))
        self.dashboards = count

    def place(self) -> float:
        """Deploy; seconds."""
        begun = time.monotonic()
        self.pulumi("up", "--yes", "--skip-preview", seconds=600)
        return time.monotonic() - begun

    def look(self) -> float:
        """Preview what doesn't change; seconds."""
        begun = time.monotonic()
        assert "unchanged" in self.pulumi("preview")
        return time.monotonic() - begun


def content(system: System) -> list[Figure]:
    """All folders, datasources and dashboards into an empty organisation; then more of them."""
    with _stack(system) as few, _stack(system) as many:
        few.show(system, FEW)
        placed = few.place()
        many.show(system, FEW)
        many.place()
        many.show(system, SOME)
        to_some = many.place() / (SOME - FEW)
        many.show(system, MANY)
        to_many = many.place() / (MANY - SOME)
        pairs = [(few.look(), many.look()) for _ in range(PAIRS)]
    quick, slow = (median(column) for column in zip(*pairs, strict=True))
    return [
        Figure(
            name="content_seconds",
            value=placed,
            target=15,
            note=f"all folders, datasources and {FEW} dashboards into an empty organisation",
        ),
        Figure(
            name="dashboards_growth_ratio",
            value=to_many / to_some,
            target=1.3,
            note=f"1 is linear: {1000 * to_many:.0f} ms for each further dashboard from {SOME} to {MANY}, "
            f"{1000 * to_some:.0f} ms from {FEW} to {SOME}",
        ),
        Figure(
            name="dashboards_preview_ratio",
            value=median(many / few for few, many in pairs),
            target=2,
            note=f"no change: {slow:.2f} s with {MANY} dashboards, {quick:.2f} s with {FEW}; medians of {PAIRS} pairs",
        ),
    ]


@contextmanager
def _stack(system: System) -> Iterator[Content]:
    """In an organisation of its own in the stack's Grafana; all of it is gone in the end."""
    name = f"bench-{secrets.token_hex(4)}"
    organisation = system.grafana("POST", "/api/orgs", {"name": name})["orgId"]
    try:
        with tempfile.TemporaryDirectory(prefix="bench-content-") as folder:
            yield _prepared(Content(Path(folder)), system, organisation)
    finally:
        system.grafana("DELETE", f"/api/orgs/{organisation}")


def _prepared(stack: Content, system: System, organisation: int) -> Content:
    stack.prepare(PROGRAM)
    settings = {key: raw(value) for key, value in system.settings().items() if ":" not in key}
    (stack.folder / "program/settings.json").write_text(json.dumps(settings))
    stack.set("url", system.url("grafana"))
    stack.set("org", str(organisation))
    stack.set("auth", f"admin:{system.secret('grafanaAdminPassword')}", secret=True)
    return stack
