"""Every rule of every stack is valid, and every alert is proved by a promtool test."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.prometheus.scrapes import scrapes
from config.prometheus.server import prometheus_config
from tests.rules.rendered import alerts, promtool, rendered, settings

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STACKS = ("dev", "staging", "prod")
TESTS = sorted(HERE.glob("*.yml"))
ALERTS = list(alerts(rendered("prod")))


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
    write(dict(prometheus_config(chosen, scrapes(chosen, ["shop"])).files), tmp_path)
    config = (tmp_path / "prometheus.yml").read_text().replace("/etc/prometheus", str(tmp_path))
    (tmp_path / "prometheus.yml").write_text(config)
    result = promtool("check", "config", "--lint=all", "--lint-fatal", "prometheus.yml", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("test", TESTS, ids=lambda path: path.stem)
def test_rules_do_what_their_tests_say(test: Path, tmp_path: Path) -> None:
    write(rendered("prod"), tmp_path)
    (tmp_path / f"{test.stem}_test.yml").write_text(test.read_text())
    result = promtool("test", "rules", f"{test.stem}_test.yml", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def cases(alert: str) -> list[dict[str, Any]]:
    return [
        case
        for test in TESTS
        for group in yaml.safe_load(test.read_text())["tests"]
        for case in group.get("alert_rule_test", [])
        if case["alertname"] == alert
    ]


@pytest.mark.parametrize("alert", [alert["alert"] for alert in ALERTS])
def test_every_alert_is_seen_to_fire_and_to_stay_quiet(alert: str) -> None:
    found = cases(alert)
    assert [case for case in found if case.get("exp_alerts")], "no test makes it fire"
    assert [case for case in found if not case.get("exp_alerts")], "no test sees it stay quiet"


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_says_who_what_and_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in {"critical", "warning", "info"}
    assert alert["labels"]["team"]
    assert {"summary", "description", "runbook_url"} <= set(alert["annotations"])
    assert (ROOT / alert["annotations"]["runbook_url"]).is_file(), "its runbook is not written"


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_runbook_says_what_a_tired_person_needs(alert: dict[str, Any]) -> None:
    text = (ROOT / alert["annotations"]["runbook_url"]).read_text()
    assert text.startswith(f"# {alert['alert']}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Meaning", "Impact", "Diagnose", "Mitigate"]
