"""Property values on the wire, and keeping secrets out of messages."""

from __future__ import annotations

from typing import Any

import pytest

from airgap.plugins.protocol.secrecy import keep_secrets
from airgap.plugins.protocol.values import UNKNOWN, Secret, decode, encode, has_secret, has_unknown, redact, reveal


@pytest.mark.parametrize(
    "value",
    ["", "text", 0, -1, 1.5, True, False, [], {}, ["a", {"b": [1, Secret("c")]}], Secret({"a": "b"}), UNKNOWN],
)
def test_what_is_encoded_comes_back(value: Any) -> None:
    assert decode(encode({"key": value})) == {"key": value}


def test_whole_numbers_stay_whole() -> None:
    assert repr(decode(encode({"port": 9090}))["port"]) == "9090"


def test_every_kind_of_unknown_is_unknown() -> None:
    assert decode(encode({"a": "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"})) == {"a": UNKNOWN}
    assert has_unknown({"a": [Secret(UNKNOWN)]})


def test_output_values_are_understood() -> None:
    signature = {"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4"}
    known = encode({"a": {**signature, "value": "v", "secret": True}})
    assert decode(known) == {"a": Secret("v")}
    assert decode(encode({"a": signature})) == {"a": UNKNOWN}


def test_a_secret_never_prints() -> None:
    assert "hunter2" not in repr({"a": [Secret("hunter2")]})
    assert reveal({"a": [Secret("hunter2")]}) == {"a": ["hunter2"]}


def test_messages_lose_secrets_lines_and_values_of_variables() -> None:
    values = {"envs": [Secret("PASSWORD=hunter2")], "uploads": [{"content": Secret("line one\nline two\n")}]}
    assert redact("bad: hunter2, PASSWORD=hunter2", values) == "bad: [secret], [secret]"
    assert redact("it says: line two", values) == "it says: [secret]"


def test_short_secrets_do_not_destroy_messages() -> None:
    assert redact("can't start container", {"a": Secret("a")}) == "can't start container"


def test_outputs_keep_the_marks_of_inputs() -> None:
    inputs = {"envs": ["A=1", Secret("B=hunter2")], "memory": Secret(64)}
    outputs = keep_secrets({"envs": ["A=1", "B=hunter2"], "memory": 128, "logs": "I am hunter2", "name": "x"}, inputs)
    assert outputs == {
        "envs": ["A=1", Secret("B=hunter2")],
        "memory": Secret(128),
        "logs": Secret("I am hunter2"),
        "name": "x",
    }
    assert not has_secret(keep_secrets({"a": "b"}, {}))
