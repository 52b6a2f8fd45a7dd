"""Health, judged on answers recorded from real servers."""

import json
from collections.abc import Callable, Mapping
from io import StringIO

import pytest
from rich.console import Console

from ops.errors import OpsError
from ops.health import alertmanager, engine, prometheus, sight
from ops.health.check import check
from ops.health.engine import Inspected, Made, RunningContainer
from ops.health.model import ContainerState, Health, SeenContainers, TargetState
from ops.health.show import show
from ops.health.wait import wait_until
from ops.outputs import Outputs
from ops.state import CONTAINER, NETWORK, VOLUME
from tests.ops.conftest import recorded

OUTPUTS = Outputs.parse(
    "dev",
    {
        "urls": {"prometheus": "http://p/", "alertmanager": "http://a"},
        "containers": {"prometheus": "autonomica-dev-prometheus", "api": "autonomica-dev-demo-api"},
        "expectedJobs": ["api", "redis"],
    },
)


class FakeEngine:
    host = "unix:///fake.sock"

    def __init__(self, containers: list[Inspected] | None = None, running: Mapping[str, float] | None = None) -> None:
        self._containers = containers
        self._running = running or {}
        self.there: list[Made] = []

    def version(self) -> str:
        if self._containers is None:
            raise OpsError("the Docker engine at unix:///fake.sock doesn't answer: gone")
        return "20.10"

    def containers(self, stack: str) -> list[Inspected]:
        assert stack == "dev"
        return self._containers or []

    def made(self, _stack: str) -> list[Made]:
        return self.there

    def running(self) -> list[RunningContainer]:
        return [RunningContainer(id=name, name=name, stack="") for name in self._running]

    def started(self, container_id: str) -> float | None:
        return self._running[container_id]


def vector(*series: Mapping[str, str]) -> Mapping[str, object]:
    return {"data": {"result": [{"metric": labels, "value": [1.0, labels.get("value", "5")]} for labels in series]}}


SAMPLES = vector({"job": "alertmanager", "instance": "alertmanager:9093"}, {"job": "api", "instance": "api:8080"})


MEASURED = [
    *({"service": "api", "measured": name} for name in ("latency", "errors", "requests", "up")),
    {"service": "web", "measured": "up"},
]


def fetch_recorded(url: str, params: Mapping[str, str]) -> object:
    if "query" in params and params["query"] != prometheus.FAILED_NOTIFICATIONS:
        return {
            sight.SAMPLES: SAMPLES,
            sight.MEASURED: vector({"name": "api"}),
            sight.SERVICES: vector(*MEASURED),
            sight.LOGINS: vector(),
        }[params["query"]]
    names = {
        "http://p/api/v1/targets?state=active": "targets",
        "http://p/api/v1/rules": "rules",
        "http://p/api/v1/query": "failed_notifications",
        "http://a/api/v2/status": "status",
        "http://a/api/v2/receivers": "receivers",
    }
    return recorded(names[url])


def fetch_nothing(url: str, _params: Mapping[str, str]) -> object:
    raise OpsError(f"doesn't answer at {url}: connection refused")


def container(**changes: object) -> ContainerState:
    base: dict[str, object] = {
        "part": "api",
        "name": "c",
        "role": "service",
        "state": "running",
        "health": "healthy",
        "restarts": 0,
        "exit_code": 0,
    }
    return ContainerState(**{**base, **changes})  # type: ignore[arg-type]


def reasons(*containers: ContainerState) -> list[str]:
    return [problem.reason for problem in engine.container_problems("dev", list(containers), {})]


def test_recorded_containers_are_read_as_docker_tells_them() -> None:
    service, restarting, carrier = (engine.read_container(one) for one in recorded("containers"))
    assert (service.part, service.name, service.role) == ("prometheus", "autonomica-dev-prometheus", "service")
    assert (service.state, service.health) == ("running", "unhealthy")
    assert restarting.state == "restarting"
    assert restarting.restarts > 0
    assert (carrier.role, carrier.state, carrier.health) == ("carrier", "created", None)


