"""From an event to the pages it makes: series, the rules' critical alerts over time, the groups that a person is sent.

promtool evaluates prod's rules over what would be scraped; a real Alertmanager gets their alerts in the same order and
pace, fifteen times as fast. One event is at most two pages, and its end is none.
"""

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

import pytest
import yaml

from config.parts import expected_containers
from config.prometheus.rules import rules
from config.settings.stack import Settings
from tests.routing.live import Alertmanager, Sink, settings_for
from tests.support.rendered import promtool, settings
from tests.support.waiting import eventually

# the sink's module switches this warning off; the test runner switches it on again
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

STEP = 15  # seconds between scrapes, and evaluations
BEGIN, END, LAST = 40, 80, 120  # in steps: the event lasts 10 minutes
FASTER = 15
LONGEST_PAUSE = 90  # seconds: what lies further apart doesn't meet; longer than any group waits

SERVICES = {"api": "api:8080", "frontend": "frontend:3000", "worker": "worker:8080"}
PROBES = {"api": "https://api.autonomica.ai/healthz", "frontend": "https://www.autonomica.ai/"}
JOBS = ("alertmanager", "blackbox", "cadvisor", "docker", "grafana", "postgres", "prometheus", "redis", "viewer")


def prod() -> Settings:
    """The committed settings, with the databases' containers and another host."""
    return settings(
        "prod",
        containers=["api", "frontend", "worker", "postgres", "redis", "cron"],
        hosts=[{"name": "shop-2", "address": "10.0.0.2:9100"}],
    )


@dataclass(frozen=True)
class Event:
    """What happens for some time, and what is sent about it.

    Attributes:
        pages: names of the critical alerts of which somebody is told.
        down: services whose targets don't answer.
        unreachable: services whose probes fail.
        failing: services of which every request or job fails.
        gone: containers that aren't there.
        others: further series while it lasts, those that end are None.
        steps: for how long.
    """

    pages: frozenset[str] = frozenset()
    down: tuple[str, ...] = ()
    unreachable: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    others: Mapping[str, float | None] = field(default_factory=dict)
    steps: int = END - BEGIN


ALL = tuple(SERVICES)
DISCOVERY = 'prometheus_sd_refresh_{}{{mechanism="docker",job="prometheus",host="prod",instance="prometheus:9090"}}'
EVENTS = {
    "docker stop api": Event(
        pages=frozenset({"ServiceDown", "ErrorRateHigh"}),
        down=("api",), unreachable=("api", "frontend"), failing=("frontend",), gone=("api",),
    ),
    "a container that nobody scrapes is gone": Event(pages=frozenset({"ContainerMissing"}), gone=("cron",)),
    "compose down of the shop": Event(
        pages=frozenset({"ServiceDown"}), down=ALL, unreachable=("api", "frontend"), gone=ALL,
    ),
    "another host is gone": Event(
        pages=frozenset({"HostDown", "ErrorRateHigh"}),
        # the last of its targets is asked a good while after the first
        others={
            'up{job="file",service="billing",host="shop-2",instance="billing:9000"}': 0,
            'up{job="node",host="shop-2",instance="shop-2"}': 0,
        },
        failing=("api", "frontend"), unreachable=("frontend",),
    ),
    "its exporter is gone": Event(others={'up{job="node",host="shop-2",instance="shop-2"}': 0}),
    "PostgreSQL is down": Event(
        pages=frozenset({"PostgresDown", "ErrorRateHigh"}),
        failing=ALL, unreachable=("api", "frontend"), gone=("postgres",),
        others={'pg_up{job="postgres",host="prod",instance="postgres-exporter:9187"}': 0},
    ),
    "Redis is down": Event(
        pages=frozenset({"RedisDown", "ErrorRateHigh"}), failing=("api", "worker"), gone=("redis",),
        others={'redis_up{job="redis",host="prod",instance="redis-exporter:9121"}': 0},
    ),
    "the Docker daemon is down": Event(
        pages=frozenset({"DockerDaemonDown"}), gone=tuple(expected_containers(prod())),
        others={
            'up{job="docker",host="prod",instance="prod"}': 0,
            DISCOVERY.format("failures_total"): 1,
        },
    ),
    "the monitoring has lost the services' network": Event(
        pages=frozenset({"ServiceDown"}), down=ALL, unreachable=("api", "frontend"),
    ),
    "the way in is closed": Event(pages=frozenset({"ProbeFailing"}), unreachable=("api", "frontend")),
    "everything fails": Event(
        pages=frozenset({"ErrorRateHigh"}), failing=ALL, unreachable=("api", "frontend"),
    ),
    "one of two instances": Event(others={'up{job="file",service="web",host="prod",instance="web-2:80"}': 0}),
    "half a minute without an answer": Event(
        down=("api",), unreachable=("api", "frontend"), failing=("frontend",), gone=("api",), steps=2,
    ),
    "a deployment of the monitoring": Event(
        others={f'up{{job="{job}",host="prod",instance="{job}"}}': 0 for job in JOBS},
        gone=tuple(name for name, kind in expected_containers(prod()).items() if kind == "monitoring"),
        steps=6,
    ),
}  # fmt: skip


