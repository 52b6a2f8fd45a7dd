"""A Grafana that is away, or lets nobody in, is brought back before anything asks it."""

from collections.abc import Iterator
from typing import Any

import pytest

from ops.errors import OpsError
from ops.grafana_api import GrafanaApi, NotLetIn
from ops.grafana_first import can_be_looked_at, grafana_first
from ops.outputs import Outputs
from ops.session import Session
from tests.ops.conftest import FakePulumi
from tests.ops.test_recovery import RecordingEngine

OUTPUTS = {
    "urls": {"grafana": "http://grafana:3000"},
    "containers": {"grafana": "autonomica-dev-grafana"},
}


class Engine(RecordingEngine):
    host = "unix:///fake.sock"

    def __init__(self, *ids: str) -> None:
        super().__init__()
        self.ids = list(ids)  # of Grafana's container, whenever it is looked at
        self.restarted: list[str] = []

    def containers(self, stack: str) -> list[dict[str, str]]:
        assert stack == "dev"
        there = {"Name": "/autonomica-dev-prometheus", "Id": "prometheus"}
        return [there, *[{"Name": "/autonomica-dev-grafana", "Id": id} for id in self.ids[:1] if self.ids.pop(0)]]

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
    """Grafana complains so, one time after the other; None is no complaint, once more is one too much."""
    complaints: Iterator[str | None] = iter(answers)

    def get(_self: GrafanaApi, path: str) -> object:
        assert path == "/api/org"
        if complaint := next(complaints):
            raise (NotLetIn if "refuses" in complaint else OpsError)(complaint)
        return {"id": 1}

    monkeypatch.setattr(GrafanaApi, "get", get)
    monkeypatch.setattr("ops.grafana_first.time.sleep", lambda _seconds: None)


def containers(session: Session, *ids: str) -> list[str]:
    """Have Grafana's container be this one, then that; what was restarted goes into the list."""
    engine: Any = session.engine
    engine.ids = list(ids)
    restarted: list[str] = engine.restarted
    return restarted


def test_one_that_answers_costs_no_update(
    session: Session, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, None)
    restarted = containers(session)
    grafana_first(session, Outputs.parse("dev", OUTPUTS), again="make up")
    assert pulumi.called("up") == []
    assert restarted == []


def test_of_one_that_is_gone_the_server_is_brought_up_and_what_is_in_it_left_alone(
    session: Session, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, "Grafana doesn't answer", "Grafana doesn't answer", None)
    restarted = containers(session, "", "new")
    grafana_first(session, Outputs.parse("dev", OUTPUTS), again="make up")
    (call,) = pulumi.called("up")
    assert call["args"][call["args"].index("--exclude") + 1] == "**$grafana:**"
    assert {"--refresh", "--exclude-dependents"} <= set(call["args"])
    assert restarted == []
    assert not (session.stack.folder / "unfinished.json").exists()


@pytest.mark.parametrize(
    ("ids", "expected"),
    [(("same", "same"), ["same"]), (("old", "new"), [])],
    ids=["changed by hand", "replaced for another password in the configuration"],
)
def test_one_that_lets_nobody_in_has_started_anew_before_it_is_asked_again(
    session: Session, ids: tuple[str, ...], expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, "refuses the password", None)
    restarted = containers(session, *ids)
    grafana_first(session, Outputs.parse("dev", OUTPUTS), again="make up")
    assert restarted == expected


def test_one_with_another_address_in_the_settings_is_waited_for_at_that(
    session: Session, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = "http://grafana:3055"
    asked: list[str] = []

    def get(api: GrafanaApi, _path: str) -> object:
        asked.append(api.url)
        if api.url != moved:
            raise OpsError("Grafana doesn't answer")
        return {"id": 1}

    def update(*_args: object, **_more: object) -> None:
        pulumi.answer("stack output", {**OUTPUTS, "urls": {"grafana": moved}})

    monkeypatch.setattr(GrafanaApi, "get", get)
    monkeypatch.setattr("ops.grafana_first.run_told", update)
    restarted = containers(session, "same", "same")
    grafana_first(session, Outputs.parse("dev", OUTPUTS), again="make up")
    assert asked == ["http://grafana:3000", moved]
    assert restarted == [], "nothing is wrong with a server that was looked for in another place"


def test_one_that_stays_away_ends_in_one_line(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.grafana_first._SECONDS", 0.0)
    answering(monkeypatch, *["Grafana doesn't answer at http://grafana:3000"] * 2)
    containers(session, "same", "same")
    with pytest.raises(OpsError, match=r"answer at http://grafana:3000; `docker logs autonomica-dev-grafana` may say"):
        grafana_first(session, Outputs.parse("dev", OUTPUTS), again="make up")


def test_a_locked_login_isnt_tried_again(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, *["refuses the password"] * 2)
    containers(session, "same", "same")
    with pytest.raises(OpsError, match=r"at http://grafana:3000 refuses .* locked for five minutes; wait"):
        grafana_first(session, Outputs.parse("dev", OUTPUTS), again="make up")


def test_a_stack_without_grafana_isnt_asked_for_it(
    session: Session, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch)
    without = Outputs.parse("dev", {"urls": {"prometheus": "http://prometheus:9090"}})
    grafana_first(session, without, again="make up")
    assert pulumi.called("up") == []


def test_an_update_looks_at_everything_only_while_grafana_answers(
    session: Session, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, None, "Grafana doesn't answer")
    assert can_be_looked_at(session)
    assert not can_be_looked_at(session)
    pulumi.answer("stack output", {})
    assert not can_be_looked_at(session), "there is nothing yet"
    pulumi.answer("stack output", {"urls": {"prometheus": "http://prometheus:9090"}})
    assert can_be_looked_at(session), "there is no Grafana to be asked"
