"""Every inhibition, both ways: what is explained by another alert is silenced, and nothing else is."""

import re
from collections.abc import Iterator

import pytest

from config.alertmanager.inhibitions import SAME_THING, inhibitions
from config.alertmanager.inhibitions import TWO_STEPS as TWO_STEPS_SILENCED
from config.areas.registry import AREAS
from tests.routing.live import Alertmanager, Sink, settings_for
from tests.routing.rule_alerts import rule_alerts
from tests.support.rendered import alerts, rendered
from tests.support.waiting import eventually

# the sink's module switches this warning off; the test runner switches it on again
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

Labels = dict[str, str]

# Labels in which a warning and a critical alert of one name differ although they are about the same thing.
DIFFERENT_STEPS = {"severity", "window", "pace"}

DISK = {"alertname": "HostDiskSpaceLow", "service": "host", "host": "a", "instance": "a", "mountpoint": "/",
        "device": "/dev/sda1", "fstype": "ext4"}  # fmt: skip
HOST = {"alertname": "HostDown", "severity": "critical", "service": "host", "host": "a", "instance": "a"}
SERVICE = {"alertname": "ServiceDown", "severity": "critical", "service": "api", "host": "a", "instance": "api:8080"}
CONTAINER = {"alertname": "ContainerMissing", "severity": "critical", "service": "api", "host": "a", "name": "api",
             "kind": "service"}  # fmt: skip
ERRORS = {"alertname": "ErrorRateHigh", "severity": "critical", "service": "api", "team": "shop", "kind": "requests"}
DOCKER = {"alertname": "DockerDaemonDown", "severity": "critical", "service": "docker", "host": "a"}
TOPIC = {"alertname": "OrdersStalled", "team": "shop", "topic": "a"}
POSTGRES = {"alertname": "PostgresDown", "severity": "critical", "service": "postgres", "host": "a",
            "instance": "postgres-exporter:9187"}  # fmt: skip
REDIS = {"alertname": "RedisDown", "severity": "critical", "service": "redis", "host": "a",
         "instance": "redis-exporter:9121"}  # fmt: skip
LIMIT = {"alertname": "ScrapeLimitExceeded", "severity": "critical", "service": "api", "job": "containers",
         "host": "a", "instance": "api:8080", "limit": "samples"}  # fmt: skip


def but(labels: Labels, **changes: str | None) -> Labels:
    """The labels with some changed; None takes one away."""
    return {name: value for name, value in {**labels, **changes}.items() if value is not None}


def critical(labels: Labels) -> Labels:
    return {**labels, "severity": "critical"}


def warning(labels: Labels) -> Labels:
    return {**labels, "severity": "warning"}