def test_a_container_is_well_when_it_does_what_its_role_says() -> None:
    assert (
        reasons(
            container(),
            container(health=None),
            container(role="carrier", state="created", health=None),
            container(role="oneshot", state="exited", exit_code=0, health=None),
        )
        == []
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "exited", "exit_code": 137}, "is exited (exit code 137), should be running"),
        ({"state": "restarting", "restarts": 7, "exit_code": 1}, "keeps restarting (7 times, last exit code 1)"),
        ({"state": "paused"}, "is paused (exit code 0), should be running"),
        ({"health": "starting"}, "is starting, its health check hasn't passed yet"),
        ({"health": "unhealthy"}, "is unhealthy"),
        ({"role": "oneshot", "state": "running"}, "hasn't finished yet"),
        ({"role": "oneshot", "state": "exited", "exit_code": 3}, "exited with exit code 3, should have ended with 0"),
        ({"role": "oneshot", "state": "created"}, "created with exit code 0, should have ended with 0"),
    ],
)
def test_what_isnt_well_is_said_with_its_reason(changes: dict[str, object], reason: str) -> None:
    assert reasons(container(**changes)) == [reason]


def test_a_container_that_was_removed_is_missed() -> None:
    (problem,) = engine.container_problems("dev", [], {"api": "autonomica-dev-demo-api"})
    assert (problem.subject, problem.reason, problem.next) == (
        "autonomica-dev-demo-api",
        "is gone (api)",
        "make up STACK=dev",
    )


def test_carriers_that_are_gone_are_said_and_are_no_problem() -> None:
    def made(kind: str, name: str, role: str = "") -> Made:
        return Made(kind=kind, id=name, name=name, role=role, created=0)

    docker = FakeEngine([])
    docker.there = [
        made(VOLUME, "prometheus-config", "files"),
        made(VOLUME, "viewer-files", "files"),
        made(VOLUME, "prometheus-data", "data"),
        made(CONTAINER, "viewer-files", "carrier"),
        made(NETWORK, "prometheus-config"),
    ]
    health = check(OUTPUTS, docker, fetch_recorded)
    assert health.absent["carriers"].startswith("prometheus-config: gone, as after `docker system prune`")
    assert health.absent["carriers"].endswith("`make up STACK=dev` makes them again")
    assert not [problem for problem in health.problems if "prometheus-config" in problem.subject]
    docker.there.append(made(CONTAINER, "prometheus-config", "carrier"))
    assert check(OUTPUTS, docker, fetch_recorded).absent == {}


def test_each_target_that_is_down_comes_with_prometheus_reason() -> None:
    targets = prometheus.read_targets(recorded("targets"))
    assert [target.health for target in targets] == ["down", "up", "up", "up"]
    (problem,) = prometheus.target_problems(targets, ["api"])
    assert problem.subject == "blackbox/blackbox-exporter:9115"
    assert "no such host" in problem.reason


@pytest.mark.parametrize(
    ("job", "error", "rule"),
    [
        (
            "node",
            'Get "http://172.16.90.1:9100/metrics": context deadline exceeded',
            "-d 172.16.90.1 -p tcp --dport 9100",
        ),
        (
            "docker",
            'Get "http://172.16.90.1:9323/metrics": dial tcp 172.16.90.1:9323: i/o timeout',
            "--dport 9323 -j ACCEPT",
        ),
        (
            "node",
            'Get "http://172.16.90.1:9100/metrics": dial tcp 172.16.90.1:9100: connect: no route to host',
            "INPUT",
        ),
        ("node", 'Get "http://172.16.90.1:9100/metrics": dial tcp 172.16.90.1:9100: connect: connection refused', None),
        ("api", 'Get "http://api:8080/metrics": context deadline exceeded', None),
        ("node", 'Get "http://shop-2:9100/metrics": context deadline exceeded', None),
    ],
)
def test_a_firewall_of_the_host_is_suspected_where_its_own_exporters_dont_answer(
    job: str, error: str, rule: str | None
) -> None:
    target = {"labels": {"job": job, "instance": "docker-host"}, "health": "down", "lastError": error}
    (problem,) = prometheus.target_problems(prometheus.read_targets({"data": {"activeTargets": [target]}}), [])
    assert problem.reason == error
    assert rule in problem.next if rule and problem.next else problem.next is rule


