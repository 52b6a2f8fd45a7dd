"""Does the monitoring see what there is? Compares the engine's containers and Prometheus's targets with its samples."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ValidationError

from ops.errors import OpsError
from ops.health.engine import RunningContainer
from ops.health.model import Problem, SeenContainers, TargetState

# the exporter of container metrics; its job is called what people's rules select these metrics by
JOB, PART = "cadvisor", "container-exporter"
MEASURED = f'group by (name) (container_last_seen{{job="{JOB}"}})'
SAMPLES = "scrape_samples_post_metric_relabeling"
# what is known of each service: whether it is there, and which of the three that its alerts need
MEASURES = ("requests", "errors", "latency")
_RECORDS = {
    "up": "service:up:max5m",
    "requests": "service:requests:rate5m",
    "errors": "service:errors:rate5m",
    "latency": 'service:request_duration_seconds_bucket:rate5m{le!="+Inf"}',
}
SERVICES = "group by (service, measured) ({})".format(
    " or ".join(f'label_replace({record}, "measured", "{name}", "service", ".*")' for name, record in _RECORDS.items())
)
LOGINS = 'redis_exporter_last_scrape_error{err=~"NOAUTH.*|WRONGPASS.*|ERR AUTH.*|.*invalid password.*"} == 1'
# between the start of a container and a list of containers that has it
_START_SECONDS = 2.0
_SHOWN = 5


class _Series(BaseModel):
    metric: dict[str, str]
    value: tuple[float, str]


class _Data(BaseModel):
    result: tuple[_Series, ...]


class _Answer(BaseModel):
    data: _Data


def _series(answer: Mapping[str, object]) -> tuple[_Series, ...]:
    try:
        return _Answer.model_validate(answer).data.result
    except ValidationError as error:
        raise OpsError(f"a query isn't answered as expected: {error.errors()[0]['msg']}") from None


def read_measured(answer: Mapping[str, object]) -> frozenset[str]:
    """Names of the containers that have metrics; the instant query `MEASURED`."""
    return frozenset(series.metric.get("name", "") for series in _series(answer))


def read_samples(answer: Mapping[str, object]) -> dict[tuple[str, str], float]:
    """Samples that came with the last scrape, by job and instance; the instant query `SAMPLES`."""
    return {
        (series.metric.get("job", ""), series.metric.get("instance", "")): float(series.value[1])
        for series in _series(answer)
    }


def read_services(answer: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """What is measured of each service; the instant query `SERVICES`."""
    known: dict[str, set[str]] = {}
    for series in _series(answer):
        known.setdefault(series.metric.get("service", ""), set()).add(series.metric.get("measured", ""))
    return {name: tuple(each for each in MEASURES if each in known[name]) for name in sorted(known) if name}


def login_problems(answer: Mapping[str, object]) -> list[Problem]:
    """Servers that ask for a login, or refuse it; the instant query `LOGINS`."""
    problems = []
    for series in _series(answer):
        exporter = series.metric.get("instance", "").partition(":")[0]
        key = f"redisPassword{exporter.removeprefix('redis-exporter')}"
        reason = f"Redis asks for a login: {series.metric.get('err', '')}"
        problems.append(
            Problem("metrics", exporter, reason, f"monitor pulumi -- config set --secret {key}, and make up")
        )
    return problems


def sample_problems(
    targets: Sequence[TargetState], samples: Mapping[tuple[str, str], float], expected_jobs: Sequence[str]
) -> list[Problem]:
    """Targets that answer, and of which nothing arrives all the same. Those that are down are said elsewhere."""
    problems = []
    for target in targets:
        if target.job not in expected_jobs or target.health != "up":
            continue
        subject = f"{target.job}/{target.instance}"
        count = samples.get((target.job, target.instance))
        if count is None:
            reason = "is scraped, but Prometheus stores nothing of it: is its disk full?"
            problems.append(Problem("metrics", subject, reason, "look at Prometheus's log"))
        elif count == 0:
            problems.append(Problem("metrics", subject, "answers, but without a single metric", "look at its log"))
    return problems


def seen_containers(
    stack: str,
    running: Sequence[RunningContainer],
    measured: frozenset[str],
    targets: Sequence[TargetState],
    started: Callable[[str], float | None],
) -> SeenContainers | None:
    """What runs on the engine against what has metrics; None where the exporter wasn't scraped yet, or is down.

    Args:
        stack: its own parts are watched, and what belongs to no monitoring; another's parts are left to that.
        running: what the engine runs.
        measured: names that have metrics.
        targets: Prometheus's; what started after the exporter's last scrape can't be in it.
        started: the engine's answer to when a container was started.
    """
    scrapes = [target.last_scrape for target in targets if target.job == JOB and target.health == "up"]
    if not scrapes:
        return None
    last = max(datetime.fromisoformat(scrape).timestamp() for scrape in scrapes)
    watched = [container for container in running if container.stack in ("", stack)]

    def was_there(container: RunningContainer) -> bool:
        since = started(container.id)
        return since is not None and since + _START_SECONDS < last

    unseen = [container.name for container in watched if container.name not in measured and was_there(container)]
    return SeenContainers(running=len(watched), unseen=tuple(sorted(unseen)))


def seen_problems(seen: SeenContainers | None, containers: Mapping[str, str]) -> list[Problem]:
    """Containers without metrics: no alert can tell of them.

    Args:
        containers: part -> container name, from the stack's outputs.
    """
    if seen is None or not seen.unseen:
        return []
    names = ", ".join(seen.unseen[:_SHOWN])
    more = f" and {len(seen.unseen) - _SHOWN} more" if len(seen.unseen) > _SHOWN else ""
    reason = (
        f"{len(seen.unseen)} of {seen.running} running containers have no metrics, so no alert: {names}{more};"
        " docs/runbooks/ContainerMetricsMissing.md"
    )
    exporter = containers.get(PART)
    return [Problem("metrics", "containers", reason, f"docker logs --tail 50 {exporter}" if exporter else None)]
