# ruff: noqa: S104 - the official default of a published port
"""Check: what is refused, in which words, and what is filled in."""

from __future__ import annotations

from typing import Any

import pytest

from airgap.plugins.protocol.values import UNKNOWN, Secret
from tests.plugins.provider import CONTAINER, IMAGE, NETWORK, VOLUME, Provider

MINIMAL = {"name": "c", "image": "i"}


def test_defaults_are_those_of_the_official_plugin(provider: Provider) -> None:
    inputs = provider.checked(CONTAINER, **MINIMAL, ports=[{"internal": 80}], uploads=[{"file": "/f", "content": "c"}])
    defaults = inputs.pop("__defaults")
    assert inputs == {
        **MINIMAL,
        "attach": False,
        "containerReadRefreshTimeoutMilliseconds": 15000,
        "logs": False,
        "mustRun": True,
        "networkMode": "bridge",
        "ports": [{"internal": 80, "ip": "0.0.0.0", "protocol": "tcp", "__defaults": ["ip", "protocol"]}],
        "readOnly": False,
        "removeVolumes": True,
        "restart": "no",
        "rm": False,
        "start": True,
        "stdinOpen": False,
        "tty": False,
        "uploads": [{"file": "/f", "content": "c", "executable": False, "__defaults": ["executable"]}],
        "wait": False,
        "waitTimeout": 60,
    }
    assert defaults == sorted(set(inputs) - {"name", "image", "ports", "uploads"})


@pytest.mark.parametrize(
    ("token", "inputs", "words"),
    [
        (CONTAINER, {"gpus": "all"}, "input 'gpus' is not implemented by the embedded Docker plugin; use the official"),
        (CONTAINER, {"ports": [{"internal": 1, "nope": 1}]}, "input 'ports[0].nope' is not implemented"),
        (CONTAINER, {"gpus": Secret("all")}, "input 'gpus' is not implemented"),
        (CONTAINER, {"memory": "much"}, "input 'memory' must be a whole number (MB), not 'much'"),
        (CONTAINER, {"memory": 1.5}, "input 'memory' must be a whole number (MB), not 1.5"),
        (CONTAINER, {"memory": -5}, "input 'memory' must be at least 0, not -5"),
        (CONTAINER, {"memory": True}, "input 'memory' must be a whole number (MB), not True"),
        (CONTAINER, {"command": "sleep 5"}, "input 'command' must be a list, not 'sleep 5'"),
        (CONTAINER, {"command": ["a", ""]}, "input 'command' must not have empty texts"),
        (CONTAINER, {"command": ["a", {"b": 1}]}, "input 'command[1]' must be a text, not an object"),
        (CONTAINER, {"labels": {"a": "b"}}, "input 'labels' must be a list in any order, not an object"),
        (CONTAINER, {"labels": [{"label": "a"}]}, "input 'labels[0].value' is missing; it must be a text"),
        (CONTAINER, {"restart": "sometimes"}, "input 'restart' must be one of no, on-failure, always, unless-stopped"),
        (CONTAINER, {"ports": [{"internal": 70000}]}, "input 'ports[0].internal' must be a port (0 to 65535)"),
        (CONTAINER, {"cpus": "lots"}, "input 'cpus' must be a number of CPUs such as '1.5', not 'lots'"),
        (CONTAINER, {"healthcheck": {"tests": ["CMD", "x"], "interval": "5"}}, "'healthcheck.interval' must be a dur"),
        (CONTAINER, {"uploads": [{"file": "/f"}]}, "(/f) must have one of content, contentBase64 or source"),
        (CONTAINER, {"uploads": [{"file": "/f", "content": "a", "source": "b"}]}, "it has content and source"),
        (CONTAINER, {"uploads": [{"file": "f", "content": "a"}]}, "'uploads[0].file' must be an absolute path"),
        (CONTAINER, {"uploads": [{"file": "/f", "contentBase64": "?"}]}, "'uploads[0].contentBase64' must be base64"),
        (CONTAINER, {"uploads": [{"file": "/f", "content": "a", "permissions": "644"}]}, "a file mode such as '0644'"),
        (CONTAINER, {"start": False}, "input 'mustRun' is true (its default) but 'start' is false"),
        (CONTAINER, {"attach": True}, "input 'mustRun' is true (its default) but 'attach' waits"),
        (CONTAINER, {"start": False, "mustRun": False, "wait": True}, "input 'wait' is true but 'start' is false"),
        (NETWORK, {"ipv6": True}, "input 'ipv6' is not implemented"),
        (VOLUME, {"cluster": {}}, "input 'cluster' is not implemented"),
        (IMAGE, {"build": {"context": "."}}, "input 'build' is not implemented"),
    ],
)
def test_wrong_inputs_are_refused_in_one_line(
    provider: Provider, token: str, inputs: dict[str, Any], words: str
) -> None:
    base = MINIMAL if token == CONTAINER else {"name": "n"}
    _, failures = provider.check(token, {**base, **inputs})
    assert len(failures) == 1, failures
    assert words in failures[0]
    assert "\n" not in failures[0]