def series(event: Event) -> Iterator[dict[str, str]]:
    """Everything that is scraped before, during and after an event."""
    during = range(BEGIN, BEGIN + event.steps)
    states: dict[str, float | None] = {}
    for service, address in SERVICES.items():
        states[f'up{{job="{service}",service="{service}",host="prod",instance="{address}"}}'] = (
            0 if service in event.down else 1
        )
    for service, url in PROBES.items():
        states[f'probe_success{{job="probe",service="{service}",host="prod",instance="{url}"}}'] = (
            0 if service in event.unreachable else 1
        )
    states |= {f'up{{job="{job}",host="prod",instance="{job}"}}': 1 for job in JOBS if job != "docker"}
    states |= {f'up{{job="node",host="{host}",instance="{host}"}}': 1 for host in ("prod", "shop-2")}
    states |= {f'up{{job="file",service="web",host="prod",instance="web-{number}:80"}}': 1 for number in (1, 2)}
    states['up{job="docker",host="prod",instance="prod"}'] = 1
    states['up{job="file",service="billing",host="shop-2",instance="billing:9000"}'] = 1
    states['up{job="probe",service="api",host="prod",instance="https://api.autonomica.ai/healthz"}'] = 1
    states['pg_scrape_collector_success{job="postgres",host="prod",instance="postgres-exporter:9187",'
           'collector="stat_database"}'] = 1  # fmt: skip
    states['pg_up{job="postgres",host="prod",instance="postgres-exporter:9187"}'] = 1
    states['redis_up{job="redis",host="prod",instance="redis-exporter:9121"}'] = 1
    for name in expected_containers(prod()):
        states[f'container_start_time_seconds{{job="cadvisor",host="prod",instance="c",name="{name}"}}'] = (
            None if name in event.gone else 1
        )
    counts = DISCOVERY.format("duration_seconds_count"), DISCOVERY.format("failures_total")
    for name, value in {**states, **event.others}.items():
        if name not in counts:
            yield {"series": name, "values": _values([value if step in during else 1 for step in range(LAST)])}
    fails = [step in during and counts[1] in event.others for step in range(LAST)]
    yield {"series": counts[0], "values": _values(accumulate([1] * LAST))}
    yield {"series": counts[1], "values": _values(accumulate(fails))}
    for service in SERVICES:
        metric, outcomes = (
            ('worker_jobs_total{{service="{}",host="prod",result="{}"}}', ("done", "failed"))
            if service == "worker"
            else ('http_requests_total{{service="{}",host="prod",status="{}"}}', ("200", "500"))
        )
        fails = [service in event.failing and step in during for step in range(LAST)]
        for outcome, now in zip(outcomes, ([not each for each in fails], fails), strict=True):
            values: list[float | None] = [150 * each for each in accumulate(now)]
            if service in event.down:
                values[BEGIN : BEGIN + event.steps] = [None] * event.steps
            yield {"series": metric.format(service, outcome), "values": _values(values)}


def _values(values: Iterable[float | None]) -> str:
    """As promtool reads them; a series that isn't there any more has ended, it isn't merely unseen."""
    found = list(values)
    return " ".join(
        f"{value:g}" if value is not None else "_" if before is None else "stale"
        for value, before in zip(found, [0, *found], strict=False)
    )


Labels = tuple[tuple[str, str], ...]