# what it is about, an alert that fires, another one, whether the first silences the second
CASES: list[tuple[str, Labels, Labels, bool]] = [
    ("critical: its warning", critical(DISK), warning(DISK), True),
    ("critical: its info", critical(DISK), but(DISK, severity="info"), True),
    ("critical: not the other way round", warning(DISK), critical(DISK), False),
    ("critical: no warning over info", warning(DISK), but(DISK, severity="info"), False),
    ("critical: another filesystem", critical(DISK), but(warning(DISK), mountpoint="/data"), False),
    ("critical: another host", critical(DISK), but(warning(DISK), host="b", instance="b"), False),
    ("critical: another alert", critical(DISK), but(warning(DISK), alertname="HostInodesLow"), False),
    ("critical: another service", critical(DISK), but(warning(DISK), service="api"), False),
    ("critical: a label that only one of them has", critical(DISK), but(warning(DISK), device=None), False),
    ("critical: another environment", critical(DISK), but(warning(DISK), environment="another"), False),
    ("budget: the short window over the long one", {"alertname": "ErrorBudgetBurn", "severity": "critical",
     "service": "api", "window": "1h"}, {"alertname": "ErrorBudgetBurn", "severity": "warning", "service": "api",
     "window": "3d"}, True),
    ("host: a critical service on it", HOST, SERVICE, True),
    ("host: its own warnings", HOST, warning(DISK), True),
    ("host: a container on it", HOST, {"alertname": "ContainerUnhealthy", "severity": "info", "host": "a"}, True),
    ("host: not the other way round", SERVICE, HOST, False),
    ("host: another host", HOST, but(SERVICE, host="b"), False),
    ("host: another environment", HOST, but(SERVICE, environment="another"), False),
    ("host: itself on another address", HOST, but(HOST, instance="a2"), False),
    ("host: the watchdog", HOST, {"alertname": "Watchdog", "severity": "info", "host": "a"}, False),
    ("host: what is on no host", but(HOST, host=None), but(SERVICE, host=None), False),
    ("host: a host without a name", HOST, but(SERVICE, host=None), False),
    ("host: only when it is critical", but(HOST, severity="warning"), SERVICE, False),
    ("service: its warnings", SERVICE, {"alertname": "LatencyHigh", "severity": "warning", "service": "api"}, True),
    ("service: its infos", SERVICE, {"alertname": "NoTraffic", "severity": "info", "service": "api"}, True),
    ("service: its critical alerts", SERVICE, {"alertname": "ErrorRateHigh", "severity": "critical", "service": "api"},
     True),
    ("service: its container that is gone", SERVICE, CONTAINER, True),
    ("service: one of its instances", warning(SERVICE), but(critical(ERRORS), alertname="LatencyHigh"), False),
    ("service: itself on another instance", SERVICE, but(SERVICE, instance="api-2:8080"), False),
    ("service: the reason", SERVICE, but(warning(CONTAINER), alertname="ContainerOomKilled"), False),
    ("service: the reason, again and again", SERVICE,
     but(warning(CONTAINER), alertname="ContainerCrashLooping"), False),
    ("service: what stays wrong", SERVICE, but(warning(ERRORS), alertname="CertificateExpiresSoon"), False),
    ("service: what a team says of it", SERVICE, but(warning(ERRORS), alertname="OrdersStalled"), False),
    ("service: a server of that name", but(SERVICE, service="redis"), but(warning(REDIS), alertname="RedisMemoryHigh"),
     False),
    ("service: not the other way round", CONTAINER, SERVICE, False),
    ("container: what users notice", CONTAINER, but(ERRORS, alertname="ProbeFailing", instance="https://api"), True),
    ("container: a part of the monitoring", warning(CONTAINER), but(ERRORS, alertname="ProbeFailing"), False),
    ("errors: the budget", ERRORS, but(ERRORS, alertname="ErrorBudgetBurn", window="1h", kind=None), True),
    ("errors: the probe", ERRORS, but(ERRORS, alertname="ProbeFailing", kind=None, instance="https://api"), True),
    ("errors: of another service", ERRORS, but(ERRORS, alertname="ProbeFailing", service="frontend"), False),
    ("errors: few of them", warning(ERRORS), but(ERRORS, alertname="ErrorBudgetBurn"), False),
    ("errors: not the other way round", but(ERRORS, alertname="ErrorBudgetBurn"), ERRORS, False),
    ("probe: no traffic", but(ERRORS, alertname="ProbeFailing"), but(ERRORS, alertname="NoTraffic"), True),
    ("probe: not the other way round", but(ERRORS, alertname="NoTraffic"),
     but(ERRORS, alertname="ProbeFailing"), False),
    ("no traffic: little of it", but(ERRORS, alertname="NoTraffic"),
     but(warning(ERRORS), alertname="TrafficLow"), True),
    ("docker: its containers", DOCKER, but(CONTAINER, service="worker", name="worker"), True),
    ("docker: those of another host", DOCKER, but(CONTAINER, host="b"), False),
    ("docker: what runs on", DOCKER, SERVICE, False),
    ("team: another topic, in a label that nobody knows", critical(TOPIC), but(warning(TOPIC), topic="b"), False),
    ("team: another topic, which only one of them has", critical(TOPIC), but(warning(TOPIC), topic=None), False),
    ("service: another service", SERVICE, {"alertname": "NoTraffic", "severity": "info", "service": "worker"}, False),
    ("service: not the other way round", {"alertname": "NoTraffic", "severity": "critical", "service": "api"},
     but(SERVICE, severity="warning"), False),
    ("service: what belongs to none", but(SERVICE, service=None, host=None), {"alertname": "X", "severity": "warning"},
     False),
    ("limit: that it is down", LIMIT, but(LIMIT, alertname="ServiceDown", limit=None), True),
    ("limit: another target", LIMIT, but(LIMIT, alertname="InstanceDown", limit=None, instance="b:1"), False),
    ("limit: not the other way round", but(LIMIT, alertname="ServiceDown", limit=None), LIMIT, False),
    ("limit: not what else is wrong", LIMIT, but(LIMIT, alertname="ErrorRateHigh", limit=None), False),
    ("targets: that one of them is down", but(LIMIT, limit="targets", instance=None),
     but(LIMIT, alertname="ServiceDown", limit=None), True),
    ("targets: not those of another job", but(LIMIT, limit="targets", instance=None),
     but(LIMIT, alertname="ServiceDown", limit=None, job="file"), False),
    ("targets: what has no job", but(LIMIT, limit="targets", instance=None, job=None),
     but(LIMIT, alertname="ServiceDown", limit=None, job=None), False),
    ("postgres: what else is wrong with it", POSTGRES, but(POSTGRES, alertname="PostgresConnectionsHigh"), True),
    ("postgres: its warnings", POSTGRES, but(POSTGRES, alertname="PostgresLongTransaction", severity="warning",
     datname="shop"), True),
    ("postgres: another server", POSTGRES, but(POSTGRES, alertname="PostgresDeadlocks", instance="other:9187"), False),
    ("postgres: not the other way round", but(POSTGRES, alertname="PostgresConnectionsHigh"), POSTGRES, False),
    ("postgres: that hangs", but(POSTGRES, alertname="PostgresHanging"),
     but(POSTGRES, alertname="PostgresConnectionsFailing"), True),
    ("postgres: its container", POSTGRES, but(CONTAINER, service="postgres", name="shop-db"), True),
    ("postgres: another container", POSTGRES, CONTAINER, False),
    ("redis: its container", REDIS, but(CONTAINER, service="redis", name="shop-cache"), True),
    ("postgres: not itself", POSTGRES, but(POSTGRES, server="other"), False),
    ("postgres: Redis", POSTGRES, but(REDIS, alertname="RedisMemoryHigh", instance=POSTGRES["instance"]), False),
    ("postgres: what has no instance", but(POSTGRES, instance=None),
     but(POSTGRES, alertname="PostgresX", instance=None), False),
    ("redis: what else is wrong with it", REDIS, but(REDIS, alertname="RedisMemoryHigh", severity="warning"), True),
    ("redis: that its exporter is gone, too", REDIS, but(REDIS, alertname="InstanceDown", severity="warning"), True),
    ("redis: another server", REDIS, but(REDIS, alertname="RedisEvictions", instance="other:9121"), False),
    ("redis: not the other way round", but(REDIS, alertname="RedisMemoryHigh"), REDIS, False),
    ("redis: not itself", REDIS, but(REDIS, db="1"), False),
    ("redis: what has no instance", but(REDIS, instance=None), but(REDIS, alertname="RedisX", instance=None), False),
]  # fmt: skip


