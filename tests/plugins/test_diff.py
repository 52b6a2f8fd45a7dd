# ruff: noqa: S104 - the official default of a published port
"""Diff: which inputs update, which replace, and how it reads in a preview."""

from __future__ import annotations

from typing import Any

import pytest

from airgap.plugins.docker.container.schema import FIELDS
from airgap.plugins.protocol.values import UNKNOWN, Secret
from tests.plugins.provider import CONTAINER, IMAGE, NETWORK, VOLUME, Provider

# Taken from the official provider's schema (`ForceNew`); an input that is in neither table fails the last test.
UPDATES: dict[str, tuple[Any, Any]] = {
    "attach": (False, True),
    "containerReadRefreshTimeoutMilliseconds": (15000, 20000),
    "cpuSet": ("0", "0-1"),
    "cpuShares": (512, 1024),
    "destroyGraceSeconds": (None, 30),
    "healthcheck": ({"tests": ["CMD", "a"]}, {"tests": ["CMD", "b"]}),
    "init": (None, True),
    "logs": (False, True),
    "maxRetryCount": (3, 5),
    "memory": (64, 128),
    "memoryReservation": (32, 64),
    "memorySwap": (64, -1),
    "mustRun": (False, True),
    "removeVolumes": (True, False),
    "restart": ("no", "always"),
    "rm": (False, True),
    "start": (False, True),
    "tmpfs": ({"/tmp": ""}, {"/tmp": "size=1m"}),
    "wait": (False, True),
    "waitTimeout": (60, 90),
}
REPLACES: dict[str, tuple[Any, Any]] = {
    "capabilities": ({"drops": ["ALL"]}, {"drops": ["ALL"], "adds": ["NET_RAW"]}),
    "cgroupnsMode": ("host", "private"),
    "command": (["a", "b"], ["b", "a"]),
    "cpus": ("1", "1.5"),
    "devices": ([], [{"hostPath": "/dev/kmsg"}]),
    "dns": (["1.1.1.1"], ["9.9.9.9"]),
    "dnsOpts": (None, ["ndots:1"]),
    "dnsSearches": (None, ["example.org"]),
    "domainname": (None, "example.org"),
    "entrypoints": (["/a"], ["/b"]),
    "envs": (["A=1"], ["A=2"]),
    "groupAdds": (None, ["999"]),
    "hostname": ("a", "b"),
    "hosts": (None, [{"host": "h", "ip": "1.2.3.4"}]),
    "image": ("sha256:1", "sha256:2"),
    "ipcMode": (None, "host"),
    "labels": ([{"label": "a", "value": "1"}], [{"label": "a", "value": "2"}]),
    "logDriver": ("json-file", "local"),
    "logOpts": ({"max-size": "1m"}, {"max-size": "2m"}),
    "mounts": (None, [{"target": "/a", "type": "tmpfs"}]),
    "name": ("a", "b"),
    "networkMode": ("bridge", "none"),
    "networksAdvanced": ([{"name": "a"}], [{"name": "a", "aliases": ["x"]}]),
    "pidMode": (None, "host"),
    "ports": ([{"internal": 80}], [{"internal": 80, "external": 8080}]),
    "privileged": (None, True),
    "publishAllPorts": (None, True),
    "readOnly": (False, True),
    "runtime": (None, "runc"),
    "securityOpts": (None, ["no-new-privileges:true"]),
    "shmSize": (64, 128),
    "stdinOpen": (False, True),
    "stopSignal": (None, "SIGQUIT"),
    "stopTimeout": (None, 30),
    "sysctls": (None, {"net.core.somaxconn": "1024"}),
    "tty": (False, True),
    "ulimits": (None, [{"name": "nofile", "soft": 1, "hard": 2}]),
    "uploads": ([{"file": "/f", "content": "a"}], [{"file": "/f", "content": "b"}]),
    "user": ("65534", "0"),
    "usernsMode": (None, "host"),
    "volumes": ([{"containerPath": "/a", "volumeName": "v"}], [{"containerPath": "/a", "volumeName": "w"}]),
    "workingDir": ("/", "/tmp"),
}


