"""One look at everything. Asking is done here; judging is done in the modules beside this one."""

from collections.abc import Mapping

from ops.errors import OpsError
from ops.health import alertmanager, engine, prometheus, sight
from ops.health.engine import Engine
from ops.health.http_api import FetchJson, fetch_json
from ops.health.model import EngineState, Health, Problem
from ops.outputs import Outputs


def check(outputs: Outputs, docker: Engine, fetch: FetchJson = fetch_json) -> Health:
    """Look once. Whatever doesn't answer becomes a problem; the rest is still looked at."""
    health = Health(outputs.stack, EngineState(docker.host, None))
    _look_at_engine(health, docker, outputs)
    _look_at_prometheus(health, docker, fetch, outputs)
    _look_at_alertmanager(health, fetch, outputs)
    return health


def _look_at_engine(health: Health, docker: Engine, outputs: Outputs) -> None:
    try:
        health.engine = EngineState(docker.host, docker.version())
        health.containers = [engine.read_container(found) for found in docker.containers(outputs.stack)]
        if missing := engine.missing_carriers(docker.made(outputs.stack)):
            health.absent["carriers"] = (
                f"{', '.join(missing)}: gone, as after `docker system prune`; what they carried is still there and "
                f"nothing stops, `make up STACK={outputs.stack}` makes them again"
            )
    except OpsError as error:
        health.problems.append(engine.engine_problem(health.engine, str(error)))
        return
    health.problems += engine.container_problems(outputs.stack, health.containers, outputs.containers)


def _look_at_prometheus(health: Health, docker: Engine, fetch: FetchJson, outputs: Outputs) -> None:
    url = outputs.urls.get("prometheus")
    if url is None:
        health.problems.append(Problem("prometheus", "URL", "the stack's outputs don't name it"))
        return

    def query(expression: str) -> Mapping[str, object]:
        return _mapping(fetch(f"{url}/api/v1/query", {"query": expression}))

    try:
        health.targets = prometheus.read_targets(_mapping(fetch(f"{url}{prometheus.TARGETS}", {})))
        health.rule_groups, health.alerts = prometheus.read_rules(_mapping(fetch(f"{url}{prometheus.RULES}", {})))
        failed = query(prometheus.FAILED_NOTIFICATIONS)
        health.failed_notifications = prometheus.read_failed_notifications(failed)
        samples = sight.read_samples(query(sight.SAMPLES))
        measured = sight.read_measured(query(sight.MEASURED))
        health.services = sight.read_services(query(sight.SERVICES))
        logins = sight.login_problems(query(sight.LOGINS))
    except OpsError as error:
        health.problems.append(Problem("prometheus", url, str(error), _logs(outputs, "prometheus")))
        return
    health.problems += prometheus.target_problems(health.targets, outputs.expected_jobs)
    health.problems += sight.sample_problems(health.targets, samples, outputs.expected_jobs)
    health.problems += logins
    _look_whether_containers_are_seen(health, docker, measured, outputs)
    health.problems += prometheus.rule_problems(health.rule_groups)
    health.problems += prometheus.notification_problems(health.failed_notifications)


def _look_whether_containers_are_seen(
    health: Health, docker: Engine, measured: frozenset[str], outputs: Outputs
) -> None:
    if health.engine.version is None:
        return  # said already
    try:
        health.seen_containers = sight.seen_containers(
            outputs.stack, docker.running(), measured, health.targets, docker.started
        )
    except OpsError as error:
        health.problems.append(engine.engine_problem(health.engine, str(error)))
        return
    health.problems += sight.seen_problems(health.seen_containers, outputs.containers)


def _look_at_alertmanager(health: Health, fetch: FetchJson, outputs: Outputs) -> None:
    url = outputs.urls.get("alertmanager")
    if url is None:
        health.problems.append(Problem("alertmanager", "URL", "the stack's outputs don't name it"))
        return
    try:
        status = _mapping(fetch(f"{url}{alertmanager.STATUS}", {}))
        health.alertmanager = alertmanager.read_alertmanager(status, fetch(f"{url}{alertmanager.RECEIVERS}", {}))
    except OpsError as error:
        health.problems.append(Problem("alertmanager", url, str(error), _logs(outputs, "alertmanager")))
        return
    health.problems += alertmanager.alertmanager_problems(health.alertmanager)


def _logs(outputs: Outputs, part: str) -> str | None:
    name = outputs.containers.get(part)
    return f"docker logs --tail 50 {name}" if name else None


def _mapping(answer: object) -> Mapping[str, object]:
    return answer if isinstance(answer, dict) else {}
