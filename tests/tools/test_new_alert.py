"""`make new-alert` with promtool: what it writes passes every test, a bad description writes nothing."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from config.prometheus.rules import rules
from ops import project as project_module
from tests.rules.proof import label_problems, runbook_problems, stories, story_problems
from tests.support.metrics import of_teams
from tests.support.rendered import promtool, promtool_tests, settings
from tests.tools.new_alert_checkout import complaints, describe, made, make_checkout, new_alert
from tools.mutation.mutants import mutants
from tools.mutation.runner import Trial, verdicts
from tools.mutation.suite import subjects

RULE, TEST = "teams/shop/rules/orders-stalled.yml", "teams/shop/tests/orders-stalled.yml"
RUNBOOK = "docs/runbooks/OrdersStalled.md"
SERIES = 'orders_open{service="orders"}'
GAUGE = {
    "expr": "orders_open > 85",
    "for": "1m",
    "keep_firing_for": None,
    "fires": {SERIES: "85x3 86x7 85x3"},
    "quiet": {SERIES: "85x20"},
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = make_checkout(tmp_path / "checkout")
    monkeypatch.setattr(project_module, "checkout", lambda: root)
    return root


def written(root: Path, changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """Write the alert; returns its rule as Prometheus reads it."""
    describe(root, changes)
    result = new_alert("OrdersStalled")
    assert result.exit_code == 0, result.output
    content = rules(settings("prod"), root / "teams")["shop-orders-stalled.yml"]
    rule: dict[str, Any] = yaml.safe_load(content)["groups"][0]["rules"][0]
    return rule


def passes(root: Path, folder: Path) -> None:
    """promtool on the files as `make rules` runs it."""
    for name, content in rules(settings("prod"), root / "teams").items():
        (folder / name).write_text(content)
    (folder / "test.yaml").write_text((root / TEST).read_text())
    result = promtool("test", "rules", "test.yaml", folder=folder)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_example_passes_everything_that_an_alert_must(root: Path, tmp_path: Path) -> None:
    rule = written(root)
    assert made(root) == {RULE, TEST, RUNBOOK}
    passes(root, tmp_path)
    tests = promtool_tests(root / "teams")["shop-orders-stalled"]
    assert list(label_problems(rule)) == []
    assert list(story_problems(rule, stories([tests], "OrdersStalled"))) == []
    assert list(runbook_problems(root / "docs" / "runbooks", ["OrdersStalled"])) == []


def test_what_is_said_when_it_is_written(root: Path) -> None:
    describe(root, GAUGE)
    result = new_alert("OrdersStalled")
    assert "fires at 2m of the samples, and says:" in result.stdout
    assert "  summary        orders takes hardly any orders\n" in result.stdout
    assert f"written: {RULE}\nwritten: {TEST}\nwritten: {RUNBOOK}\n" in result.stdout
    assert "make mutation AREA=shop-orders-stalled" in result.stdout


def test_samples_at_the_limit_make_a_test_that_notices_every_change(root: Path) -> None:
    written(root, {**GAUGE, "keep_firing_for": "1m", "fires": {SERIES: "85x3 86x7 85x20"}})
    files = {"shop-orders-stalled.yml": rules(settings("prod"), root / "teams")["shop-orders-stalled.yml"]}
    [subject] = subjects(files, {"test": (root / TEST).read_text()})
    found = list(mutants(subject.rule, subject.interval))
    trials = [Trial(subject.rule_file(mutant.rule), subject.tests) for mutant in found]
    assert [found[index].change for index, passed in verdicts(trials, jobs=2) if passed] == []


def test_the_times_of_the_test_are_the_limits(root: Path) -> None:
    written(root, GAUGE)
    fires, quiet = yaml.safe_load((root / TEST).read_text())["tests"]
    assert [(one["eval_time"], len(one.get("exp_alerts", []))) for one in fires["alert_rule_test"]] == [
        ("1m45s", 0), ("2m", 1), ("2m45s", 1), ("3m", 0),
    ]  # fmt: skip
    assert [one["eval_time"] for one in quiet["alert_rule_test"]] == ["2m", "5m"]


def test_one_that_fires_at_once_and_is_never_kept(root: Path, tmp_path: Path) -> None:
    written(root, {**GAUGE, "for": None, "fires": {SERIES: "86 85"}, "quiet": {SERIES: "85"}})
    passes(root, tmp_path)


def test_hostile_texts_come_out_as_they_went_in(root: Path, tmp_path: Path) -> None:
    text = 'a "b" \'c\' \\d ]\t: # <b> & % ünï 日本 }, {x="y"}'
    rule = written(root, {**GAUGE, "description": f"{text}\n{text}", "summary": text, "value": "]"})
    assert rule["annotations"]["description"] == f"{text}\n{text}"
    assert rule["annotations"]["summary"] == text
    passes(root, tmp_path)


def test_several_alerts_at_once_and_an_expression_of_several_lines(root: Path, tmp_path: Path) -> None:
    other = SERIES.replace('service="orders"', 'service="stock"')
    rule = written(
        root,
        {
            **GAUGE,
            "expr": "orders_open > 85\n  and\norders_open > << thresholds.system.cpu_percent >>\n",
            "service": "{{ $labels.service }}",
            "fires": {SERIES: "85x3 86x7 85x3", other: "85x3 87x7 85x3"},
        },
    )
    limit = settings("prod").thresholds.system.cpu_percent
    assert rule["expr"] == f"orders_open > 85\n  and\norders_open > {limit}"
    passes(root, tmp_path)
    assert f"and orders_open > {limit}'" in (root / RUNBOOK).read_text()
    fires, _ = yaml.safe_load((root / TEST).read_text())["tests"]
    assert {one["exp_labels"]["service"] for one in fires["alert_rule_test"][1]["exp_alerts"]} == {"orders", "stock"}


def test_metrics_that_nobody_knows_are_the_teams_own(root: Path) -> None:
    describe(root, GAUGE)
    assert "orders_open: exported by nothing known here" in new_alert("OrdersStalled").stdout
    assert of_teams(root / "teams") == {"orders_open"}


def test_metrics_that_are_known_are_not(root: Path) -> None:
    written(root)
    assert of_teams(root / "teams") == frozenset()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expr": "orders_open >"}, "this makes no valid rule: teams/shop/rules/orders-stalled.yml: "),
        ({"expr": "sum(orders_open"}, "parse error: unclosed left parenthesis"),
        ({"expr": "orders_open > << limit >>"}, "its << … >> can't be filled in: 'limit' is undefined"),
        ({"summary": "{{ $labls.service }}"}, 'undefined variable "$labls"'),
        ({"summary": "{{ $value | printf }}"}, "summary: promtool makes this of it: <error expanding template"),
        ({"dashboard": "shop"}, "dashboard: there is no 'shop' (dashboards: alerts, "),
        ({"service": "{{ $labels.nope }}"}, "service: the alert has none when it fires"),
        ({"fires": {SERIES: "ten"}}, "promtool can't run the samples: "),
        ({"fires": {"orders open": "1"}}, "promtool can't run the samples: "),
        ({"fires": {SERIES: "85x40"}}, "fires: the alert doesn't fire in 10m of these samples"),
        ({"fires": {SERIES: "86x3"}}, "fires: the alert doesn't fire in 45s of these samples"),
        ({"fires": {SERIES: "85x3 86x20"}}, "fires: the alert fires at 2m and doesn't resolve until the last"),
        ({"fires": {SERIES: "0x6000"}}, "6001 samples are too many to try; take a longer interval than 15s"),
        ({"quiet": {SERIES: "85x3 86x20"}}, "quiet: the alert fires at 2m of these samples; make them less bad"),
        ({"quiet": {SERIES: "85x3"}}, "quiet: these samples end at 45s, before the alert could have fired, at 2m"),
        (
            {"expr": "orders_open > 85 and ignoring (a) group_left () orders_open"},
            "this makes no valid rule: ",
        ),
        (
            {"expr": "orders_open > on (service) orders_limit",
             "fires": {SERIES: "1", 'orders_limit{service="orders",a="1"}': "0",
                       'orders_limit{service="orders",a="2"}': "0"}},
            "promtool can't run the samples: ",
        ),
    ],
)  # fmt: skip
def test_a_description_that_does_not_work_writes_nothing(changes: dict[str, Any], words: str, root: Path) -> None:
    describe(root, {**GAUGE, **changes})
    result = new_alert("OrdersStalled")
    [line] = complaints(result, result.exit_code)
    assert result.exit_code in {1, 2}
    assert words in line
    assert made(root) == set()


@pytest.mark.parametrize("path", [RULE, TEST, RUNBOOK])
def test_nothing_is_overwritten(path: str, root: Path) -> None:
    (root / path).parent.mkdir(parents=True)
    (root / path).write_text("groups: [{name: other, rules: []}]")
    describe(root, GAUGE)
    [line] = complaints(new_alert("OrdersStalled"), 2)
    assert line == f"there is {path} already; choose another name, or remove it"
    assert made(root) == {path}
