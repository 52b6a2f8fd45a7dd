"""Each policy catches what it is there for; the tests' stacks are against none; exceptions have a name and a reason."""

import copy
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from delivery.content import Content, content
from delivery.recording import _without_secrets
from policy.rules import CAPABILITIES, POLICIES, judged, violations
from tests.support.program import run_program


@pytest.fixture(scope="module")
def stacks() -> dict[str, Content]:
    def rendered(stack: str) -> Content:
        resources = [_without_secrets(asdict(resource)) for resource in run_program(stack).resources]
        return content({"resources": resources, "secrets": []})

    return {stack: rendered(stack) for stack in ("dev", "prod", "staging")}


def test_the_tests_stacks_are_against_no_policy(stacks: dict[str, Content]) -> None:
    for name, each in stacks.items():
        assert len(each.containers) > 10
        assert violations(each, require_digests=False) == [], name


Change = Callable[[dict[str, Any]], object]


def env(text: str) -> Change:
    return lambda container: container["envs"].append(text)


def mount(source: str) -> Change:
    return lambda container: container["mounts"].append({"source": source, "target": "/x", "type": "bind"})


@pytest.mark.parametrize(
    ("policy", "change", "message"),
    [
        ("no-plain-secret", env("REDIS_PASSWORD=canary"), "its environment holds a secret (REDIS_PASSWORD)"),
        ("no-plain-secret", env("DSN=postgres://u:canary@db/x"), "its environment holds a secret (a value)"),
        ("no-plain-secret", lambda c: c["envs"].append({"secret": "canary"}), "its environment holds a secret"),
        ("no-plain-secret", lambda c: c["command"].append("--api-token=canary"), "its command holds a secret"),
        ("no-plain-secret", lambda c: c["labels"].append({"label": "password", "value": "canary"}), "its labels"),
        ("limits", lambda c: c.pop("memory"), "no limit on memory"),
        ("limits", lambda c: c.update(cpus="0"), "no limit on cpus"),
        ("health-check", lambda c: c.pop("healthcheck"), "no health check"),
        ("health-check", lambda c: c.update(healthcheck={"tests": ["NONE"]}), "no health check"),
        ("read-only", lambda c: c.pop("readOnly"), "can be written to"),
        ("ports", lambda c: c.update(ports=[{"internal": 1, "external": 9121, "ip": "127.0.0.1"}]), "port 9121"),
        ("no-privileges", lambda c: c.update(privileged=True), "it is privileged"),
        ("no-privileges", lambda c: c["capabilities"].update(adds=["CAP_SYS_ADMIN"]), "it keeps CAP_SYS_ADMIN"),
        ("no-privileges", lambda c: c.pop("capabilities"), "doesn't drop all capabilities"),
        ("no-privileges", lambda c: c.pop("securityOpts"), "can gain privileges"),
        ("no-privileges", lambda c: c.update(networkMode="host"), "networkMode is host"),
        ("no-docker-socket", mount("/var/run/docker.sock"), "mounts the Docker socket"),
        ("no-docker-socket", mount("/run"), "mounts the Docker socket"),
        ("no-docker-socket", mount("/mnt/docker.sock"), "mounts the Docker socket"),
    ],
)  # fmt: skip
def test_a_container_against_a_policy_is_caught(
    stacks: dict[str, Content], policy: str, change: Change, message: str
) -> None:
    stack = copy.deepcopy(stacks["prod"])
    change(stack.containers["redis-exporter"])
    [line] = judged(stack, {})
    assert line.startswith(f"policy {policy}: redis-exporter: "), line
    assert message in line
    assert "canary" not in line
    # by name, with a reason
    assert judged(stack, {"policy:exceptions": {policy: {"redis-exporter": "until the next version"}}}) == []


def test_files_and_what_only_sounds_like_a_secret_are_allowed(stacks: dict[str, Content]) -> None:
    stack = copy.deepcopy(stacks["prod"])
    for text in ("DB_PASSWORD_FILE=/run/x", "PASSWORD=/run/x", "GF_PASSWORD=$__file{/run/x}", "TOKEN=", "MODE=a"):
        stack.containers["redis-exporter"]["envs"].append(text)
    assert judged(stack, {}) == []


def test_images_ports_and_volumes(stacks: dict[str, Content]) -> None:
    stack = copy.deepcopy(stacks["prod"])
    stack.images |= {"one": "host:5000/prom/x", "two": "x:latest", "three": "x@sha256:1"}
    stack.containers["prometheus"]["ports"] = [{"internal": 9090, "external": 9090}]
    stack.options["volume-prometheus-data"]["protect"] = False
    assert [(each.policy, each.name) for each in violations(stack, require_digests=False)] == [
        ("image-pinned", "one"),
        ("image-pinned", "two"),
        ("ports", "prometheus"),
        ("data-protected", "volume-prometheus-data"),
    ]
    stack.images = {"a": "prom/x:v1", "b": "prom/x:v1@sha256:1", "own": "airgap.local/autonomica/viewer:1"}
    digests = [each for each in violations(stack, require_digests=True) if each.policy == "image-pinned"]
    assert [each.name for each in digests] == ["a"]


@pytest.mark.parametrize(
    ("exceptions", "message"),
    [
        (["limits"], "must be policy: {name: reason}"),
        ({"limit": {"x": "it stops by itself"}}, "there is no policy 'limit'; is 'limits' meant?"),
        ({"quux": {}}, "there is no policy 'quux'; there are: image-pinned"),
        ({"limits": "all"}, "limits must be policy: {name: reason}"),
        ({"limits": {"x": ""}}, "limits.x needs a reason in words"),
        ({"limits": {"x": True}}, "limits.x needs a reason in words"),
        ({"limits": {"gone": "it stops by itself"}}, "limits.gone: nothing is against this policy there; remove it"),
    ],
)
def test_an_exception_that_excepts_nothing_is_told(
    stacks: dict[str, Content], exceptions: object, message: str
) -> None:
    [line] = judged(stacks["prod"], {"policy:exceptions": exceptions})
    assert line.startswith("policy:exceptions")
    assert message in line


def test_each_policy_and_its_constants_are_real(stacks: dict[str, Content]) -> None:
    assert len(POLICIES) == 9
    kept = {
        c for s in stacks.values() for i in s.containers.values() for c in i.get("capabilities", {}).get("adds", ())
    }
    assert kept == CAPABILITIES
