"""What the whole rule set costs a Prometheus that watches a thousand targets."""

import json
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import mean
from typing import Any

import requests
import yaml

from config.prometheus.rules import rules
from config.prometheus.scrapes import scrapes
from config.prometheus.server import CONFIG_DIRECTORY, prometheus_config
from config.settings.load import parse
from config.settings.stack import Settings
from tests.e2e.system import System
from tests.support.free_port import free_port
from tests.support.program import raw, stack_config
from tests.support.rendered import TOOLS
from tools.bench.figure import Figure
from tools.bench.synthetic_exporter import Page, SyntheticExporter

# job -> how many targets; together with the services a thousand
TARGETS = {"node": 100, "cadvisor": 50, "postgres": 20, "redis": 30}
SERVICES = 50
INSTANCES = 16
INTERVAL = 15  # seconds, production's own
WARM_UP = 330  # seconds, so that windows of five minutes are full
EVALUATIONS = 8
OWN_PART = 0.10  # of an interval that evaluation may take


def rule_evaluation(system: System) -> list[Figure]:
    """The rules of production with 50 services, over pages taken from a stack that runs; shares of an interval."""
    pages = {job: Page(_page(system, job)) for job in [*TARGETS, "api"]}
    with tempfile.TemporaryDirectory(prefix="bench-rules-") as folder, SyntheticExporter(pages) as exporter:
        port = free_port()
        _configure(Path(folder), exporter.address)
        process = subprocess.Popen(
            [TOOLS / "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
             f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            time.sleep(WARM_UP)
            url = f"http://127.0.0.1:{port}"
            up = _number(url, "count(up == 1)")
            series = _get(url, "/api/v1/status/tsdb")["headStats"]["numSeries"]
            rounds = [_evaluation_seconds(url) for _ in range(EVALUATIONS)]
        finally:
            process.terminate()
            process.wait(timeout=60)
    assert up == sum(TARGETS.values()) + SERVICES * INSTANCES, f"only {up:.0f} targets were up"
    groups = {name: mean(seconds[name] for seconds in rounds) for name in rounds[0]}
    slowest = max(groups, key=lambda name: groups[name])
    note = f"{up:.0f} targets, {series / 1000:.0f} thousand series, {len(groups)} groups, interval {INTERVAL} s"
    return [
        Figure(
            name="rules_interval_share",
            value=sum(groups.values()) / INTERVAL,
            target=OWN_PART,
            note=f"all groups {sum(groups.values()):.2f} s per interval: {note}",
        ),
        Figure(
            name="rules_slowest_group_share",
            value=groups[slowest] / INTERVAL,
            target=OWN_PART,
            note=f"{slowest}: {groups[slowest]:.3f} s",
        ),
    ]


def _page(system: System, job: str) -> str:
    """A target's page, taken where Prometheus takes it; the host reaches every container by its address."""
    [target] = [
        target
        for target in system.get("prometheus", "/api/v1/targets", state="active")["data"]["activeTargets"]
        if target["labels"]["job"] == job
    ]
    host, _, rest = target["scrapeUrl"].removeprefix("http://").partition(":")
    addresses = {
        alias: attached["IPAddress"]
        for container in system.containers().values()
        if container.status == "running"
        for attached in container.attrs["NetworkSettings"]["Networks"].values()
        for alias in attached["Aliases"] or []
    }
    response = requests.get(f"http://{addresses.get(host, host)}:{rest}", timeout=30)
    response.raise_for_status()
    return response.text


def _settings() -> Settings:
    values = {key: raw(value) for key, value in stack_config("prod").items()}
    [template, *_] = json.loads(values["services"])
    services = [
        {**template, "name": f"service-{number}", "address": f"service-{number}:8080"} for number in range(SERVICES)
    ]
    return parse("prod", {**values, "services": json.dumps(services)})


def _configure(folder: Path, exporter: str) -> None:
    settings = _settings()
    jobs = scrapes(settings, [])
    files = dict(prometheus_config(settings, jobs, rules(settings)).files)
    document: dict[str, Any] = yaml.safe_load(files.pop("prometheus.yml"))
    relabelling = {job["job_name"]: job.get("metric_relabel_configs", []) for job in jobs}
    document["scrape_configs"] = [
        *(_job(job, job, count, exporter, relabelling[job], {}) for job, count in TARGETS.items()),
        *(
            _job(service.name, "api", INSTANCES, exporter, [], {"service": service.name, **service.labels})
            for service in settings.services
        ),
    ]
    document.pop("alerting")
    document["rule_files"] = [pattern.replace(CONFIG_DIRECTORY + "/", "") for pattern in document["rule_files"]]
    for name, content in {**files, "prometheus.yml": yaml.safe_dump(document)}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def _job(
    name: str, page: str, count: int, exporter: str, relabelling: list[Any], labels: dict[str, str]
) -> dict[str, Any]:
    return {
        "job_name": name,
        "metric_relabel_configs": relabelling,
        "static_configs": [
            {
                "targets": [exporter],
                "labels": {
                    "__metrics_path__": f"/{page}/{number}",
                    "instance": f"{name}-{number}",
                    "host": f"host-{number}",
                    **labels,
                },
            }
            for number in range(count)
        ],
    }


def _evaluation_seconds(url: str) -> dict[str, float]:
    """How long each group's last evaluation took, one interval after the last time this was asked."""
    time.sleep(INTERVAL)
    groups = _get(url, "/api/v1/rules")["groups"]
    return {f"{Path(group['file']).stem}/{group['name']}": group["evaluationTime"] for group in groups}


def _number(url: str, expression: str) -> float:
    return float(_get(url, "/api/v1/query", query=expression)["result"][0]["value"][1])


def _get(url: str, path: str, **parameters: str) -> Any:
    response = requests.get(url + path, params=parameters, timeout=60)
    response.raise_for_status()
    return response.json()["data"]