def test_all_that_is_wrong_is_said_at_once(provider: Provider) -> None:
    _, failures = provider.check(CONTAINER, {"gpus": "all", "memory": "much"})
    assert len(failures) == 3  # these two, and the missing image


def test_a_wrong_secret_is_not_quoted(provider: Provider) -> None:
    _, failures = provider.check(CONTAINER, {**MINIMAL, "memory": Secret("hunter2")})
    assert failures == ["input 'memory' (a secret) must be a whole number (MB)"]


def test_secrets_stay_marked_and_unknowns_unknown(provider: Provider) -> None:
    upload = {"file": "/f", "content": Secret("s")}
    inputs = provider.checked(
        CONTAINER, name="c", image=UNKNOWN, memory=UNKNOWN, envs=["A=1", Secret("B=2")], uploads=[upload], ports=UNKNOWN
    )
    assert inputs["image"] is UNKNOWN
    assert inputs["memory"] is UNKNOWN
    assert inputs["envs"] == ["A=1", Secret("B=2")]
    assert inputs["uploads"][0]["content"] == Secret("s")


def test_unknown_parts_of_uploads_are_not_called_missing(provider: Provider) -> None:
    _, failures = provider.check(CONTAINER, {**MINIMAL, "uploads": [{"file": "/f", "content": UNKNOWN}]})
    assert failures == []


@pytest.mark.parametrize("token", [CONTAINER, NETWORK, VOLUME])
def test_a_name_is_made_up_once_and_kept(provider: Provider, token: str) -> None:
    given = {"image": "i"} if token == CONTAINER else {}
    first, _ = provider.check(token, given, name="web")
    assert first["name"].startswith("web-")
    assert len(first["name"]) == len("web-") + 7
    assert "name" in first["__defaults"]
    again, _ = provider.check(token, given, olds={**first, "name": "web-kept000"}, name="web")
    assert again["name"] == "web-kept000"


def test_an_image_needs_a_name(provider: Provider) -> None:
    assert provider.check(IMAGE, {})[1] == ["input 'name' is missing; it must be a text"]


def test_an_unknown_resource_type_is_refused_by_name(provider: Provider) -> None:
    _, failures = provider.check("docker:index/image:Image", {})
    assert "resource type docker:index/image:Image is not implemented by the embedded Docker plugin" in failures[0]
    assert CONTAINER in failures[0]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"host": "localhost:2375"}, "input 'host' must be unix:///path, tcp://host:port or ssh://user@host"),
        ({"sshOpts": '["-v"]'}, "input 'sshOpts' is not implemented by the embedded Docker plugin"),
        ({"registryAuth": "[]"}, "input 'registryAuth' is not implemented"),
    ],
)
def test_wrong_provider_settings_are_refused(provider: Provider, config: dict[str, Any], words: str) -> None:
    _, failures = provider.check_config(**config)
    assert len(failures) == 1
    assert words in failures[0]


def test_the_host_has_the_official_default(provider: Provider) -> None:
    assert provider.check_config(version="5.2.0") == ({"host": "unix:///var/run/docker.sock"}, [])
