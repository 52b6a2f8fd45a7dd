"""Alertmanager's configuration is valid in every stack, and every route leads an alert where it is meant to go."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings.notifications import NOBODY
from tests.routing.amtool import amtool
from tests.routing.synthetic import STACKS, any_stack, write
from tests.routing.tree import leaves, taken

Labels = dict[str, str]


def alert(**labels: str) -> Labels:
    return {"alertname": "Something", "environment": "prod", **labels}


# stack -> label sets and the receivers that they reach
SEVERITIES = [
    (alert(severity="critical"), "critical"),
    (alert(severity="warning"), "warning"),
    (alert(severity="info"), "info"),
    # nobody said how bad it is: a person looks at it
    (alert(), "warning"),
    (alert(severity="Critical"), "warning"),
]
TABLE: dict[str, list[tuple[Labels, str]]] = {
    "dev": [*SEVERITIES, (alert(alertname="Watchdog", severity="info"), "heartbeat")],
    # there is no outside service in this stack
    "staging": [*SEVERITIES, (alert(alertname="Watchdog", severity="info"), "nobody")],
    "prod": [*SEVERITIES, (alert(alertname="Watchdog", severity="info"), "heartbeat")],
    "rich": [
        *((labels, f"audit,{receiver}") for labels, receiver in SEVERITIES),
        # no copy of a heartbeat
        (alert(alertname="Watchdog", severity="critical", team="shop"), "heartbeat"),
        (alert(alertname="WatchdogOfMine", severity="critical"), "audit,critical"),
        # a service whose warnings wake people up; its name is no pattern
        (alert(severity="warning", service="checkout"), "audit,critical"),
        (alert(severity="warning", service="billing.v2"), "audit,critical"),
        (alert(severity="warning", service="billing-v2"), "audit,warning"),
        (alert(severity="warning", service="my-checkout"), "audit,warning"),
        (alert(severity="info", service="checkout"), "audit,info"),
        # one that is a pattern
        (alert(severity="warning", service='tills-"a".42'), "audit,critical"),
        (alert(severity="warning", service="tills-a.42"), "audit,warning"),
        (alert(severity="warning", service="my-tills-b.1"), "audit,warning"),
        # a team that is told as well
        (alert(severity="critical", team="payments"), "audit,payments,critical"),
        (alert(severity="warning", team="payments"), "audit,payments,warning"),
        (alert(team="payments"), "audit,payments,warning"),
        (alert(severity="info", team="payments"), "audit,payments,info"),
        # and one that is told instead, but never of a critical alert
        (alert(severity="critical", team="search", cluster='the "big" \\one'), "audit,critical"),
        (alert(severity="warning", team="search", cluster='the "big" \\one'), "audit,search"),
        (alert(severity="info", team="search", cluster='the "big" \\one'), "audit,search"),
        (alert(severity="warning", team="search", cluster="another"), "audit,warning"),
        # a team's own file
        (alert(severity="critical", team="shop"), "audit,shop,critical"),
        (alert(severity="warning", team="shop"), "audit,shop"),
        (alert(severity="info", team="shop"), "audit,shop"),
        (alert(severity="warning", team="shopping"), "audit,warning"),
    ],
}
ROWS = [(stack, labels, receivers) for stack, rows in TABLE.items() for labels, receivers in rows]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each stack's alertmanager.yml."""
    written = {}
    for stack in TABLE:
        folder = tmp_path_factory.mktemp(stack)
        written[stack] = write(any_stack(stack, folder), folder / "etc")
    return written


def document(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text())
    return loaded


@pytest.mark.parametrize("stack", TABLE)
def test_the_configuration_is_valid(stack: str, files: dict[str, Path]) -> None:
    result = amtool("check-config", str(files[stack]))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "SUCCESS" in result.stdout


def test_every_committed_stack_is_in_the_table() -> None:
    assert set(STACKS) < set(TABLE)


@pytest.mark.parametrize(("stack", "labels", "receivers"), ROWS)
def test_an_alert_reaches_whom_it_is_meant_for(
    stack: str, labels: Labels, receivers: str, files: dict[str, Path]
) -> None:
    quoted = [f'{name}="{_quoted(value)}"' for name, value in labels.items()]
    result = amtool("config", "routes", "test", f"--config.file={files[stack]}", *quoted)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == receivers
    # and what the tests say of single routes is what Alertmanager does
    assert [route["receiver"] for route in taken(document(files[stack])["route"], labels)] == receivers.split(",")


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


@pytest.mark.parametrize("stack", TABLE)
def test_every_route_is_tried(stack: str, files: dict[str, Path]) -> None:
    tree = document(files[stack])["route"]
    tried = [id(route) for labels, _ in TABLE[stack] for route in taken(tree, labels)]
    missed = [route for route in leaves(tree) if id(route) not in tried]
    assert not missed, "no label set of the table takes this route"
    assert id(tree) not in tried, "the severities leave nothing for the root"


def _receivers(stack_document: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for receiver in stack_document["receivers"]:
        yield receiver["name"], [key for key in receiver if key.endswith("_configs")]


@pytest.mark.parametrize("stack", TABLE)
def test_every_receiver_tells_somebody_and_is_told(stack: str, files: dict[str, Path]) -> None:
    loaded = document(files[stack])
    empty = [name for name, channels in _receivers(loaded) if not channels]
    assert empty in ([], [NOBODY])
    used = {route["receiver"] for route in leaves(loaded["route"])}
    assert used == {name for name, _ in _receivers(loaded)}


@pytest.mark.parametrize("stack", ["staging", "prod", "rich"])
def test_critical_alerts_wait_and_repeat_as_agreed_on_every_route(stack: str, files: dict[str, Path]) -> None:
    routes = [route for route in leaves(document(files[stack])["route"]) if 'severity="critical"' in str(route)]
    assert routes
    for route in routes:
        timing = (route["group_wait"], route["group_interval"], route["repeat_interval"])
        assert timing == ("30s", "60s", "3600s")