@pytest.fixture(scope="module")
def silenced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[bool]]:
    """Whether each case's second alert is silenced, as a running Alertmanager sees it: all of them fire at once."""
    folder = tmp_path_factory.mktemp("inhibitions")
    sink = Sink(folder / "sink")
    settings = settings_for(sink, folder, email=None, slack=None, webhook={"url": f"{sink.url}/webhook"})
    alertmanager = Alertmanager(settings, folder, {})
    alertmanager.start()
    alertmanager.fire(*(_alert(number, labels) for number, case in enumerate(CASES) for labels in case[1:3]))

    def seen() -> list[bool]:
        states = {_key(entry["labels"]): bool(entry["status"]["inhibitedBy"]) for entry in alertmanager.alerts()}
        return [states[_key(_labels(number, case[2]))] for number, case in enumerate(CASES)]

    eventually(lambda: len(alertmanager.alerts()) == 2 * len(CASES), what="all alerts")
    eventually(lambda: sum(seen()) >= sum(case[3] for case in CASES), what="as many silenced ones as there should be")
    yield seen()
    alertmanager.stop()
    sink.stop()


def _labels(number: int, labels: Labels) -> Labels:
    return {"environment": f"case-{number}", **labels}


def _alert(number: int, labels: Labels) -> dict[str, Labels]:
    return {"labels": _labels(number, labels), "annotations": {}}