@pytest.mark.parametrize(
    "error",
    [
        "sample limit exceeded",
        "body size limit exceeded",
        "target_limit exceeded (number of targets: 1001, limit: 1000)",
        'label_value_length_limit exceeded (metric: a, label name: sql, value: "x", length: 9000, limit: 4096)',
    ],
)
def test_a_target_that_brings_too_much_is_not_called_down(error: str) -> None:
    target = {"labels": {"job": "api", "instance": "api:8080"}, "health": "down", "lastError": error}
    (problem,) = prometheus.target_problems(prometheus.read_targets({"data": {"activeTargets": [target]}}), ["api"])
    assert problem.reason == error
    assert problem.next
    assert problem.next.endswith("isn't down: docs/runbooks/ScrapeLimitExceeded.md")


def test_an_expected_job_without_target_and_a_target_not_scraped_yet_are_problems() -> None:
    answer = {"data": {"activeTargets": [{"labels": {"job": "a", "instance": "i"}, "health": "unknown"}]}}
    found = prometheus.target_problems(prometheus.read_targets(answer), ["a", "b"])
    assert [str(problem) for problem in found] == [
        "target a/i: hasn't been scraped yet",
        "target b: this job has no target",
    ]


def test_rules_and_firing_alerts_are_read() -> None:
    groups, alerts = prometheus.read_rules(recorded("rules"))
    assert {group.name for group in groups} == {"application", "system"}
    assert prometheus.rule_problems(groups) == []
    assert {alert.name for alert in alerts} == {"InstanceDown"}
    assert all(alert.severity == "critical" and alert.since and alert.summary for alert in alerts)


def test_the_dead_mans_switch_is_no_alert() -> None:
    answer = recorded("rules")
    answer["data"]["groups"][0]["rules"].append(
        {"name": "Watchdog", "health": "ok", "alerts": [{"state": "firing", "labels": {}, "annotations": {}}]}
    )
    _, alerts = prometheus.read_rules(answer)
    assert {alert.name for alert in alerts} == {"InstanceDown"}


def test_a_rule_that_doesnt_evaluate_is_a_problem() -> None:
    answer = recorded("rules")
    answer["data"]["groups"][0]["rules"][0] |= {"health": "err", "lastError": "many-to-many matching"}
    groups, _ = prometheus.read_rules(answer)
    (problem,) = prometheus.rule_problems(groups)
    assert "many-to-many matching" in problem.reason


def test_no_rules_at_all_is_a_problem() -> None:
    assert prometheus.rule_problems([])


def test_alertmanager_is_read() -> None:
    state = alertmanager.read_alertmanager(recorded("status"), recorded("receivers"))
    assert (state.version, state.cluster) == ("0.28.1", "disabled")
    assert state.receivers == ("critical", "info", "warning")
    assert alertmanager.alertmanager_problems(state) == []


def test_an_alertmanager_without_receivers_or_settling_is_a_problem() -> None:
    status = {"cluster": {"status": "settling"}, "versionInfo": {}}
    assert len(alertmanager.alertmanager_problems(alertmanager.read_alertmanager(status, []))) == 2


def test_everything_together_finds_each_trouble_once() -> None:
    seen = check(OUTPUTS, FakeEngine(recorded("containers")), fetch_recorded)
    assert sorted((problem.area, problem.subject) for problem in seen.problems) == [
        ("container", "autonomica-dev-demo-api"),
        ("container", "autonomica-dev-demo-postgres"),
        ("container", "autonomica-dev-prometheus"),
        ("notifications", "email"),
        ("target", "blackbox/blackbox-exporter:9115"),
        ("target", "redis"),
    ]
    assert not seen.healthy
    assert "notifications" not in {problem.area for problem in seen.unready}


