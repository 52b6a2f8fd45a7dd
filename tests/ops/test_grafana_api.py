"""Where `monitor` reaches Grafana."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ops.commands import up
from ops.errors import OpsError
from ops.grafana_api import GrafanaApi
from ops.outputs import Outputs
from ops.pulumi_cli import Pulumi
from ops.session import Session

PUBLISHED = {"prometheus": "http://127.0.0.1:9090", "grafana": "http://127.0.0.1:3001"}
TUNNEL = "http://127.0.0.1:13001"


class FakePulumi:
    """Knows the password, the outputs and an empty state."""

    stack = SimpleNamespace(name="shop", settings=dict, committed_file=Path("Pulumi.shop.yaml"))

    def __init__(self, outputs: Mapping[str, object]) -> None:
        self._outputs = outputs

    def run(self, arguments: list[str]) -> str:
        assert arguments == ["config", "get", "grafanaAdminPassword"]
        return "canary\n"

    def outputs(self) -> Mapping[str, object]:
        return self._outputs

    def export(self) -> Mapping[str, object]:
        return {}


@pytest.mark.parametrize(
    ("document", "url"),
    [
        ({"urls": PUBLISHED, "grafanaApiUrl": TUNNEL}, TUNNEL),
        ({"urls": PUBLISHED, "grafanaApiUrl": f"{TUNNEL}/"}, TUNNEL),
        # deployed before that was an output
        ({"urls": PUBLISHED}, PUBLISHED["grafana"]),
    ],
)
def test_it_is_reached_as_the_deployment_reached_it(document: dict[str, object], url: str) -> None:
    api = GrafanaApi.of(Outputs.parse("shop", document), cast(Pulumi, FakePulumi(document)))
    assert (api.url, api.password) == (url, "canary")


def test_a_stack_without_grafana_is_named() -> None:
    document = {"urls": {"prometheus": "http://127.0.0.1:9090"}}
    with pytest.raises(OpsError, match=r"^Grafana is not in this stack: .* true in Pulumi\.shop\.yaml, `make up`$"):
        GrafanaApi.of(Outputs.parse("shop", document), cast(Pulumi, FakePulumi(document)))


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({"apiUrl": f"{TUNNEL}/"}, TUNNEL),
        # the tunnel is gone, and so is its setting
        ({}, PUBLISHED["grafana"]),
    ],
)
def test_hand_edits_are_looked_for_the_way_that_the_settings_say_now(
    settings: dict[str, str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a changed way could never be deployed: the check comes before the update."""
    asked: list[Any] = []
    monkeypatch.setattr(up, "refuse_hand_edits", lambda _, api: asked.append(api.url))
    pulumi = FakePulumi({"urls": PUBLISHED, "grafanaApiUrl": "http://127.0.0.1:14001"})
    session = cast(Session, type("Opened", (), {"pulumi": pulumi})())
    up._keep_hand_edits(session, {"grafana": {"handEdits": "refuse", **settings}})
    assert asked == [url]
