"""A change of configuration takes effect without a restart and without a missed scrape."""

import json
import re
import shutil
import subprocess
import time

from tests.e2e.system import CHANGES, System
from tests.support.waiting import eventually

INTERVAL = CHANGES["prometheus"]["scrapeIntervalSeconds"]


def test_a_changed_rule_takes_effect_in_the_same_container_without_a_gap(system: System) -> None:
    before = system.ids()
    started = time.time()
    system.limit_errors(7.25)
    assert "7.25" not in system.rule_queries()
    system.monitor("up")
    assert "7.25" in system.rule_queries()

    replaced = {part for part, container in system.ids().items() if before.get(part) != container}
    assert replaced == {"prometheus-reloader"}
    time.sleep(2 * INTERVAL)
    watched = int(time.time() - started) + INTERVAL
    gaps = {target: gap for target, gap in system.gaps(watched).items() if gap > 1.5 * INTERVAL}
    assert not gaps
    assert system.changes() == {}


def test_a_changed_receiver_takes_effect_in_the_same_container(system: System) -> None:
    before = system.ids()
    notifications = system.settings()["notifications"]
    system.configure({"notifications": {**notifications, "slack": {"channel": "#elsewhere"}}})
    system.monitor("up")
    assert "#elsewhere" in system.get("alertmanager", "/api/v2/status")["config"]["original"]
    assert {part for part, container in system.ids().items() if before.get(part) != container} == {
        "alertmanager-reloader"
    }


def test_a_changed_connection_replaces_the_exporter_alone(system: System) -> None:
    before = system.ids()
    system.configure({"postgres": {**system.settings()["postgres"], "database": "postgres"}})
    system.monitor("up")
    assert {part for part, container in system.ids().items() if before.get(part) != container} == {"postgres-exporter"}
    eventually(lambda: system.query("pg_up == 1"), seconds=30, what="the exporter's connection")


def test_a_wrong_setting_stops_before_anything_changes(system: System) -> None:
    before = {part: container.id for part, container in system.containers().items()}
    prometheus = system.settings()["prometheus"]
    system.configure({"prometheus": {**prometheus, "memoryMb": -5}})
    try:
        result = system.monitor("up", ok=False)
    finally:
        system.configure({"prometheus": prometheus})
    assert result.returncode == 1
    assert "prometheus.memoryMb: input should be greater than or equal to 6, got -5" in result.stdout + result.stderr
    assert {part: container.id for part, container in system.containers().items()} == before


def test_rules_that_the_server_refuses_leave_the_old_ones_in_force(system: System) -> None:
    """Nothing here but Prometheus itself reads PromQL."""
    before, queries = system.ids(), system.rule_queries()
    rules = system.root / "teams" / "shop" / "rules" / "wrong.yml"
    rules.parent.mkdir(parents=True)
    wrong = {"alert": "Wrong", "expr": "rate(up)", "labels": {"severity": "info", "team": "shop"}}
    rules.write_text(json.dumps({"groups": [{"name": "wrong", "rules": [wrong]}]}))
    try:
        result = system.monitor("up", ok=False)
    finally:
        shutil.rmtree(system.root / "teams" / "shop")
    told = result.stderr.splitlines()[-1]
    assert "prometheus refuses its new configuration and goes on with the old" in told
    assert "expected type range vector" in told
    assert system.rule_queries() == queries
    assert system.ids()["prometheus"] == before["prometheus"]
    system.monitor("up")
    assert system.health()["healthy"]


def test_an_image_that_cannot_be_had_leaves_what_runs_alone(system: System) -> None:
    before = system.ids()
    system.configure({"imageRegistry": "nowhere.invalid"})
    try:
        result = system.monitor("up", ok=False)
    finally:
        system.configure({"imageRegistry": None})
    assert result.returncode == 1
    # images are fetched side by side, and Pulumi stops at the first failure: which one that is, is chance
    assert re.search(r"image 'nowhere\.invalid/\S+' ", result.stderr.splitlines()[-1]), result.stderr
    assert system.ids() == before
    system.monitor("up")
    assert system.ids() == before


def test_nothing_has_drifted(system: System) -> None:
    assert system.changes(refresh=True) == {}


def test_a_container_removed_by_hand_is_seen_and_put_right(system: System) -> None:
    subprocess.run(
        ["docker", "rm", "-fv", f"autonomica-{system.stack}-blackbox-exporter"], check=True, capture_output=True
    )
    health = system.health()
    assert "blackbox-exporter" in str(health["problems"])
    assert system.changes(refresh=True) == {"create": 1}
    system.monitor("up")
    assert system.health()["healthy"]