@pytest.fixture(scope="module")
def firing(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[set[Labels]]]:
    """For each event, the critical alerts that fire at each step, as promtool evaluates prod's rules."""
    folder = tmp_path_factory.mktemp("events")
    files = rules(prod())
    for name, content in files.items():
        (folder / name).write_text(content)
    groups = [group["name"] for content in files.values() for group in yaml.safe_load(content)["groups"]]
    # the one thing that promtool can't give but in what it finds wrong
    asked = {
        "rule_files": list(files),
        "evaluation_interval": f"{STEP}s",
        "group_eval_order": sorted(groups, key=lambda name: name == "slo"),
        "tests": [
            {
                "name": name,
                "interval": f"{STEP}s",
                "input_series": list(series(event)),
                "promql_expr_test": [
                    {
                        "expr": 'ALERTS{alertstate="firing",severity="critical"}',
                        "eval_time": f"{step * STEP}s",
                        "exp_samples": [{"labels": "none", "value": 1}],
                    }
                    for step in range(BEGIN, LAST)
                ],
            }
            for name, event in EVENTS.items()
        ],
    }
    (folder / "events.yml").write_text(json.dumps(asked))
    result = promtool("test", "rules", "events.yml", folder=folder)
    # one line for each step, of one event after the other
    steps = [
        {tuple(sorted(re.findall(r'(\w+)="([^"]*)"', alert))) for alert in re.findall(r"\{([^}]*)\}", line)}
        for line in (result.stdout + result.stderr).splitlines()
        if line.lstrip().startswith("got:")
    ]
    length = LAST - BEGIN
    assert len(steps) == length * len(EVENTS), result.stdout[:2000] + result.stderr[:2000]
    return {name: steps[index * length : (index + 1) * length] for index, name in enumerate(EVENTS)}


@pytest.fixture(scope="module")
def told(
    firing: dict[str, list[set[Labels]]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, list[str]]]:
    """For each event, the messages that somebody who is paged gets: each event is an environment of its own."""
    folder = tmp_path_factory.mktemp("alertmanager")
    sink = Sink(folder / "sink")
    wait = 30 // FASTER
    timing = {"waitSeconds": wait, "intervalSeconds": 60 // FASTER, "repeatSeconds": 3600}
    settings = settings_for(
        sink, folder, email=None, slack=None, webhook={"url": f"{sink.url}/webhook"}, timings={"critical": timing}
    )
    alertmanager = Alertmanager(settings, folder, {})
    alertmanager.start()
    due = sorted(change for name, steps in firing.items() for change in _changes(name, steps))
    begun = time.monotonic()
    for seconds, labels, fires in due:
        time.sleep(max(0.0, begun + seconds / FASTER - time.monotonic()))
        alertmanager.fire({"labels": dict(labels), "annotations": {}}, resolved=not fires)
    eventually(lambda: not alertmanager.alerts(), what="the end of all")
    time.sleep(60 / FASTER + 1)

    found: dict[str, list[str]] = {name: [] for name in EVENTS}
    for message in sink.messages("webhook"):
        sent = json.loads(message["raw"])
        if sent["status"] == "firing":
            found[sent["groupLabels"]["environment"]].append(sent["groupLabels"]["alertname"])
    yield found
    alertmanager.stop()
    sink.stop()


def _changes(name: str, steps: list[set[Labels]]) -> Iterator[tuple[float, Labels, bool]]:
    """When, what, whether it begins: long pauses cut short."""
    at, last = 0.0, 0
    before: set[Labels] = set()
    for step, now in enumerate(steps):
        for labels in sorted(before ^ now):
            at += min((step - last) * STEP, LONGEST_PAUSE)
            last = step
            own = {key: value for key, value in labels if key not in {"__name__", "alertstate"}}
            yield at, tuple(sorted({**own, "environment": name}.items())), labels in now
        before = now


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_at_most_two_pages_and_its_end_is_none(
    name: str, firing: dict[str, list[set[Labels]]], told: dict[str, list[str]]
) -> None:
    alerts = {dict(labels)["alertname"] for step in firing[name] for labels in step}
    assert EVENTS[name].pages <= alerts, "they fire"
    assert set(told[name]) == EVENTS[name].pages, f"of {sorted(alerts)}"
    assert len(EVENTS[name].pages) <= 2


def test_the_events_fire_far_more_than_they_page(firing: dict[str, list[set[Labels]]]) -> None:
    stopped = {dict(labels)["alertname"] for step in firing["docker stop api"] for labels in step}
    assert {"ServiceDown", "ContainerMissing", "ProbeFailing", "ErrorRateHigh", "ErrorBudgetBurn"} <= stopped


@pytest.mark.parametrize("name", EVENTS)
def test_nothing_fires_when_it_is_long_over(name: str, firing: dict[str, list[set[Labels]]]) -> None:
    assert firing[name][-1] == set()
