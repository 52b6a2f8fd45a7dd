"""The generated stack configuration: what goes into it, what stays out, what is left alone."""

import stat
from pathlib import Path

import pytest
import yaml

from ops.backend import Backend
from ops.errors import OpsError
from ops.project import Stack, read_yaml
from ops.stack_config import generate, merge
from tests.ops.conftest import NAME, write_yaml

LOCAL = Backend(url="file:///somewhere", local=True, chosen_by="nobody")
THEIRS = Backend(url="s3://bucket", local=False, chosen_by="PULUMI_BACKEND_URL")
SECRET = {"secure": "v1:encrypted"}


def key(name: str) -> str:
    return f"{NAME}:{name}"


def test_machine_values_are_added_and_the_committed_ones_win() -> None:
    merged = merge({"config": {key("imageRegistry"): "mirror"}}, {}, {"imageRegistry": "x", "group": 998}, NAME)
    assert merged["config"] == {key("imageRegistry"): "mirror", key("group"): 998}


def test_kept_are_secrets_and_salt_of_the_last_run_but_no_plain_value() -> None:
    previous = {"config": {key("pw"): SECRET, key("old"): "plain"}, "encryptionsalt": "v1:salt"}
    merged = merge({"config": {key("demo"): True}}, previous, {}, NAME)
    assert merged == {"config": {key("demo"): True, key("pw"): SECRET}, "encryptionsalt": "v1:salt"}


def test_a_committed_secrets_provider_is_used_as_it_is() -> None:
    committed = {"secretsprovider": "awskms://key", "encryptedkey": "abc", "config": {key("pw"): SECRET}}
    previous = {"encryptionsalt": "v1:ours", "config": {key("pw"): {"secure": "v1:other"}}}
    assert merge(committed, previous, {}, NAME) == committed


def test_a_committed_file_without_config_gets_one() -> None:
    assert merge({}, {}, {"group": 1}, NAME) == {"config": {key("group"): 1}}


def test_the_file_is_private_and_the_committed_one_untouched(stack: Stack) -> None:
    before = stack.committed_file.read_bytes(), stack.committed_file.stat().st_mtime_ns
    generate(stack, LOCAL, {"dockerSocketGroup": 998})
    assert stat.S_IMODE(stack.config_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(stack.folder.stat().st_mode) == 0o700
    assert (stack.committed_file.read_bytes(), stack.committed_file.stat().st_mtime_ns) == before
    assert yaml.safe_load(stack.config_file.read_text())["config"][key("dockerSocketGroup")] == 998


def test_generating_twice_changes_nothing(stack: Stack) -> None:
    generate(stack, LOCAL, {"dockerSocketGroup": 998})
    before = stack.config_file.read_text(), stack.config_file.stat().st_mtime_ns
    generate(stack, LOCAL, {"dockerSocketGroup": 998})
    assert (stack.config_file.read_text(), stack.config_file.stat().st_mtime_ns) == before


def test_a_change_of_the_committed_file_arrives(stack: Stack) -> None:
    generate(stack, LOCAL, {})
    write_yaml(stack.committed_file, {"config": {key("demo"): False}})
    assert generate(stack, LOCAL, {})["config"] == {key("demo"): False}


def test_a_machine_value_that_no_longer_holds_is_gone(stack: Stack) -> None:
    generate(stack, LOCAL, {"dockerMetricsPort": 9323})
    assert key("dockerMetricsPort") not in str(generate(stack, LOCAL, {}))


def test_secrets_survive_the_next_run_on_the_same_backend_only(stack: Stack) -> None:
    generate(stack, LOCAL, {})
    document = read_yaml(stack.config_file)
    document["encryptionsalt"] = "v1:salt"
    document["config"] = {**yaml.safe_load(stack.config_file.read_text())["config"], key("pw"): SECRET}
    write_yaml(stack.config_file, document)
    kept = generate(stack, LOCAL, {})
    assert kept["encryptionsalt"] == "v1:salt"
    assert key("pw") in str(kept)
    moved = generate(stack, THEIRS, {})
    assert "encryptionsalt" not in moved
    assert key("pw") not in str(moved)


def test_a_backend_url_with_credentials_isnt_written_down(stack: Stack) -> None:
    generate(stack, Backend(url="postgres://user:hunter2@db/state", local=False, chosen_by="x"), {})
    assert not [path for path in Path(stack.folder).iterdir() if "hunter2" in path.read_text()]


@pytest.mark.parametrize("text", ["a: [", "- a list\n"])
def test_a_broken_stack_file_is_one_clear_line(stack: Stack, text: str) -> None:
    stack.committed_file.write_text(text)
    with pytest.raises(Exception, match=r"Pulumi\.dev\.yaml") as caught:
        generate(stack, LOCAL, {})
    assert "\n" not in str(caught.value)


def test_a_stack_file_is_read_as_pulumi_reads_it(tmp_path: Path) -> None:
    """YAML 1.2: plain `pulumi` and `make up` mean the same by a file."""
    path = tmp_path / "Pulumi.shop.yaml"
    path.write_text(
        "config: {time: 18:30, on: yes, off: No, day: 2026-11-29, size: 12, big: 1e3, open: true, none: ~}\n"
        "base: &base {a: 1}\nmore: {<<: *base, b: 2}\n"
    )
    assert read_yaml(path) == {
        "config": {"time": "18:30", "on": "yes", "off": "No", "day": "2026-11-29", "size": 12, "big": 1000.0,
                   "open": True, "none": None},
        "base": {"a": 1},
        "more": {"a": 1, "b": 2},
    }  # fmt: skip


def test_a_key_that_is_there_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.shop.yaml"
    path.write_text("config:\n  m:services: [a]\n  m:notifications: {}\n  # pasted\n  m:services: [b]\n")
    with pytest.raises(OpsError) as refused:
        read_yaml(path)
    assert str(refused.value) == (
        "Pulumi.shop.yaml isn't valid YAML at line 5: 'm:services' is there already, at line 2; keep one of them"
    )


def test_what_is_generated_is_read_back_the_same(stack: Stack) -> None:
    values = {"report": {"time": "18:30", "words": ["on", "no", "1e3", "0o7", "~", "2026-11-29"]}}
    generate(stack, LOCAL, values)
    assert read_yaml(stack.config_file)["config"][key("report")] == values["report"]  # type: ignore[index]
