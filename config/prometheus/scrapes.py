"""Scrape jobs, as prometheus.yml lists them."""

from collections.abc import Iterator, Sequence
from typing import Any

from config import addresses
from config.models import ServiceSettings
from config.settings import Settings

Scrape = dict[str, Any]

TARGETS_DIRECTORY = "/etc/prometheus/targets"
LABEL = "ai.autonomica.monitoring"
_META_LABEL = "__meta_docker_container_label_" + LABEL.replace(".", "_")


def scrapes(settings: Settings, networks: Sequence[str]) -> list[Scrape]:
    """Every scrape job of a stack.

    Args:
        settings: the stack's settings.
        networks: Docker networks that Prometheus shares with services; discovered targets are reached there.
    """
    return [
        _own("prometheus", addresses.PROMETHEUS, settings),
        _own("alertmanager", addresses.ALERTMANAGER, settings),
        _node(settings),
        _own("cadvisor", addresses.CADVISOR, settings, metric_relabel_configs=_container_labels()),
        _own("blackbox", addresses.BLACKBOX_EXPORTER, settings),
        *_docker_daemon(settings),
        *_databases(settings),
        *(_service(service, settings) for service in settings.services),
        *_probes(settings.services),
        _discovered(networks, settings),
        _file(),
    ]


def expected_jobs(jobs: Sequence[Scrape]) -> list[str]:
    """Jobs that must have a target at all times: all but those that find targets at run time."""
    return [job["job_name"] for job in jobs if "static_configs" in job]


def _own(name: str, address: str, settings: Settings, **more: Any) -> Scrape:
    """A part of the monitoring, which runs on the Docker host."""
    return {
        "job_name": name,
        "static_configs": [{"targets": [address], "labels": {"host": settings.host_name}}],
        **more,
    }


def _node(settings: Settings) -> Scrape:
    exporters = {settings.host_name: f"{settings.gateway}:{addresses.NODE_EXPORTER_PORT}"}
    exporters |= {host.name: host.address for host in settings.hosts}
    return {
        "job_name": "node",
        "static_configs": [
            {"targets": [target], "labels": {"instance": name, "host": name}} for name, target in exporters.items()
        ],
    }


def _docker_daemon(settings: Settings) -> Iterator[Scrape]:
    if settings.docker_metrics_port is not None:
        target = f"{settings.gateway}:{addresses.DOCKER_METRICS_PORT}"
        yield {
            "job_name": "docker",
            "static_configs": [
                {"targets": [target], "labels": {"instance": settings.host_name, "host": settings.host_name}}
            ],
        }


def _databases(settings: Settings) -> Iterator[Scrape]:
    if settings.postgres:
        yield _own("postgres", addresses.POSTGRES_EXPORTER, settings)
    if settings.redis:
        yield _own("redis", addresses.REDIS_EXPORTER, settings)


def _service(service: ServiceSettings, settings: Settings) -> Scrape:
    labels = {"service": service.name, "host": service.host or settings.host_name, **service.labels}
    job: Scrape = {
        "job_name": service.name,
        "metrics_path": service.path,
        "scheme": service.scheme,
        "static_configs": [{"targets": [service.address], "labels": labels}],
    }
    if service.interval_seconds:
        job["scrape_interval"] = f"{service.interval_seconds}s"
        job["scrape_timeout"] = f"{min(service.interval_seconds, 10)}s"
    return job


def _probes(services: Sequence[ServiceSettings]) -> Iterator[Scrape]:
    probed = [service for service in services if service.probe]
    if not probed:
        return
    yield {
        "job_name": "probe",
        "metrics_path": "/probe",
        "params": {"module": ["http_2xx"]},
        "static_configs": [
            {
                "targets": [f"{service.scheme}://{service.address}{service.probe}"],
                "labels": {"service": service.name, **service.labels},
            }
            for service in probed
        ],
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": addresses.BLACKBOX_EXPORTER},
        ],
    }


def _discovered(networks: Sequence[str], settings: Settings) -> Scrape:
    """Containers that ask for it by label: `<LABEL>.scrape=true`, `.port`, and optionally `.path`, `.service`."""
    return {
        "job_name": "containers",
        "docker_sd_configs": [
            {
                "host": f"tcp://{addresses.DOCKER_DISCOVERY}",
                "refresh_interval": "15s",
                "match_first_network": False,
                "filters": [{"name": "label", "values": [f"{LABEL}.scrape=true"]}],
            }
        ],
        "relabel_configs": [
            # one target per container: its address on a network that Prometheus is on, its declared port
            {
                "source_labels": ["__meta_docker_network_name"],
                "regex": "|".join(networks) or "none",
                "action": "keep",
            },
            {
                "source_labels": ["__meta_docker_network_ip", f"{_META_LABEL}_port"],
                "regex": "(.+);(.+)",
                "target_label": "__address__",
                "replacement": "$1:$2",
            },
            {
                "source_labels": [f"{_META_LABEL}_path"],
                "regex": "(.+)",
                "target_label": "__metrics_path__",
            },
            {
                "source_labels": ["__meta_docker_container_name"],
                "regex": "/(.*)",
                "target_label": "instance",
            },
            {
                "source_labels": ["__meta_docker_container_name"],
                "regex": "/(.*)",
                "target_label": "service",
            },
            {"source_labels": [f"{_META_LABEL}_service"], "regex": "(.+)", "target_label": "service"},
            {"target_label": "host", "replacement": settings.host_name},
        ],
    }


def _file() -> Scrape:
    """Targets that are dropped in at run time, as Prometheus's file service discovery reads them."""
    return {
        "job_name": "file",
        "file_sd_configs": [{"files": [f"{TARGETS_DIRECTORY}/*.json", f"{TARGETS_DIRECTORY}/*.yml"]}],
    }


def _container_labels() -> list[Scrape]:
    """Ids and image ids change with a replacement and would start new series: containers go by name."""
    return [
        # cgroups that are no containers
        {
            "source_labels": ["__name__", "name"],
            "regex": "container_.+;",
            "action": "drop",
        },
        {"regex": "id|image", "action": "labeldrop"},
    ]
