"""Every rule of every stack is valid; every alert is proved by promtool tests, and says what to do."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.grafana.dashboards import dashboards
from config.prometheus.rules import rules
from config.prometheus.scrapes import scrapes
from config.prometheus.server import prometheus_config
from tests.rules.cases import write as write_cases
from tests.rules.proof import (
    annotation_problems,
    label_problems,
    name_problems,
    order_problems,
    runbook_problems,
    stories,
    story_problems,
)
from tests.support.documents import document
from tests.support.expressions import metric_names
from tests.support.metrics import rules_in
from tests.support.panel_queries import resolved
from tests.support.rendered import alerts, promtool, promtool_tests, rendered, settings

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"
STACKS = ("dev", "staging", "prod")
TESTS = promtool_tests()
RULES = rendered("prod")
ALERTS = list(alerts(RULES))


def name(rule: dict[str, Any]) -> str:
    labels = rule.get("labels") or {}
    return "-".join(filter(None, (rule["alert"], labels.get("severity"), labels.get("window"))))


def write(files: dict[str, str], folder: Path) -> list[str]:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return sorted(files)


@pytest.mark.parametrize("stack", STACKS)
def test_rules_are_valid_and_free_of_lint(stack: str, tmp_path: Path) -> None:
    names = write(rendered(stack), tmp_path)
    result = promtool("check", "rules", "--lint=all", "--lint-fatal", *names, folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("stack", STACKS)
def test_the_whole_configuration_is_valid(stack: str, tmp_path: Path) -> None:
    chosen = settings(stack)
    write(dict(prometheus_config(chosen, scrapes(chosen, ["shop"]), rules(chosen)).files), tmp_path)
    config = (tmp_path / "prometheus.yml").read_text().replace("/etc/prometheus", str(tmp_path))
    (tmp_path / "prometheus.yml").write_text(config)
    result = promtool("check", "config", "--lint=all", "--lint-fatal", "prometheus.yml", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("test", TESTS)
def test_rules_do_what_their_tests_say(test: str, tmp_path: Path) -> None:
    result = promtool("test", "rules", *write_cases(TESTS[test], RULES, tmp_path), folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("SUCCESS") == len(document(TESTS[test])["tests"])


def test_rules_fit_the_postgres_exporter_of_today_too(tmp_path: Path) -> None:
    """What the tests say, as 0.20 says it: without `server`, and the process id has a label of its own."""
    today = re.sub(r'server="[^"]*",\s*|,\s*server="[^"]*"', "", TESTS["postgres"])
    changed = yaml.safe_load(re.sub(r'slot_name="(\d+)"', r'slot_name="", pid="\1"', today))
    for moment in (moment for case in changed["tests"] for moment in case.get("alert_rule_test", ())):
        for alert in moment.get("exp_alerts") or ():
            alert["exp_labels"].pop("server", None)
    today = yaml.safe_dump(changed)
    assert 'server="' not in today
    assert 'pid="' in today
    result = promtool("test", "rules", *write_cases(today, RULES, tmp_path), folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("test", TESTS)
def test_nothing_is_left_to_the_order_of_evaluation(test: str) -> None:
    assert list(order_problems(TESTS[test], RULES)) == []


@pytest.mark.parametrize("rule", ALERTS, ids=name)
def test_every_alert_is_seen_to_fire_to_stay_quiet_and_to_resolve(rule: dict[str, Any]) -> None:
    assert list(story_problems(rule, stories(TESTS.values(), rule["alert"]))) == []


@pytest.fixture(scope="module")
def variables() -> dict[str, set[str]]:
    """Names of the variables of each dashboard."""
    return {
        dashboard.uid: {variable["name"] for variable in dashboard.model()["templating"]["list"]}
        for dashboard in dashboards(settings("prod"))
    }


@pytest.mark.parametrize("rule", ALERTS, ids=name)
def test_every_alert_says_whose_it_is_what_is_wrong_and_where_to_look(
    rule: dict[str, Any], variables: dict[str, set[str]]
) -> None:
    assert [*label_problems(rule), *annotation_problems(rule, variables)] == []


def leaves(names: frozenset[str], records: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Metrics that are scraped, out of names of metrics and of recorded series."""
    return frozenset().union(*(leaves(records[name], records) if name in records else {name} for name in names))


def test_every_alerts_link_opens_a_dashboard_that_shows_its_metric() -> None:
    records: dict[str, frozenset[str]] = {}
    for content in RULES.values():
        for rule in rules_in(content):
            if "record" in rule:
                read = metric_names(rule["expr"]) - {rule["record"]}
                records[rule["record"]] = records.get(rule["record"], frozenset()) | read
    shown = {
        dashboard.uid: leaves(
            frozenset[str]().union(
                *(
                    metric_names(resolved(target["expr"]))
                    for panel in dashboard.model()["panels"]
                    for target in panel.get("targets", ())
                )
            ),
            records,
        )
        for dashboard in dashboards(settings("prod"))
    }
    # of these an alert says something else than what they are about: all of them would be shown everywhere
    beside = {"up", "ALERTS"}
    unseen = []
    for rule in ALERTS:
        uid = rule["annotations"]["dashboard_url"].partition("/d/")[2].partition("?")[0]
        read = leaves(metric_names(rule["expr"]), records)
        if not (read - beside or read) & shown[uid]:
            unseen.append(f"{name(rule)}: {uid} shows none of {', '.join(sorted(read))}")
    assert unseen == []


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert list(runbook_problems(RUNBOOKS, {rule["alert"] for rule in ALERTS})) == []


def test_alerts_of_one_name_are_steps_of_one_thing() -> None:
    assert list(name_problems(ALERTS, list(TESTS.values()))) == []