def test_what_doesnt_answer_is_a_problem_and_the_rest_is_still_looked_at() -> None:
    seen = check(OUTPUTS, FakeEngine(None), fetch_nothing)
    assert {problem.area for problem in seen.problems} == {"engine", "prometheus", "alertmanager"}
    seen = check(OUTPUTS, FakeEngine(None), fetch_recorded)
    assert seen.targets
    assert seen.alertmanager


def test_the_json_document_is_stable() -> None:
    document = json.loads(json.dumps(check(OUTPUTS, FakeEngine(recorded("containers")), fetch_recorded).as_json()))
    assert set(document) == {
        "healthy", "stack", "engine", "containers", "targets", "seen_containers", "rule_groups", "alertmanager",
        "failed_notifications", "alerts", "problems", "absent", "services",
    }  # fmt: skip
    assert set(document["problems"][0]) == {"area", "subject", "reason", "next"}
    assert set(document["targets"][0]) == {"job", "instance", "health", "last_error", "last_scrape"}
    assert set(document["containers"][0]) == {
        "part", "name", "role", "state", "health", "restarts", "exit_code",
    }  # fmt: skip


def target(job: str, health: str = "up", scraped: str = "2026-11-27T17:00:00.123456789Z") -> TargetState:
    return TargetState(job=job, instance=f"{job}:1", health=health, last_error="", last_scrape=scraped)


SCRAPED = 1795798800.0  # 2026-11-27T17:00:00Z


def seen(
    running: list[RunningContainer], measured: set[str], targets: list[TargetState], started: Mapping[str, float | None]
) -> SeenContainers | None:
    return sight.seen_containers("dev", running, frozenset(measured), targets, lambda key: started[key])


def runs(name: str, stack: str = "") -> RunningContainer:
    return RunningContainer(id=name, name=name, stack=stack)


def test_a_running_container_without_metrics_is_missed_unless_it_started_after_the_last_scrape() -> None:
    found = seen(
        [runs("seen"), runs("unseen"), runs("new"), runs("gone"), runs("ours", "dev"), runs("theirs", "prod")],
        {"seen"},
        [target("cadvisor"), target("node", scraped="2026-11-27T18:00:00Z")],
        {"unseen": SCRAPED - 60, "new": SCRAPED - 1, "gone": None, "ours": SCRAPED - 60},
    )
    assert found == SeenContainers(running=5, unseen=("ours", "unseen"))
    (problem,) = sight.seen_problems(found, {"container-exporter": "autonomica-dev-container-exporter"})
    assert problem.reason == (
        "2 of 5 running containers have no metrics, so no alert: ours, unseen; docs/runbooks/ContainerMetricsMissing.md"
    )
    assert problem.next == "docker logs --tail 50 autonomica-dev-container-exporter"


def test_many_that_are_missed_are_one_problem() -> None:
    names = [f"c{number}" for number in range(9)]
    found = seen([runs(name) for name in names], set(), [target("cadvisor")], dict.fromkeys(names, 0.0))
    (problem,) = sight.seen_problems(found, {})
    assert "9 of 9 running containers have no metrics, so no alert: c0, c1, c2, c3, c4 and 4 more;" in problem.reason
    assert problem.next is None


@pytest.mark.parametrize("health", ["down", "unknown"])
def test_before_the_exporter_was_scraped_nothing_is_known_of_containers(health: str) -> None:
    assert seen([runs("a")], set(), [target("cadvisor", health)], {}) is None
    assert seen([runs("a")], set(), [], {}) is None
    assert sight.seen_problems(None, {}) == []


def test_all_that_runs_is_seen() -> None:
    found = seen([runs("a")], {"a", "b"}, [target("cadvisor")], {})
    assert found == SeenContainers(running=1, unseen=())
    assert sight.seen_problems(found, {}) == []


