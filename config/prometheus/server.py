"""prometheus.yml, and the files that lie beside it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from config import addresses
from config.prometheus.scrapes import Scrape
from config.settings import Settings

CONFIG_DIRECTORY = "/etc/prometheus"


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
        },
        "storage": {
            "tsdb": {
                "retention": {
                    "time": f"{settings.prometheus.retention_days}d",
                    "size": f"{settings.prometheus.retention_size_gb}GB",
                }
            }
        },
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


def _revision(rule_files: Mapping[str, str], document: Mapping[str, object]) -> str:
    everything = yaml.safe_dump([dict(rule_files), dict(document)], sort_keys=True)
    return hashlib.sha256(everything.encode()).hexdigest()[:12]
