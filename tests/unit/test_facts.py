"""What only the engine's machine knows: given by `monitor up`, kept with the stack, used where nobody can be asked."""

from typing import Any

import grpc
import pulumi
import pytest

from config.settings.errors import SettingsError
from config.settings.facts import kept_facts, with_facts
from config.settings.load import parse
from tests.support.program import raw, run_program, stack_config

FACTS = {"dockerCpus": 4, "dockerSocketGroup": 998, "dockerVersion": "28.5.2", "imageRegistry": "airgap.local"}


def _user(kept: dict[str, Any] | None, **changes: Any) -> tuple[str, list[str] | None]:
    inputs = run_program("prod", kept=kept, changes=changes).container("docker-api").inputs
    return inputs["user"], inputs.get("groupAdds")


def test_given_facts_are_used_and_kept() -> None:
    graph = run_program("prod", changes={"facts": FACTS})
    assert graph.container("docker-api").inputs["groupAdds"] == ["998"]
    assert graph.outputs["facts"] == FACTS


def test_what_is_kept_is_used_where_nothing_is_given() -> None:
    given = run_program("prod", changes={"facts": FACTS})
    kept = run_program("prod", kept=given.outputs)
    assert kept.outputs["facts"] == FACTS
    assert {each.name: each.inputs for each in kept.containers()} == {
        each.name: each.inputs for each in given.containers()
    }


def test_what_is_given_takes_precedence_over_what_is_kept() -> None:
    graph = run_program("prod", kept={"facts": FACTS}, changes={"facts": {"dockerSocketGroup": 5}})
    assert graph.container("docker-api").inputs["groupAdds"] == ["5"]
    assert graph.outputs["facts"] == {"dockerSocketGroup": 5}


def test_the_stacks_file_takes_precedence_over_facts() -> None:
    assert _user({"facts": FACTS}, dockerSocketGroup=7) == ("65534:65534", ["7"])


@pytest.mark.parametrize("kept", [None, {"urls": {}}, {"facts": "?"}, {"facts": {"unknownByNow": 1}}])
def test_a_stack_that_keeps_nothing_gets_what_every_engine_takes(kept: dict[str, Any] | None) -> None:
    assert _user(kept) == ("0:0", None)


def test_a_fact_inside_a_structure_joins_what_the_file_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.settings.facts.FACTS", frozenset({"grafana.enabled", "a.b.c"}))
    document = {"grafana": {"port": 3001}}
    assert with_facts(document, {"grafana.enabled": True, "a.b.c": 1}) == {
        "grafana": {"port": 3001, "enabled": True},
        "a": {"b": {"c": 1}},
    }
    assert document == {"grafana": {"port": 3001}}
    assert with_facts({"grafana": {"enabled": False}}, {"grafana.enabled": True}) == {"grafana": {"enabled": False}}
    assert with_facts({"grafana": "on"}, {"grafana.enabled": True}) == {"grafana": "on"}


def test_a_backend_that_doesnt_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class Monitor:
        def Invoke(self, _request: object) -> object:
            raise grpc.RpcError("no credentials for the bucket")

    monkeypatch.setattr("config.settings.facts.get_monitor", Monitor)
    with pytest.raises(SettingsError, match="facts: what this stack keeps can't be read: no credentials"):
        kept_facts()


def test_facts_are_checked_as_settings_are() -> None:
    values = {key: raw(value) for key, value in stack_config("prod").items()}
    with pytest.raises(SettingsError, match="dockerCpus"):
        parse("prod", values, facts={"dockerCpus": 0})
    with pytest.raises((SettingsError, pulumi.RunError), match="facts: must be a structure"):
        run_program("prod", changes={"facts": "4 CPUs"})
