"""Targets that are dropped in: written, listed and taken back, with an engine that keeps them in memory."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner, Result

from ops.cli import app
from ops.commands import targets
from ops.errors import OpsError
from ops.outputs import Outputs

OUTPUTS = Outputs.parse(
    "dev", {"urls": {"prometheus": "http://prometheus:9090"}, "containers": {"prometheus": "autonomica-dev-prometheus"}}
)


class Engine:
    """The volume that Prometheus reads targets from."""

    files: ClassVar[dict[str, str]] = {}

    def __init__(self, host: str) -> None:
        assert host == "unix:///var/run/docker.sock"

    def read_files(self, container: str, directory: str) -> dict[str, str]:
        assert (container, directory) == ("autonomica-dev-prometheus", "/etc/prometheus/targets")
        return dict(self.files)

    def write_files(self, container: str, directory: str, files: Mapping[str, str]) -> None:
        assert (container, directory) == ("autonomica-dev-prometheus", "/etc/prometheus/targets")
        self.files.update(files)


def scraped(_url: str, _params: object) -> object:
    def target(job: str, instance: str, health: str, error: str = "") -> dict[str, Any]:
        return {"labels": {"job": job, "instance": instance}, "health": health, "lastError": error}

    active = [
        target("file", "billing:9100", "up"),
        target("file", "shop:9100", "down", "connection refused"),
        target("api", "search:9100", "up"),
    ]
    return {"data": {"activeTargets": active}}


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    Engine.files.clear()
    monkeypatch.setattr(targets, "DockerEngine", Engine)
    monkeypatch.setattr(targets, "fetch_json", scraped)
    monkeypatch.setattr(targets, "_outputs", lambda _stack: OUTPUTS)


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["targets", *words])


def groups(file: str = targets.FILE) -> list[dict[str, Any]]:
    """A file as Prometheus reads it."""
    loaded: list[dict[str, Any]] = json.loads(Engine.files[file])
    return loaded


def test_a_target_is_added_beside_others_and_taken_back() -> None:
    result = run("add", "billing", "billing:9100")
    assert result.exit_code == 0
    assert result.output.startswith("billing:9100 is scraped as billing from now on")
    plain = {"__metrics_path__": "/metrics", "__scheme__": "http"}
    assert groups() == [{"targets": ["billing:9100"], "labels": {"service": "billing", **plain}}]

    run("add", "shop", "shop:9100", "--path", "/m", "--scheme", "https", "--label", "team=shop", "--label", "x=a=b")
    own = {"service": "shop", "__metrics_path__": "/m", "__scheme__": "https", "team": "shop", "x": "a=b"}
    assert groups()[1] == {"targets": ["shop:9100"], "labels": own}

    assert run("remove", "billing:9100").output == "billing:9100 is no longer scraped\n"
    assert [group["targets"] for group in groups()] == [["shop:9100"]]
    run("remove", "shop:9100")
    assert groups() == []


def test_one_with_the_same_address_is_replaced_wherever_it_was() -> None:
    Engine.files["by-hand.yml"] = "- targets: [billing:9100, other:1]\n  labels: {service: old}\n"
    run("add", "billing", "billing:9100")
    run("add", "invoices", "billing:9100")
    assert [group["labels"]["service"] for group in groups()] == ["invoices"]
    assert groups("by-hand.yml") == [{"targets": ["other:1"], "labels": {"service": "old"}}]


def test_a_target_of_a_file_made_by_hand_is_taken_back_there() -> None:
    Engine.files["by-hand.yml"] = "- targets: [billing:9100]\n"
    Engine.files["empty.json"] = ""
    assert run("remove", "billing:9100").exit_code == 0
    assert Engine.files == {"by-hand.yml": "[]", "empty.json": ""}


def test_the_list_tells_whether_they_answer() -> None:
    assert run("list").output == "no target was dropped in\n"
    for name in ("billing", "shop", "search"):
        run("add", name, f"{name}:9100")
    assert run("list").output.splitlines() == [
        "billing:9100  up  (monitor.json)",
        "shop:9100  down: connection refused  (monitor.json)",
        # another job scrapes that
        "search:9100  not seen yet  (monitor.json)",
    ]
    listed = json.loads(run("list", "--json").output)
    assert next((one["address"], one["state"]) for one in listed["targets"]) == ("billing:9100", "up")
    assert listed["stack"] == "dev"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("add", "billing", "http://billing:9100"), 'address: must be HOST:PORT without a scheme or path, got "http'),
        (("add", "billing", "billing"), "address: must be HOST:PORT"),
        (("add", "billing", "billing:99999"), "address: must be HOST:PORT"),
        (("add", "Billing Service", "b:1"), "name: string should match"),
        (("add", "b", "b:1", "--scheme", "ftp"), "scheme: input should be 'http' or 'https'"),
        (("add", "b", "b:1", "--path", "metrics"), "path: string should match"),
        (("add", "b", "b:1", "--label", "team"), "label: must be NAME=VALUE, got 'team'"),
        (("add", "b", "b:1", "--label", "team="), "label: must be NAME=VALUE, got 'team='"),
        (("add", "b", "b:1", "--label", "a-b=c"), "labels.a-b"),
        (("add", "b", "b:1", "--label", "service=c"), "labels: the label 'service' is set by the monitoring"),
        (("remove", "b:1"), "no target 'b:1' was dropped in; there are: none"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(words: tuple[str, ...], complaint: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert complaint in result.output
    assert Engine.files == {}


@pytest.mark.parametrize("text", ["{", "targets: [a]", "[1]", '[{"targets": "a:1"}]'])
def test_a_file_that_cannot_be_read_is_named_with_the_way_out(text: str) -> None:
    Engine.files["by-hand.yml"] = text
    for words in (("list",), ("add", "b", "b:1"), ("remove", "b:1")):
        result = run(*words)
        assert result.exit_code == 1
        assert "by-hand.yml in the dropped-in targets isn't a list" in result.output
        assert "docker cp by-hand.yml autonomica-dev-prometheus-config:/etc/prometheus/targets/by-hand" in result.output
    assert Engine.files == {"by-hand.yml": text}


def test_a_prometheus_that_is_away_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_url: str, _params: object) -> object:
        raise OpsError("doesn't answer at http://prometheus:9090: connection refused")

    monkeypatch.setattr(targets, "fetch_json", away)
    result = run("list")
    assert (result.exit_code, "doesn't answer at http://prometheus:9090" in result.output) == (1, True)
