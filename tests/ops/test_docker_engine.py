"""What the engine's answers are made of: those of its API's lists, as 20.10 and 28.5 give them."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import docker
import pytest

from ops.errors import OpsError
from ops.health.docker_engine import DockerEngine
from ops.health.engine import Made
from ops.state import CONTAINER, NETWORK, VOLUME

LABELS = {"ai.autonomica.monitoring.stack": "dev", "ai.autonomica.monitoring.role": "files"}
AT = datetime(2026, 11, 23, 19, 16, 56, tzinfo=UTC).timestamp()


class Api:
    """The lists, and what is asked for."""

    def __init__(self) -> None:
        self.connected: list[tuple[str, str, list[str]]] = []
        self.missing = ""

    def containers(self, **asked: Any) -> list[dict[str, Any]]:
        assert asked["filters"] == {"label": "ai.autonomica.monitoring.stack=dev"}
        networks: dict[str, Any] = {"Networks": {"monitoring": {}}}
        there = {"Id": "c1", "Names": ["/prometheus"], "Created": int(AT), "Labels": None, "NetworkSettings": networks}
        dying = {"Id": "c2", "Names": None, "Created": int(AT), "Labels": LABELS, "NetworkSettings": networks}
        return [there, *([dying] if asked.get("all") else [])]

    def networks(self, **_asked: Any) -> list[dict[str, Any]]:
        return [{"Id": "n1", "Name": "edge", "Created": "2026-11-23T20:16:56.5+01:00", "Labels": LABELS}]

    def volumes(self, filters: dict[str, str]) -> dict[str, Any]:
        if "name" in filters:
            label = {"ai.autonomica.monitoring.recovery": "x"}
            names = {"autonomica-dev-config": None, "autonomica-dev-x": label, "old-autonomica-dev-y": {"a": "b"}}
            return {"Volumes": [{"Name": name, "Labels": labels} for name, labels in names.items()]}
        return {"Volumes": [{"Name": "config", "CreatedAt": "2026-11-23T19:16:56Z", "Labels": LABELS}]}

    def connect_container_to_network(self, container: str, network: str, aliases: list[str]) -> None:
        if network == self.missing:
            raise docker.errors.NotFound("404", explanation=f"network {network} not found")
        self.connected.append((container, network, aliases))


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def engine(api: Api) -> DockerEngine:
    engine = DockerEngine("unix:///fake.sock")
    engine._client = SimpleNamespace(api=api)  # type: ignore[assignment]
    return engine


def test_what_a_stack_has_made_is_known_by_id_name_and_time(engine: DockerEngine) -> None:
    assert engine.made("dev") == [
        Made(kind=CONTAINER, id="c1", name="prometheus", role="", created=AT),
        Made(kind=CONTAINER, id="c2", name="", role="files", created=AT),
        Made(kind=NETWORK, id="n1", name="edge", role="files", created=AT + 0.5),
        Made(kind=VOLUME, id="config", name="config", role="files", created=AT),
    ]
    assert engine.volumes("dev") == ["config"]


def test_a_volume_that_only_has_a_stacks_name_is_somebody_elses(engine: DockerEngine) -> None:
    assert engine.foreign_volumes("autonomica-dev-") == ["autonomica-dev-config"]


def test_a_stack_without_volumes_has_none(engine: DockerEngine, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "volumes", lambda filters: {"Volumes": None, "asked": filters})
    assert engine.volumes("dev") == []


def test_a_container_is_put_back_on_the_networks_that_it_lacks_and_no_other(engine: DockerEngine, api: Api) -> None:
    belongs: dict[str, dict[str, list[str]]] = {
        "prometheus": {"monitoring": [], "shop": ["prometheus"]},
        "another": {"shop": []},
    }
    assert list(engine.reconnect("dev", belongs)) == ["  prometheus is on the network shop again"]
    assert api.connected == [("c1", "shop", ["prometheus"])]


def test_a_network_that_isnt_there_is_said_with_the_way_out(engine: DockerEngine, api: Api) -> None:
    api.missing = "shop"
    with pytest.raises(OpsError, match="network shop not found; bring up the application whose network it is"):
        list(engine.reconnect("dev", {"prometheus": {"shop": []}}))
