"""Which of the kit's functions preparing a stack calls, and with what."""

from pathlib import Path
from typing import Any

import pytest

from airgap.errors import KitError
from airgap.images.archives import Obtained
from ops.errors import OpsError
from ops.kit import RealKit

HOST = "unix:///fake.sock"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What was asked: function -> names and options."""
    made: dict[str, Any] = {}

    def record(function: str) -> Any:
        def called(names: Any = None, **options: Any) -> dict[str, Obtained]:
            made[function] = (names, {key: value for key, value in options.items() if key != "report"})
            return {}

        return called

    monkeypatch.setattr("airgap.images.ensure_images", record("build"))
    monkeypatch.setattr("airgap.own_images.ensure_own_image", record("own"))
    monkeypatch.setattr("airgap.images.archives.obtain_images", record("load"))
    monkeypatch.setattr("airgap.images.archives.archives", list)
    return made


def images(*, airgap: bool, mirror: str | None) -> None:
    servers = mirror == "airgap.local"
    RealKit().images(HOST, airgap=airgap, mirror=mirror, servers=servers, demo=True)


def test_without_archives_the_kit_builds_all_that_is_its_to_build(calls: dict[str, Any]) -> None:
    images(airgap=True, mirror="airgap.local")
    names, _ = calls["build"]
    assert {"prometheus", "redis", "python"} <= set(names)
    assert "grafana" not in names
    assert "load" not in calls


def test_archives_go_before_the_kit_and_no_registry_is_asked(
    calls: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airgap.images.archives.archives", lambda: [Path("images/redis.tar")])
    images(airgap=True, mirror="airgap.local")
    assert next(iter(calls)) == "load", "first"
    names, options = calls["load"]
    assert options == {"mirror": "airgap.local", "pull": False, "docker_host": HOST}
    assert names == calls["build"][0]


@pytest.mark.parametrize("mirror", [None, "mirror.example.com"])
def test_archives_stand_in_for_a_registry(
    calls: dict[str, Any], monkeypatch: pytest.MonkeyPatch, mirror: str | None
) -> None:
    images(airgap=False, mirror=mirror)
    assert not calls.keys() & {"build", "load"}, "Pulumi pulls"
    monkeypatch.setattr("airgap.images.archives.archives", lambda: [Path("images/redis.tar")])
    images(airgap=False, mirror=mirror)
    assert calls["load"][1] == {"mirror": mirror, "pull": True, "docker_host": HOST}
    assert "build" not in calls


@pytest.mark.parametrize(
    ("obtained", "expected"),
    [
        (Obtained(source="the engine has it"), None),
        (Obtained(source=None, problem="no such host"), "no such host"),
        (Obtained(source=None), ""),
    ],
)
def test_an_image_is_there_or_the_reason_is_told(
    monkeypatch: pytest.MonkeyPatch, obtained: Obtained, expected: str | None
) -> None:
    monkeypatch.setattr("airgap.images.archives.obtain_images", lambda _names, **_options: {"grafana": obtained})
    assert RealKit().obtain_image(HOST, "grafana", mirror=None, pull=True) == expected


def test_an_archive_that_cant_be_used_is_the_command_lines_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_name: str, **_options: object) -> None:
        raise KitError("images/grafana.tar is damaged")

    monkeypatch.setattr("airgap.images.archives.image_source", refuse)
    with pytest.raises(OpsError, match=r"^images/grafana\.tar is damaged$"):
        RealKit().image_source(HOST, "grafana", mirror=None, pull=False)
