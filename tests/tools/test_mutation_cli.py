"""`python -m tools.mutation` as a person runs it: what it says, writes and answers."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.tools.test_mutation_runner import RULES, SLOPPY, STRICT
from tools.mutation import __main__ as cli


@pytest.fixture
def result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the result is written."""
    path = tmp_path / ".bench" / "mutation.json"
    monkeypatch.setattr(cli, "RESULT", path)
    return path


def mutation(monkeypatch: pytest.MonkeyPatch, tests: dict[str, str], *arguments: str, rules: str = RULES) -> Result:
    monkeypatch.setattr(cli, "rendered", lambda _stack: {"one.yml": rules, "two.yml": "groups: []"})
    monkeypatch.setattr(cli, "promtool_tests", lambda: tests)
    return CliRunner().invoke(cli.app, list(arguments))


def test_all_noticed(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = mutation(monkeypatch, {"one": STRICT})
    assert run.exit_code == 0, run.output
    assert "written to .bench/mutation.json" in run.stdout
    document = json.loads(result.read_text())
    assert (document["score"], document["survivors"], document["failingWithoutChange"]) == (100.0, [], [])
    assert document["areas"] == {"one": {"score": 100.0, "mutants": 9, "killed": 9}}


def test_survivors_are_named_and_fail(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = mutation(monkeypatch, {"one": SLOPPY})
    assert run.exit_code == 1
    assert "survived: one.yml: High warning: for: removed" in run.stdout
    assert "at least 95 % of the mutants must be noticed" in run.stdout
    assert {"file": "one.yml", "alert": "High", "severity": "warning", "change": "for: removed"} in json.loads(
        result.read_text()
    )["survivors"]


def test_of_some_areas_nothing_is_written(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mutation(monkeypatch, {"one": STRICT}, "--area", "one").exit_code == 0
    assert not result.exists()


def test_tests_that_fail_anyway(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = mutation(monkeypatch, {"one": STRICT.replace("86x7", "85x7")})
    assert run.exit_code == 1
    assert "one.yml: the tests of High fail without any change; `make rules` shows why" in run.stdout
    assert json.loads(result.read_text())["failingWithoutChange"] == [{"file": "one.yml", "alert": "High"}]


@pytest.mark.usefixtures("result")
@pytest.mark.parametrize(
    ("rules", "arguments", "words"),
    [
        (RULES, ["--area", "three"], "mutation: no rules in area 'three' (areas: one)"),
        (RULES.replace("a > 85", "a >"), [], "mutation: `a >` isn't PromQL"),
    ],
)
def test_what_can_not_be_done(rules: str, arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = mutation(monkeypatch, {"one": STRICT}, *arguments, rules=rules)
    assert run.exit_code == 2
    [line] = run.stdout.splitlines()
    assert line.startswith(words)


def test_an_interruption_leaves_the_last_result(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> Iterator[tuple[int, bool]]:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "verdicts", interrupted)
    run = mutation(monkeypatch, {"one": STRICT})
    assert run.exit_code == 130
    assert run.stdout == "mutation: interrupted, nothing written\n"
    assert not result.exists()
