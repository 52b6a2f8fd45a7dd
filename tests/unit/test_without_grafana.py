"""A stack without Grafana: all the rest as it is, nothing of Grafana, and nothing that would need it."""

import subprocess
import sys
from typing import Any

import pytest
import yaml

from config.parts import parts
from config.prometheus.rules import own_rules
from config.settings.errors import SettingsError
from config.settings.load import parse
from config.settings.stack import Settings
from tests.support.program import ROOT, SECRETS, Graph, Secret, raw, run_program, stack_config

STACKS = ("dev", "staging", "prod")


def settings(stack: str, **grafana: Any) -> Settings:
    """A stack's committed settings, with changes of its Grafana's."""
    values = stack_config(stack)
    values["grafana"] = {**values.get("grafana", {}), **grafana}
    return parse(stack, {key: raw(value) for key, value in values.items()})


def alerts(content: str) -> dict[str, dict[str, Any]]:
    """A rule file's alerts by name."""
    groups = yaml.safe_load(content)["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_of_grafana_is_made(stack: str, without_grafana: dict[str, Graph]) -> None:
    graph = without_grafana[stack]
    assert not [each.urn for each in graph.resources if each.type.startswith("grafana:") or "grafana" in each.name]
    assert graph.of_type("pulumi:providers:grafana") == []


@pytest.mark.parametrize("stack", STACKS)
def test_all_the_rest_is_there(stack: str, graphs: dict[str, Graph], without_grafana: dict[str, Graph]) -> None:
    with_it, without = ({each.urn for each in graph.resources} for graph in (graphs[stack], without_grafana[stack]))
    gone = {urn for urn in with_it - without if "rafana" not in urn}
    assert gone == set()
    assert len(without) > 40


@pytest.mark.parametrize("stack", STACKS)
def test_the_outputs_name_no_grafana(stack: str, without_grafana: dict[str, Graph]) -> None:
    outputs = without_grafana[stack].outputs
    assert "grafana" not in outputs["urls"]
    assert "grafana" not in outputs["containers"]
    assert "grafana" not in outputs["expectedJobs"]
    assert "grafanaApiUrl" not in outputs
    assert "serviceAccountTokens" not in outputs
    assert {"prometheus", "alertmanager"} <= set(outputs["urls"])


@pytest.mark.parametrize("stack", STACKS)
def test_the_rules_expect_what_runs(stack: str, without_grafana: dict[str, Graph]) -> None:
    running = {part for part in without_grafana[stack].outputs["containers"] if not part.startswith("demo-")}
    assert parts(settings(stack, enabled=False)) == running


@pytest.mark.parametrize("stack", STACKS)
def test_no_alert_waits_for_it_and_links_lead_to_the_same_address(stack: str) -> None:
    with_it, without = own_rules(settings(stack)), own_rules(settings(stack, enabled=False))
    assert set(with_it) == set(without)
    for name, content in with_it.items():
        there, left = alerts(content), alerts(without[name])
        assert set(there) - set(left) <= {"GrafanaDown"}
        for alert, rule in left.items():
            assert rule["annotations"].get("dashboard_url") == there[alert]["annotations"].get("dashboard_url"), alert
    assert "GrafanaDown" not in alerts(without["monitoring.yml"])
    assert "GrafanaDown" in alerts(with_it["monitoring.yml"])


@pytest.mark.parametrize("stack", STACKS)
def test_a_preview_registers_what_a_deployment_does(stack: str, without_grafana: dict[str, Graph]) -> None:
    grafana = {**stack_config(stack).get("grafana", {}), "enabled": False}
    preview = run_program(stack, changes={"grafana": grafana}, preview=True)
    assert {each.urn for each in preview.resources} == {each.urn for each in without_grafana[stack].resources}


@pytest.mark.parametrize("enabled", [True, False])
def test_the_answer_of_monitor_up_is_used_and_kept_for_those_who_have_none(enabled: bool) -> None:
    given = run_program("dev", changes={"facts": {"grafana.enabled": enabled}})
    assert ("grafana" in given.outputs["containers"]) is enabled
    assert given.outputs["facts"] == {"grafana.enabled": enabled}
    kept = run_program("dev", kept=given.outputs)
    assert {each.urn for each in kept.resources} == {each.urn for each in given.resources}
    # the stack's file has more about Grafana, and goes before
    assert stack_config("dev")["grafana"]["memoryMb"]
    other = {**stack_config("dev")["grafana"], "enabled": not enabled}
    said = run_program("dev", kept=given.outputs, changes={"grafana": other})
    assert ("grafana" in said.outputs["containers"]) is not enabled


@pytest.mark.parametrize("stack", STACKS)
def test_one_port_is_grafanas_or_the_viewers(
    stack: str, graphs: dict[str, Graph], without_grafana: dict[str, Graph]
) -> None:
    def published(graph: Graph, part: str) -> list[int]:
        return [port["external"] for port in graph.container(part).inputs.get("ports", [])]

    graph = graphs[stack]
    assert published(graph, "grafana") == published(without_grafana[stack], "viewer") == [3001]
    assert published(graph, "viewer") == []
    # in the update that brings a Grafana, the viewer gives the port back first
    assert graph.container("viewer").urn in graph.container("grafana").dependencies


def test_where_nobody_has_said_there_is_one(graphs: dict[str, Graph]) -> None:
    assert "enabled" not in stack_config("prod").get("grafana", {})
    assert graphs["prod"].container("grafana")


@pytest.mark.parametrize("value", ["maybe", 2, None, []])
def test_what_is_neither_yes_nor_no_is_refused_in_one_line(value: Any) -> None:
    with pytest.raises(SettingsError, match=r"grafana\.enabled"):
        settings("prod", enabled=value)


@pytest.mark.parametrize(("enabled", "loaded"), [(True, True), (False, False)])
def test_the_providers_package_is_loaded_only_for_a_grafana(enabled: bool, loaded: bool) -> None:
    grafana = {**stack_config("prod").get("grafana", {}), "enabled": enabled}
    program = (
        "import sys; from tests.support.program import run_program; "
        f"run_program('prod', changes={{'grafana': {grafana!r}}}); print('pulumiverse_grafana' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(loaded)


@pytest.mark.parametrize("preview", [False, True])
def test_the_administrators_password_is_a_secret_in_the_providers_configuration(preview: bool) -> None:
    canary = "canary-provider-auth-6b1f"
    graph = run_program("prod", secrets={**SECRETS, "grafanaAdminPassword": canary}, preview=preview)
    [provider] = graph.of_type("pulumi:providers:grafana")
    assert provider.inputs.pop("auth") == Secret(f"admin:{canary}")
    assert canary not in repr(provider.inputs)
    assert "auth" in provider.additional_secret_outputs
