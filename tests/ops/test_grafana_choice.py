"""Whether a stack has a Grafana: what is said, what is kept, what is available."""

from typing import Any

import pytest

from config.settings.base import AIRGAP_REGISTRY
from ops import grafana_plugin
from ops.errors import OpsError
from ops.grafana_choice import absent, choose, counted_on, provide, refuse_another_key
from ops.project import Project
from ops.recovery import unfinished
from ops.session import Session
from ops.state import IMAGE
from tests.ops.conftest import NAME, FakePulumi, write_yaml
from tests.ops.test_recovery import RecordingEngine

URLS = {"prometheus": "http://127.0.0.1:9090"}
WITH = {"urls": {**URLS, "grafana": "http://127.0.0.1:3001"}, "facts": {"grafana.enabled": True}}
WITHOUT = {"urls": URLS, "facts": {"grafana.enabled": False}}
GRAFANA = {"type": "grafana:oss/folder:Folder", "id": "1"}
NETWORK = {"type": "docker:index/network:Network", "id": "2"}


class Engine:
    """An engine with these volumes."""

    host = "unix:///fake.sock"

    def __init__(self, *volumes: str, away: bool = False) -> None:
        self._volumes = list(volumes)
        self._away = away

    def version(self) -> str:
        if self._away:
            raise OpsError("away")
        return "28.5.2"

    def volumes(self, _stack: str) -> list[str]:
        return self._volumes


class Kit:
    """A kit that has Grafana's image, or says why not."""

    def __init__(self, problem: str | None = None) -> None:
        self.problem = problem
        self.asked: list[tuple[str | None, bool]] = []

    def internet(self, _docker_host: str) -> tuple[bool, str]:
        return False, "no answer"

    def image_source(self, _docker_host: str, name: str, *, mirror: str | None, pull: bool) -> str | None:
        assert name == "grafana"
        self.asked.append((mirror, pull))
        return "the engine has it" if self.problem is None else None

    def obtain_image(self, _docker_host: str, name: str, *, mirror: str | None, pull: bool) -> str | None:
        assert name == "grafana"
        self.asked.append((mirror, pull))
        return self.problem