def _key(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case[0] for case in CASES])
def test_what_another_alert_explains_is_silenced(number: int, silenced: list[bool]) -> None:
    assert silenced[number] == CASES[number][3]


# --- and the rules that there are


def _labels_by_step() -> dict[str, dict[str, list[Labels]]]:
    """Alert -> severity -> the label sets that it has in the tests of the rules."""
    found: dict[str, dict[str, list[Labels]]] = {}
    for each in rule_alerts():
        found.setdefault(each.name, {}).setdefault(each.severity, []).append(each.labels)
    return found


RULE_LABELS = _labels_by_step()
TWO_STEPS = sorted(name for name, steps in RULE_LABELS.items() if "critical" in steps and len(steps) > 1)


def test_there_are_alerts_of_two_steps() -> None:
    assert len(TWO_STEPS) > 3


@pytest.mark.parametrize("name", TWO_STEPS)
def test_a_critical_alert_silences_its_warning_about_the_same_thing_only(name: str) -> None:
    used = {label for steps in RULE_LABELS[name].values() for labels in steps for label in labels}
    assert used - DIFFERENT_STEPS <= set(SAME_THING), "this label tells things apart; add it to SAME_THING"


PREFIXES = tuple(area.alerts for area in AREAS.values() if area.alerts)
SERVERS = [(f"{prefix}Down", "instance") for prefix in PREFIXES]


@pytest.mark.parametrize(("name", "label"), [("HostDown", "host"), ("ServiceDown", "service"), *SERVERS])
def test_the_alerts_that_silence_others_exist_and_have_the_label_they_need(name: str, label: str) -> None:
    deployed = {rule["alert"]: rule["labels"]["severity"] for rule in alerts(rendered("prod"))}
    assert deployed[name] == "critical"
    assert all(label in labels for labels in RULE_LABELS[name]["critical"])
    assert any(name in matcher for rule in inhibitions() for matcher in rule["source_matchers"])


def test_every_name_in_an_inhibition_is_an_alerts() -> None:
    words = {
        word
        for rule in inhibitions()
        for matcher in [*rule["source_matchers"], *rule["target_matchers"]]
        if matcher.startswith("alertname")
        for word in re.findall(r"\w+", matcher.partition("~")[2])
    }
    assert {word for word in words - set(RULE_LABELS) if not word.startswith(PREFIXES)} == set()
    assert set(TWO_STEPS) == set(TWO_STEPS_SILENCED.split("|"))


def test_nothing_silences_what_silences_it() -> None:
    pairs = {
        (source, target)
        for rule in inhibitions()[1:]
        for source in RULE_LABELS
        for target in RULE_LABELS
        if _named(source, rule["source_matchers"]) and _named(target, rule["target_matchers"])
    }
    assert ("ServiceDown", "ContainerMissing") in pairs
    assert {pair for pair in pairs if pair[::-1] in pairs} == set()


def _named(name: str, matchers: list[str]) -> bool:
    """Whether an alert's name is one of those that matchers leave."""
    ours = [matcher.removeprefix("alertname") for matcher in matchers if matcher.startswith("alertname")]
    return all(bool(re.fullmatch(each[3:-1], name)) == (each[0] == "=") for each in ours)


def test_every_inhibition_demands_the_labels_that_it_compares() -> None:
    """But the first, which compares whatever labels there are."""
    for rule in inhibitions()[1:]:
        for label in set(rule["equal"]) - {"environment"}:
            assert f'{label}!=""' in rule["source_matchers"]
            assert f'{label}!=""' in rule["target_matchers"]


def test_only_labels_that_alerts_have_are_compared() -> None:
    used = {label for steps in RULE_LABELS.values() for sets in steps.values() for labels in sets for label in labels}
    assert set(SAME_THING) - used <= {"environment", "alertname"}
