"""`make new-alert` as far as it goes without promtool: names, descriptions, texts."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ops import project as project_module
from ops.errors import UsageError
from tests.support import promtool
from tests.tools.new_alert_checkout import complaints, describe, made, make_checkout, new_alert
from tools.new_alert import texts
from tools.new_alert.description import duration, length, read, seconds
from tools.new_alert.trial import Firing, Moment


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = make_checkout(tmp_path / "checkout")
    monkeypatch.setattr(project_module, "checkout", lambda: root)
    return root


def test_the_first_time_a_description_is_made(root: Path) -> None:
    result = new_alert("OrdersStalled")
    assert result.exit_code == 0, result.output
    assert result.stdout == "written: OrdersStalled.yml; fill it in and run `make new-alert NAME=OrdersStalled` again\n"
    text = (root / "OrdersStalled.yml").read_text()
    assert text.startswith("# Describes the alert OrdersStalled.")
    assert "NAME=OrdersStalled" in text
    read(root / "OrdersStalled.yml")


def test_the_example_itself_makes_no_alert(root: Path) -> None:
    new_alert("OrdersStalled")
    [line] = complaints(new_alert("OrdersStalled"), 2)
    assert line == "OrdersStalled.yml is still the example; make it yours first"
    assert made(root) == set()


@pytest.mark.parametrize(
    "name", ["orders", "Orders-Stalled", "orders_stalled", "Or", "Ünruhe", "A" * 61, "../Orders", ""]
)
def test_names(name: str, root: Path) -> None:
    [line] = complaints(new_alert(name), 2)
    assert line == f"'{name}' can't be an alert's name; write it LikeThis, with letters and digits"
    assert not list(root.glob("*Orders*"))


@pytest.mark.usefixtures("root")
def test_names_that_are_taken() -> None:
    [line] = complaints(new_alert("RedisDown"), 2)
    assert line == "there is an alert RedisDown already; choose another name"


def test_a_name_that_a_team_has_taken(root: Path) -> None:
    path = root / "teams" / "shop" / "rules" / "orders.yml"
    path.parent.mkdir(parents=True)
    rule = {"alert": "OrdersStalled", "expr": "a", "labels": {"severity": "info", "team": "shop"}}
    path.write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [rule]}]}))
    [line] = complaints(new_alert("OrdersStalled"), 2)
    assert line == "there is an alert OrdersStalled already; choose another name"


def test_a_teams_broken_file_is_named(root: Path) -> None:
    path = root / "teams" / "shop" / "rules" / "orders.yml"
    path.parent.mkdir(parents=True)
    path.write_text("groups: [")
    [line] = complaints(new_alert("OrdersStalled"), 1)
    assert line.startswith("teams/shop/rules/orders.yml: this is no valid YAML")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"team": None}, "team: "),
        ({"team": "Shop"}, 'team: '),
        ({"severity": "page"}, "severity: input should be"),
        ({"expr": ""}, "expr: "),
        ({"for": 600}, "for: "),
        ({"for": "ten minutes"}, "for: "),
        ({"keep_firing_for": "1.5h"}, "keep_firing_for: "),
        ({"summary": "two\nlines"}, "summary: "),
        ({"impact": " "}, "impact: "),
        ({"mitigate": None}, "mitigate: "),
        ({"fires": {}}, "fires: "),
        ({"fires": None}, "fires: "),
        ({"quiet": {"a": 1}}, "quiet.a: "),
        ({"runbook": "x"}, "runbook: "),
    ],
)  # fmt: skip
def test_a_description_with_a_mistake(changes: dict[str, Any], words: str, root: Path) -> None:
    describe(root, changes)
    [line] = complaints(new_alert("OrdersStalled"), 2)
    assert line.startswith(f"OrdersStalled.yml: {words}")
    assert made(root) == set()


def test_every_mistake_is_said_at_once(root: Path) -> None:
    describe(root, {"severity": "page", "for": "soon"})
    assert len(complaints(new_alert("OrdersStalled"), 2)) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"team: [", "isn't valid YAML at line 1"),
        (b"- a", "must hold a description"),
        (b"", "must hold a description"),
        (b"\xff\xfe", "can't be read: no text in UTF-8"),
    ],
)
def test_a_file_that_is_no_description(content: bytes, words: str, root: Path) -> None:
    (root / "OrdersStalled.yml").write_bytes(content)
    [line] = complaints(new_alert("OrdersStalled"), 2)
    assert line.startswith(f"OrdersStalled.yml {words}")


def test_a_description_of_another_place(root: Path, tmp_path: Path) -> None:
    [line] = complaints(new_alert("OrdersStalled", "--from", str(tmp_path / "nope.yml")), 2)
    assert line == f"there is no file {tmp_path / 'nope.yml'}"
    describe(root, {"severity": "page"}, alert="Other")
    [line] = complaints(new_alert("OrdersStalled", "--from", str(root / "Other.yml")), 2)
    assert line.startswith("Other.yml: severity: ")


def test_without_promtool_nothing_is_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promtool, "find", lambda: None)
    describe(root)
    [line] = complaints(new_alert("OrdersStalled"), 1)
    assert line == "there is no promtool to try the alert with; build it with `make tools`"
    assert made(root) == set()


@pytest.mark.parametrize(
    ("alert", "name"),
    [("OrdersStalled", "orders-stalled"), ("APIErrors5xx", "api-errors5xx"), ("HostUpAfterOOM", "host-up-after-oom")],
)
def test_names_of_files(alert: str, name: str) -> None:
    assert texts.file_name(alert) == name


@pytest.mark.parametrize(
    ("text", "number"), [("0s", 0), ("90s", 90), ("1h30m", 5400), ("2w", 1209600), ("1d1s", 86401)]
)
def test_durations(text: str, number: int) -> None:
    assert seconds(text) == number
    assert seconds(duration(number)) == number


@pytest.mark.parametrize(
    ("samples", "number"),
    [("1", 1), ("1 2 _ stale", 4), ("0x3", 4), ("0+60x20", 21), ("5-1x4", 5), ("_x3 1", 4), ("stalex1", 2), ("", 0),
     ("{{schema:0 sum:1}}x2 {{count:1}}", 4)],
)  # fmt: skip
def test_how_many_samples_there_are(samples: str, number: int) -> None:
    assert length(samples) == number


def test_the_rule_file_is_one_that_people_can_read(root: Path) -> None:
    describe(root, {"expr": "a\n  and\nb", "for": None, "description": "long " * 40})
    text = texts.rule_file("OrdersStalled", read(root / "OrdersStalled.yml"), ["service"])
    assert "        expr: |-\n          a\n            and\n          b\n" in text
    assert "          description: >-\n            long long" in text
    assert "          runbook_url: << settings.runbook_url >>/OrdersStalled.md\n" in text
    assert '          dashboard_url: << dashboard("services", service="{{ $labels.service }}") >>\n' in text
    assert "for:" not in text.replace("keep_firing_for:", "")
    assert max(len(line) for line in text.splitlines()) <= 130


def test_a_dashboard_without_the_variable_is_linked_without(root: Path) -> None:
    describe(root, {"dashboard": "hosts"})
    text = texts.rule_file("OrdersStalled", read(root / "OrdersStalled.yml"), ["host"])
    assert 'dashboard_url: << dashboard("hosts") >>\n' in text


def test_the_runbook_has_what_a_tired_person_needs(root: Path) -> None:
    describe(root, {"diagnose": "The shop's own log tells more.", "expr": "a{b='c'} < 1"})
    text = texts.runbook("OrdersStalled", read(root / "OrdersStalled.yml"), "a{b='c'} < 1")
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "# OrdersStalled", "## Meaning", "## Impact", "## Diagnose", "## Mitigate",
    ]  # fmt: skip
    assert "`service` takes hardly any orders. Severity critical, team shop." in text
    assert "It resolves 5m after that is over." in text
    assert "    pq 'a{b='\"'\"'c'\"'\"'} < 1'\n" in text
    assert "The shop's own log tells more.\n\n## Mitigate" in text
    assert "\n\n\n" not in text


def test_the_test_file_holds_both_cases(root: Path) -> None:
    describe(root)
    firing = Moment("15m", [Firing({"severity": "critical"}, {"summary": "x"})])
    text = texts.promtool_file("OrdersStalled", read(root / "OrdersStalled.yml"), [Moment("5m", []), firing], ["15m"])
    document = yaml.safe_load(text)
    assert document["rule_files"] == ["shop-orders-stalled.yml"]
    fires, quiet = document["tests"]
    assert fires["alert_rule_test"] == [
        {"eval_time": "5m", "alertname": "OrdersStalled"},
        {
            "eval_time": "15m",
            "alertname": "OrdersStalled",
            "exp_alerts": [{"exp_labels": {"severity": "critical"}, "exp_annotations": {"summary": "x"}}],
        },
    ]
    assert quiet["alert_rule_test"] == [{"eval_time": "15m", "alertname": "OrdersStalled"}]


def test_a_description_can_not_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read: Is a directory"):
        read(tmp_path)