def test_an_expected_target_that_answers_without_samples_is_a_problem() -> None:
    targets = [target(job) for job in ("full", "empty", "lost", "restarting")] + [target("away", "down")]
    answer = vector({"job": "full", "instance": "full:1"}, {"job": "empty", "instance": "empty:1", "value": "0"})
    problems = sight.sample_problems(targets, sight.read_samples(answer), ["full", "empty", "lost", "away"])
    assert [str(problem) for problem in problems] == [
        "metrics empty/empty:1: answers, but without a single metric",
        "metrics lost/lost:1: is scraped, but Prometheus stores nothing of it: is its disk full?",
    ]


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"data": {"result": [{"metric": {}}]}}])
def test_a_query_that_isnt_answered_as_expected_is_said(answer: Mapping[str, object]) -> None:
    with pytest.raises(OpsError, match="a query isn't answered as expected"):
        sight.read_measured(answer)


def test_a_blind_exporter_makes_the_whole_unhealthy() -> None:
    answer = recorded("targets")
    first = answer["data"]["activeTargets"][0]
    first["labels"] = {"job": "cadvisor", "instance": "container-exporter:8080"}

    def fetch(url: str, params: Mapping[str, str]) -> object:
        return answer if "targets" in url else fetch_recorded(url, params)

    found = check(OUTPUTS, FakeEngine([], {"api": 1.0, "db": 1.0}), fetch)
    assert found.seen_containers == SeenContainers(running=2, unseen=("db",))
    assert ("metrics", "containers") in {(problem.area, problem.subject) for problem in found.problems}
    assert ("metrics", "containers") in {(problem.area, problem.subject) for problem in found.unready}


def wait_with(looks: list[list[ContainerState]], seconds: float) -> tuple[Health, list[str], int]:
    told: list[str] = []
    now = [0.0]
    turn = [0]

    def look() -> Health:
        found = looks[min(turn[0], len(looks) - 1)]
        turn[0] += 1
        health = check(OUTPUTS, FakeEngine([]), fetch_recorded)
        health.problems = engine.container_problems("dev", found, {})
        return health

    def sleep(seconds: float) -> None:
        now[0] += seconds

    done: Callable[[Health], bool] = lambda health: health.healthy  # noqa: E731
    last = wait_until(look, done, seconds=seconds, say=told.append, clock=lambda: now[0], sleep=sleep)
    return last, told, turn[0]


def test_waiting_ends_as_soon_as_all_is_well_and_says_a_thing_once() -> None:
    starting = [container(health="starting")]
    health, told, looks = wait_with([starting, starting, [container()]], 90)
    assert health.healthy
    assert looks == 3
    assert told == ["  … waiting for container c"]


def test_waiting_ends_with_the_budget() -> None:
    health, _, looks = wait_with([[container(health="unhealthy")]], 5)
    assert not health.healthy
    assert looks == 6
    assert wait_with([[container(health="unhealthy")]], 0)[2] == 1


def test_what_is_measured_of_each_service_is_told() -> None:
    found = check(OUTPUTS, FakeEngine(recorded("containers")), fetch_recorded)
    assert found.services == {"api": ("requests", "errors", "latency"), "web": ()}
    output = StringIO()
    show(found, Console(file=output, width=200))
    assert "1 of 2 with requests, errors and latency; web without requests, errors, latency" in output.getvalue()


def test_a_server_that_asks_for_a_login_is_told_with_the_secret_that_it_takes() -> None:
    def fetch(url: str, params: Mapping[str, str]) -> object:
        if params.get("query") != sight.LOGINS:
            return fetch_recorded(url, params)
        return vector(*({"instance": f"redis-exporter{name}:9121", "err": "NOAUTH Authentication required."}
                        for name in ("", "-cache")))  # fmt: skip

    found = [problem for problem in check(OUTPUTS, FakeEngine([]), fetch).problems if "login" in problem.reason]
    assert [(each.subject, each.reason) for each in found] == [
        (name, "Redis asks for a login: NOAUTH Authentication required.")
        for name in ("redis-exporter", "redis-exporter-cache")
    ]
    assert [each.next for each in found] == [
        f"monitor pulumi -- config set --secret redisPassword{name}, and make up" for name in ("", "-cache")
    ]
