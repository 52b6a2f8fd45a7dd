"""prometheus.yml, the files that lie beside it, and how the server is started."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from config import addresses
from config.areas.area import Scrape
from config.prometheus.scrapes import limit_options
from config.settings.prometheus import PrometheusSettings
from config.settings.stack import Settings

CONFIG_DIRECTORY = "/etc/prometheus"
DATA_DIRECTORY = "/prometheus"


@dataclass(frozen=True)
class PrometheusConfig:
    """Files by path below the config directory, and the revision that a running Prometheus reports."""

    files: Mapping[str, str]
    revision: str


def prometheus_config(settings: Settings, jobs: Sequence[Scrape], rule_files: Mapping[str, str]) -> PrometheusConfig:
    """Everything Prometheus reads.

    Args:
        settings: the stack's settings.
        jobs: what it scrapes.
        rule_files: alert rules, file name -> content.

    Rule files lie in a folder named after their content, for three reasons: a rule file that was removed is not
    loaded from what an earlier deployment left in the volume; Prometheus never sees half of an update, because the
    switch is one line in prometheus.yml; and the running process shows in /api/v1/status/config which revision it
    has loaded.
    """
    document = {
        "global": {
            "scrape_interval": f"{settings.prometheus.scrape_interval_seconds}s",
            "scrape_timeout": f"{min(settings.prometheus.scrape_interval_seconds, 10)}s",
            "evaluation_interval": f"{settings.prometheus.evaluation_interval_seconds}s",
            # scrape_timeout_seconds beside scrape_duration_seconds, so that slow means near its own timeout
            "extra_scrape_metrics": True,
            "external_labels": {"environment": settings.environment},
            **limit_options(settings.prometheus.limits),
        },
        "storage": {"tsdb": {"retention": _retention(settings.prometheus)}},
        "alerting": {
            "alertmanagers": [{"static_configs": [{"targets": [addresses.ALERTMANAGER]}]}],
        },
        "scrape_configs": list(jobs),
    }
    revision = _revision(rule_files, document)
    document = {**document, "rule_files": [f"{CONFIG_DIRECTORY}/revisions/{revision}/*.yml"]}
    return PrometheusConfig(
        files={
            **{f"revisions/{revision}/{name}": content for name, content in rule_files.items()},
            # last, so that everything it names is there when Prometheus sees it change
            "prometheus.yml": yaml.safe_dump(document, sort_keys=False, width=120),
        },
        revision=revision,
    )


def arguments(settings: Settings) -> list[str]:
    """Prometheus's command line."""
    prometheus = settings.prometheus
    return [
        f"--config.file={CONFIG_DIRECTORY}/prometheus.yml",
        f"--storage.tsdb.path={DATA_DIRECTORY}",
        "--config.auto-reload",
        f"--config.auto-reload-interval={prometheus.reload_interval_seconds}s",
        f"--web.external-url={prometheus.external_url or f'http://localhost:{prometheus.port}'}",
        # else a path in it would move the API, too: from Grafana, the viewer and the health check
        *(["--web.route-prefix=/"] if prometheus.external_url else []),
        "--web.listen-address=0.0.0.0:9090",
        # its default lets every page that is open in a browser of ours read all there is
        "--web.cors.origin=none",
        f"--query.max-samples={prometheus.max_samples}",
        f"--query.timeout={prometheus.query.timeout_seconds}s",
        f"--query.max-concurrency={prometheus.query.concurrency}",
    ]


def _retention(settings: PrometheusSettings) -> dict[str, Any]:
    time = {"time": f"{settings.retention_days}d"}
    if settings.retention_percent is not None:
        return time | {"percentage": settings.retention_percent}
    return time | {"size": f"{settings.retention_size_gb}GB"}


def _revision(rule_files: Mapping[str, str], document: Mapping[str, object]) -> str:
    everything = json.dumps([dict(rule_files), dict(document)], sort_keys=True)
    return hashlib.sha256(everything.encode()).hexdigest()[:12]
