"""A Grafana that is away, or lets nobody in, is brought back before anything asks it."""

from collections.abc import Iterator
from typing import Any

import pytest

from ops.errors import OpsError
from ops.grafana_api import GrafanaApi
from ops.grafana_first import grafana_first
from ops.session import Session
from tests.ops.conftest import FakePulumi

OUTPUTS = {
    "urls": {"grafana": "http://grafana:3000"},
    "containers": {"grafana": "autonomica-dev-grafana"},
}


class Engine:
    host = "unix:///fake.sock"

    def __init__(self) -> None:
        self.restarted: list[str] = []

    def restart_container(self, container: str) -> None:
        self.restarted.append(container)


@pytest.fixture
def session(pulumi: FakePulumi, checkout: Any, monkeypatch: pytest.MonkeyPatch) -> Session:
    assert checkout
    monkeypatch.setenv("AIRGAP", "1")
    monkeypatch.setattr("ops.session.DockerEngine", lambda _host: Engine())
    pulumi.answer("stack output", OUTPUTS)
    return Session.open("dev")


def answering(monkeypatch: pytest.MonkeyPatch, *answers: str | None) -> None:
    """Grafana complains so, one time after the other; None is no complaint."""
    complaints: Iterator[str | None] = iter(answers)

    def get(_self: GrafanaApi, path: str) -> object:
        assert path == "/api/org"
        if complaint := next(complaints):
            raise OpsError(complaint)
        return {"id": 1}

    monkeypatch.setattr(GrafanaApi, "get", get)
    monkeypatch.setattr("ops.grafana_first.time.sleep", lambda _seconds: None)


def restarted(session: Session) -> list[str]:
    engine: Any = session.engine
    return list(engine.restarted)


def test_one_that_answers_costs_no_update(
    session: Session, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, None)
    grafana_first(session, again="make up")
    assert pulumi.called("up") == []
    assert restarted(session) == []


def test_of_one_that_is_away_the_server_is_brought_up_and_what_is_in_it_left_alone(
    session: Session, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, "Grafana doesn't answer", None)
    grafana_first(session, again="make up")
    (call,) = pulumi.called("up")
    assert call["args"][call["args"].index("--exclude") + 1] == "**$grafana:**"
    assert {"--refresh", "--exclude-dependents"} <= set(call["args"])
    assert restarted(session) == []
    assert not (session.stack.folder / "unfinished.json").exists()


def test_one_that_lets_nobody_in_is_restarted(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, *["refuses the password"] * 4, None)
    grafana_first(session, again="make up")
    assert restarted(session) == ["autonomica-dev-grafana"]


def test_one_that_stays_away_ends_in_one_line(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.grafana_first._SECONDS", 0.0)
    answering(monkeypatch, *["Grafana doesn't answer at http://grafana:3000"] * 3)
    with pytest.raises(OpsError, match=r"at http://grafana:3000, even after a restart; `docker logs autonomica-dev"):
        grafana_first(session, again="make up")


@pytest.mark.parametrize("outputs", [{}, {"urls": {"prometheus": "http://prometheus:9090"}}], ids=["new", "without"])
def test_a_stack_without_grafana_isnt_asked_for_it(
    session: Session, pulumi: FakePulumi, outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch)
    pulumi.answer("stack output", outputs)
    grafana_first(session, again="make up")
    assert pulumi.called("up") == []