def _pair(key: str, values: tuple[Any, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    base = {"name": "c", "image": "i"}
    before, after = ({**base, key: value} if value is not None else dict(base) for value in values)
    return before, after


@pytest.mark.parametrize("key", UPDATES)
def test_inputs_that_update_in_place(provider: Provider, key: str) -> None:
    diff = provider.diff(CONTAINER, *_pair(key, UPDATES[key]))
    assert diff.changes
    assert diff.replaces == []
    assert diff.delete_first, "replace_on_changes may make a replacement of it"
    assert all(path.startswith(key) for path in diff.detail)


@pytest.mark.parametrize("key", REPLACES)
def test_inputs_that_replace(provider: Provider, key: str) -> None:
    diff = provider.diff(CONTAINER, *_pair(key, REPLACES[key]))
    assert diff.replaces == [key]
    assert diff.delete_first
    assert all(kind.endswith("_REPLACE") for kind in diff.detail.values())


def test_every_input_is_in_a_table() -> None:
    assert UPDATES.keys() | REPLACES.keys() == FIELDS.keys()


@pytest.mark.parametrize("key", ["memory", "memoryReservation", "cpuShares", "cpuSet"])
def test_a_limit_that_is_taken_away_replaces(provider: Provider, key: str) -> None:
    before, after = _pair(key, (UPDATES[key][0], None))
    assert provider.diff(CONTAINER, before, after).replaces == [key]


@pytest.mark.parametrize(
    ("token", "key", "values", "replaces"),
    [
        (NETWORK, "driver", ("bridge", "macvlan"), True),
        (NETWORK, "internal", (False, True), True),
        (NETWORK, "attachable", (False, True), True),
        (NETWORK, "options", ({}, {"a": "b"}), True),
        (NETWORK, "ipamDriver", ("default", "other"), True),
        (NETWORK, "ipamConfigs", ([], [{"subnet": "10.0.0.0/24"}]), True),
        (NETWORK, "labels", ([], [{"label": "a", "value": "b"}]), True),
        (NETWORK, "checkDuplicate", (False, True), True),
        (VOLUME, "driver", ("local", "nfs"), True),
        (VOLUME, "driverOpts", ({}, {"type": "tmpfs"}), True),
        (VOLUME, "labels", ([], [{"label": "a", "value": "b"}]), True),
        (IMAGE, "pullTriggers", ([], ["a"]), True),
        (IMAGE, "platform", (None, "linux/amd64"), True),
        (IMAGE, "keepLocally", (False, True), False),
        (IMAGE, "forceRemove", (False, True), False),
    ],
)
def test_the_other_resources(provider: Provider, token: str, key: str, values: tuple[Any, Any], replaces: bool) -> None:
    diff = provider.diff(token, *({"name": "n", key: value} for value in values))
    assert diff.changes
    assert diff.replaces == ([key] if replaces else [])


@pytest.mark.parametrize(
    ("key", "before", "after"),
    [
        ("envs", ["A=1", "B=2"], ["B=2", "A=1"]),
        (
            "labels",
            [{"label": "a", "value": "1"}, {"label": "b", "value": "2"}],
            [{"label": "b", "value": "2"}, {"label": "a", "value": "1"}],
        ),
        (
            "networksAdvanced",
            [{"name": "a", "aliases": ["x", "y"]}, {"name": "b"}],
            [{"name": "b"}, {"name": "a", "aliases": ["y", "x"]}],
        ),
        ("ports", [{"internal": 1}, {"internal": 2}], [{"internal": 2}, {"internal": 1}]),
        ("capabilities", {"adds": ["A", "B"]}, {"adds": ["B", "A"]}),
        ("ports", [{"internal": 1}], [{"internal": 1, "ip": "0.0.0.0", "protocol": "tcp"}]),
        ("restart", None, "no"),
        ("dns", None, []),
        ("tmpfs", {}, None),
        ("user", None, ""),
        ("healthcheck", {"tests": ["a"]}, {"tests": ["a"], "interval": "0s", "retries": 0}),
        ("envs", ["A=1"], [Secret("A=1")]),
    ],
)
def test_what_means_the_same_is_no_change(provider: Provider, key: str, before: Any, after: Any) -> None:
    diff = provider.diff(CONTAINER, *_pair(key, (before, after)))
    assert not diff.changes
    assert diff.detail == {}


@pytest.mark.parametrize(
    ("key", "before", "after", "detail"),
    [
        ("command", ["a", "b"], ["a", "c", "d"], {"command[1]": "UPDATE_REPLACE", "command[2]": "ADD_REPLACE"}),
        ("command", ["a", "b"], ["a"], {"command[1]": "DELETE_REPLACE"}),
        ("envs", ["A=1", "B=1", "C=1"], ["A=1", "C=1"], {"envs[1]": "DELETE_REPLACE"}),
        ("envs", ["A=1", "C=1"], ["A=1", "B=1", "C=1"], {"envs[1]": "ADD_REPLACE"}),
        ("envs", ["A=1", "B=1"], ["B=1", "A=2"], {"envs[1]": "ADD_REPLACE", "envs[0]": "DELETE_REPLACE"}),
        (
            "uploads",
            [{"file": "/a", "content": "1"}, {"file": "/b", "content": Secret("1")}],
            [{"file": "/a", "content": "1"}, {"file": "/b", "content": Secret("2")}],
            {"uploads[1].content": "UPDATE_REPLACE"},
        ),
        ("healthcheck", {"tests": ["a", "b"]}, {"tests": ["a", "c"]}, {"healthcheck.tests[1]": "UPDATE"}),
        ("tmpfs", {"/tmp": "size=1m"}, {"/tmp": "size=2m"}, {'tmpfs["/tmp"]': "UPDATE"}),
        ("healthcheck", {"tests": ["a"]}, None, {"healthcheck": "DELETE"}),
        ("memory", None, 64, {"memory": "ADD"}),
        ("networksAdvanced", [{"name": "a"}], [{"name": UNKNOWN}], {"networksAdvanced[0]": "UPDATE_REPLACE"}),
        ("image", "sha256:1", UNKNOWN, {"image": "UPDATE_REPLACE"}),
        ("envs", ["A=1"], UNKNOWN, {"envs": "UPDATE_REPLACE"}),
        (
            "ports",
            [{"internal": 80, "external": 8080}],
            [{"internal": 80, "external": 9090}],
            {"ports[0].external": "UPDATE_REPLACE"},
        ),
    ],
)
def test_paths_point_at_what_changed(
    provider: Provider, key: str, before: Any, after: Any, detail: dict[str, str]
) -> None:
    assert provider.diff(CONTAINER, *_pair(key, (before, after))).detail == detail


@pytest.mark.parametrize("token", [NETWORK, VOLUME])
def test_a_given_name_means_delete_first_a_made_up_one_does_not(provider: Provider, token: str) -> None:
    before, after = {"driver": "a"}, {"driver": "b"}
    given = provider.diff(token, {"name": "n", "__defaults": [], **before}, {"name": "n", "__defaults": [], **after})
    assert given.delete_first
    made_up = provider.diff(
        token, {"name": "n", "__defaults": ["name"], **before}, {"name": "n", "__defaults": ["name"], **after}
    )
    assert not made_up.delete_first
    renamed = provider.diff(token, {"name": "n", "__defaults": []}, {"name": "m", "__defaults": []})
    assert renamed.replaces == ["name"]
    assert not renamed.delete_first


def test_a_container_that_was_left_half_made_is_replaced(provider: Provider) -> None:
    inputs = {"name": "c", "image": "i"}
    diff = provider.diff(CONTAINER, inputs, inputs, outputs={**inputs, "__incomplete": True})
    assert diff.replaces == ["name"]
    assert diff.delete_first


def test_a_state_of_the_official_plugin_shows_no_change(provider: Provider) -> None:
    complete = provider.checked(CONTAINER, name="c", image="i", ports=[{"internal": 80}])
    foreign = {**complete, "__defaults": ["name"], "somethingNew": "x"}
    assert not provider.diff(CONTAINER, foreign, complete).changes
