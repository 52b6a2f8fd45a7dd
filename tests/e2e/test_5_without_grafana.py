"""A system without Grafana says so, needs nothing of it, and takes one only when it can be had."""

import io
import json
import tarfile
from collections.abc import Iterator

import pytest

from config.images import official_name
from tests.e2e.system import System


@pytest.fixture(autouse=True)
def _without(system: System) -> None:
    if system.has_grafana:
        pytest.skip("this system has a Grafana")


def test_it_is_said_wherever_a_person_looks(system: System) -> None:
    table = system.monitor("up").stdout
    assert "Grafana" in table
    assert "none, as last time; to have it: put both archives into images/" in " ".join(table.split())
    health = system.health()
    assert health["healthy"], "nothing is wrong"
    assert official_name("grafana") in health["absent"]["grafana"]
    assert "- grafana" in " ".join(system.monitor("health").stdout.split())
    urls = json.loads(system.monitor("urls", "--json").stdout)
    assert "grafana" not in urls["urls"]
    assert f"grafana.enabled: true in Pulumi.{system.stack}.yaml" in urls["absent"]["grafana"]


def test_the_stack_keeps_the_answer_for_every_preview(system: System) -> None:
    outputs = json.loads(system.monitor("pulumi", "--", "stack", "output", "--json").stdout)
    assert outputs["facts"]["grafana.enabled"] is False
    assert system.changes(refresh=True) == {}
    preview = system.monitor("preview").stdout
    assert "grafana" not in preview


def test_none_of_its_secrets_is_asked_for_or_made(system: System) -> None:
    config = json.loads(system.monitor("pulumi", "--", "config", "--json").stdout)
    assert not [key for key in config if "grafana" in key and config[key]["secret"]]


def test_nothing_waits_for_it(system: System) -> None:
    assert "grafana" not in {target["job"] for target in system.health()["targets"]}
    rules = system.rules(type="alert")
    assert "GrafanaDown" not in {rule["name"] for rule in rules}
    port = system.settings()["grafana"]["port"]
    links = [rule["annotations"]["dashboard_url"] for rule in rules if "dashboard_url" in rule["annotations"]]
    assert links
    assert all(link.startswith(f"http://localhost:{port}/d/") for link in links)


@pytest.fixture
def asked_for(system: System) -> Iterator[None]:
    """The stack's file asks for a Grafana."""
    before = system.settings()["grafana"]
    system.configure({"grafana": {**before, "enabled": True}})
    yield
    for path in (system.root / "images").glob("*.tar*"):
        path.unlink()
    system.configure({"grafana": before})


def refused(system: System) -> str:
    """The one line with which `up` ends, before it has changed anything."""
    before = system.ids()
    result = system.monitor("up", ok=False)
    assert result.returncode == 1, result.stdout
    assert system.ids() == before
    lines = [line for line in result.stderr.splitlines() if line.startswith("monitor: ")]
    assert len(lines) == 1, result.stderr
    return lines[0]


@pytest.mark.usefixtures("asked_for")
def test_asked_for_and_not_to_be_had_is_one_line(system: System) -> None:
    line = refused(system)
    assert "Grafana is not available: no image" in line
    assert f"docker save {official_name('grafana')}" in line


@pytest.mark.usefixtures("asked_for")
def test_an_archive_that_is_damaged_or_another_is_one_line(system: System) -> None:
    archive = system.root / "images" / "grafana.tar"
    archive.write_text("<html>404</html>")
    assert "images/grafana.tar is damaged or no archive" in refused(system)
    config = json.dumps({"architecture": "amd64", "os": "linux"}).encode()
    for name, words in {
        "grafana/grafana:11.0.0": f"but config/images.yaml has {official_name('grafana')}",
        "nginx:1.29": "which is no image of config/images.yaml",
    }.items():
        manifest = json.dumps([{"Config": "c.json", "RepoTags": [name], "Layers": []}]).encode()
        with tarfile.open(archive, "w") as tar:
            for member, content in {"c.json": config, "manifest.json": manifest}.items():
                info = tarfile.TarInfo(member)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        assert words in refused(system)


def test_what_works_in_grafana_says_that_there_is_none(system: System) -> None:
    result = system.monitor("export-dashboard", "hosts", ok=False)
    assert result.returncode == 1
    assert result.stderr.startswith("monitor: Grafana is not in this stack: ")