@pytest.fixture
def session(project: Project, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A stack that nobody has brought up, with Grafana's image and plugin at hand."""
    assert pulumi.folder.is_dir()
    monkeypatch.setattr(grafana_plugin, "is_here", lambda _env: True)
    return opened(project)


def opened(project: Project, *, kit: Kit | None = None, engine: Engine | None = None, **more: str) -> Session:
    chosen: Any = kit or Kit()
    session = Session.open("prod", env={"PATH": "", "AIRGAP": "1", "HOME": "/nowhere", **more}, kit=chosen)
    assert session.stack.project == project
    object.__setattr__(session, "engine", engine or Engine())
    return session


def said(session: Session, enabled: bool | None, **more: object) -> None:
    """Have the stack's file say it."""
    grafana = {} if enabled is None else {"enabled": enabled}
    keys = {f"{NAME}:{key}": value for key, value in more.items()}
    write_yaml(session.stack.committed_file, {"config": {f"{NAME}:grafana": grafana, **keys}})


def deployed(session: Session, pulumi: FakePulumi, outputs: object, *resources: object) -> None:
    """Have the stack be there."""
    stacks = session.stack.project.state / "backend" / ".pulumi" / "stacks" / NAME
    stacks.mkdir(parents=True, exist_ok=True)
    (stacks / "prod.json").write_text("{}")
    pulumi.answer("stack output", outputs)
    pulumi.answer("stack export", {"deployment": {"resources": list(resources)}})


def test_what_is_available_decides_the_first_time(session: Session) -> None:
    choice = provide(session, choose(session))
    assert (choice.enabled, choice.required, choice.kept) == (True, False, False)
    assert "13." in choice.words
    assert "the engine has it" in choice.words


@pytest.mark.parametrize("lacking", ["image", "plugin", "both"])
def test_what_is_not_available_is_done_without_and_said(
    project: Project,
    session: Session,
    lacking: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if lacking != "image":
        monkeypatch.setattr(grafana_plugin, "is_here", lambda _env: False)
    session = opened(project, kit=Kit() if lacking == "plugin" else Kit("registry away"))
    choice = provide(session, choose(session))
    assert not choice.enabled
    assert ("no image grafana/grafana:13" in choice.words) is (lacking != "plugin")
    assert ("no plugin grafana 2" in choice.words) is (lacking != "image")
    assert "images/" in choice.words
    assert "grafana.enabled: true in Pulumi.prod.yaml" in choice.words
    assert capsys.readouterr().out == "", "the table says it"


def test_what_only_turns_out_when_it_is_pulled_is_said_then(
    project: Project, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    kit = Kit()
    session = opened(project, kit=kit, AIRGAP="0")
    object.__setattr__(session.cli, "ready", True)
    choice = choose(session)
    assert choice.enabled
    assert kit.asked == [(None, True)], "its own registry"
    kit.problem = "toomanyrequests: rate limit"
    choice = provide(session, choice)
    assert not choice.enabled
    assert "comes up without Grafana: no image grafana/grafana:13" in capsys.readouterr().out
    assert "rate limit" in choice.words


def test_without_engine_or_cli_it_is_chosen_later(project: Project, session: Session) -> None:
    away = opened(project, engine=Engine(away=True))
    assert not choose(away).final
    assert choose(session).final
    object.__setattr__(session.cli, "ready", False)
    choice = choose(session)
    assert not choice.final
    object.__setattr__(session.cli, "ready", True)
    assert provide(session, choice).final


def test_switched_off_it_is_not_looked_for(project: Project, session: Session) -> None:
    kit = Kit()
    session = opened(project, kit=kit)
    said(session, False)
    choice = provide(session, choose(session))
    assert not choice.enabled
    assert choice.words == "none: grafana.enabled is false in Pulumi.prod.yaml"
    assert kit.asked == []


def test_asked_for_and_not_available_is_an_error_in_one_line(project: Project, session: Session) -> None:
    session = opened(project, kit=Kit("registry away"))
    said(session, True)
    with pytest.raises(
        OpsError, match=r"^Grafana is not available: no image grafana/grafana:13.*registry away"
    ) as error:
        provide(session, choose(session))
    assert "\n" not in str(error.value)
    assert "docker save grafana/grafana:13" in str(error.value)


@pytest.mark.parametrize("outputs", [WITH, {"urls": WITH["urls"]}], ids=["kept", "of an earlier version"])
def test_a_stack_that_has_one_never_loses_it_because_it_is_not_available(
    project: Project, session: Session, pulumi: FakePulumi, outputs: object
) -> None:
    deployed(session, pulumi, outputs, NETWORK, GRAFANA)
    assert provide(session, choose(session)).kept
    session = opened(project, kit=Kit("registry away"))
    with pytest.raises(OpsError, match="Grafana is not available"):
        provide(session, choose(session))


def test_one_that_was_made_by_a_run_that_never_ended_is_one(session: Session, pulumi: FakePulumi) -> None:
    deployed(session, pulumi, {}, NETWORK, GRAFANA)
    assert choose(session).kept
    deployed(session, pulumi, {}, NETWORK)
    assert not choose(session).kept


@pytest.mark.parametrize("outputs", [WITHOUT, {"urls": URLS}], ids=["kept", "of an earlier version"])
def test_a_stack_that_came_up_without_stays_without(
    session: Session, pulumi: FakePulumi, outputs: dict[str, Any]
) -> None:
    deployed(session, pulumi, outputs, NETWORK)
    choice = provide(session, choose(session))
    assert not choice.enabled
    assert choice.words.startswith("none, as last time; to have it: ")
    said(session, True)
    assert provide(session, choose(session)).enabled, "until it is asked for"


def test_taking_it_away_is_refused_with_the_way(session: Session, pulumi: FakePulumi) -> None:
    deployed(session, pulumi, WITH, GRAFANA)
    said(session, False)
    with pytest.raises(
        OpsError, match=r"has a Grafana; to go on without it: `monitor destroy --stack prod --keep-data`"
    ):
        choose(session)


@pytest.mark.parametrize("enabled", [None, True])
def test_the_kits_grafana_is_told_to_go(session: Session, pulumi: FakePulumi, enabled: bool | None) -> None:
    kits = {"type": IMAGE, "id": "x", "inputs": {"name": f"{AIRGAP_REGISTRY}/grafana/grafana:10.0.0"}}
    said(session, enabled)
    deployed(session, pulumi, {"urls": WITH["urls"]}, kits, GRAFANA)
    with pytest.raises(
        OpsError, match=r"are no more: `monitor destroy --stack prod --keep-data`, then .*volumes stay$"
    ):
        choose(session)


def test_an_official_image_in_the_state_is_not_the_kits(session: Session, pulumi: FakePulumi) -> None:
    image = {"type": IMAGE, "id": "x", "inputs": {"name": "grafana/grafana:13.0.0"}}
    deployed(session, pulumi, {"urls": WITH["urls"]}, image, GRAFANA)
    assert choose(session).kept


def test_the_data_of_a_grafana_that_nobody_knows_is_not_built_on(project: Project, session: Session) -> None:
    engine = Engine("autonomica-prod-prometheus-data", "autonomica-prod-grafana-data")
    session = opened(project, engine=engine)
    with pytest.raises(OpsError, match=r"`docker volume rm autonomica-prod-grafana-data`, then `make up STACK=prod`"):
        provide(session, choose(session))
    with unfinished(session.stack, RecordingEngine()):
        assert provide(session, choose(session)).enabled, "an interrupted run made it"


def test_a_mirror_is_asked_even_without_internet(project: Project, session: Session) -> None:
    kit = Kit()
    session = opened(project, kit=kit)
    said(session, None, imageRegistry="mirror.example.com")
    provide(session, choose(session))
    assert set(kit.asked) == {("mirror.example.com", True)}
    kit.asked.clear()
    said(session, None)
    provide(session, choose(session))
    assert set(kit.asked) == {(AIRGAP_REGISTRY, False)}


def test_a_preview_counts_on_it_where_nobody_has_decided(
    session: Session, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert counted_on(session)
    monkeypatch.setattr(grafana_plugin, "is_here", lambda _env: False)
    with pytest.raises(OpsError, match=r"counts as one with a Grafana.*grafana.enabled: false, or have `make up"):
        counted_on(session)
    said(session, False)
    assert not counted_on(session)
    said(session, None)
    deployed(session, pulumi, WITHOUT, NETWORK)
    assert not counted_on(session)


def test_a_missing_key_of_a_grafana_that_is_there_is_not_made_up(session: Session, pulumi: FakePulumi) -> None:
    first = choose(session)
    refuse_another_key({}, first, session.stack)  # a new one: it may have any key
    deployed(session, pulumi, WITH, GRAFANA)
    with pytest.raises(OpsError, match=r"^grafanaSecretKey is missing here.*config set --secret grafanaSecretKey"):
        refuse_another_key({}, choose(session), session.stack)
    refuse_another_key({"grafanaSecretKey": {"secure": "x"}}, choose(session), session.stack)


def test_what_is_absent_says_why_and_how_it_comes(session: Session) -> None:
    assert absent(session.stack, {"grafana": "http://127.0.0.1:3001"}) == {}
    assert "docker save" not in absent(session.stack, URLS)["grafana"]
    assert "grafana/grafana:13" in absent(session.stack, URLS)["grafana"]
    said(session, False)
    assert absent(session.stack, URLS) == {"grafana": "not in this stack: grafana.enabled is false in Pulumi.prod.yaml"}
