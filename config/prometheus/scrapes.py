"""Scrape jobs, as prometheus.yml lists them."""

from collections.abc import Iterator, Sequence
from typing import Any

from config import addresses
from config.settings.prometheus import ScrapeLimits
from config.settings.stack import ServiceSettings, Settings

Scrape = dict[str, Any]

FILE_JOB = "file"
TARGETS_DIRECTORY = "/etc/prometheus/targets"
LABEL = "ai.autonomica.monitoring"
STACK_LABEL = f"{LABEL}.stack"
# as cAdvisor shows it, and so the container exporter
STACK_METRIC_LABEL = "container_label_" + STACK_LABEL.replace(".", "_")
_META_LABEL = "__meta_docker_container_label_" + LABEL.replace(".", "_")


def scrapes(settings: Settings, networks: Sequence[str]) -> list[Scrape]:
    """Every scrape job of a stack.

    Args:
        settings: the stack's settings.
        networks: Docker networks that Prometheus shares with services; discovered targets are reached there.
    """
    limits = settings.prometheus.job_limits | {service.name: service.limits for service in settings.services}
    jobs = [
        _own("prometheus", addresses.PROMETHEUS, settings),
        _own("alertmanager", addresses.ALERTMANAGER, settings),
        *([_own("grafana", addresses.GRAFANA, settings)] if settings.grafana.enabled else []),
        _node(settings),
        _container_metrics(settings),
        _own("blackbox", addresses.BLACKBOX_EXPORTER, settings),
        *_docker_daemon(settings),
        *_databases(settings),
        _own("viewer", addresses.VIEWER, settings),
        *(_service(service, settings) for service in settings.services),
        *_probes(settings),
        _discovered(networks, settings),
        _restarting(settings),
        _file(),
    ]
    return [job | limit_options(limits.get(job["job_name"], ScrapeLimits())) for job in jobs]


def limit_options(limits: ScrapeLimits) -> Scrape:
    """Limits as prometheus.yml has them; what isn't limited here is left out."""
    options: Scrape = limits.model_dump(exclude_none=True, exclude={"body_size_limit_mb"})
    if limits.body_size_limit_mb:
        options["body_size_limit"] = f"{limits.body_size_limit_mb}MB"
    return options


def body_size_limits(jobs: Sequence[Scrape], settings: Settings) -> dict[str, int]:
    """Job -> bytes that an answer may have: of this limit alone Prometheus has no metric."""
    limits = {job["job_name"]: job.get("body_size_limit") for job in jobs}
    default = settings.prometheus.limits.body_size_limit_mb
    megabytes = {job: int(own.removesuffix("MB")) if own else default for job, own in limits.items()}
    return {job: size * 2**20 for job, size in megabytes.items() if size}


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
    job: Scrape = {
        "job_name": service.name,
        "metrics_path": service.path,
        "scheme": service.scheme,
        "static_configs": [{"targets": [service.address], "labels": _service_labels(service, settings)}],
    }
    if service.interval_seconds:
        job["scrape_interval"] = f"{service.interval_seconds}s"
        job["scrape_timeout"] = f"{min(service.interval_seconds, 10)}s"
    return job


def _probes(settings: Settings) -> Iterator[Scrape]:
    targets = [
        {
            "targets": [
                # a path is asked for where the service is scraped, a URL as it is
                f"{service.scheme}://{service.address}{service.probe}"
                if service.probe.startswith("/")
                else service.probe
            ],
            "labels": _service_labels(service, settings),
        }
        for service in settings.services
        if service.probe
    ]
    if not targets:
        return
    yield {
        "job_name": "probe",
        "metrics_path": "/probe",
        "params": {"module": ["http_2xx"]},
        "static_configs": targets,
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": addresses.BLACKBOX_EXPORTER},
        ],
    }


def _service_labels(service: ServiceSettings, settings: Settings) -> dict[str, str]:
    return {"service": service.name, "host": service.host or settings.host_name, **service.labels}


def _discovered(networks: Sequence[str], settings: Settings) -> Scrape:
    """Containers that ask for it by label: `<LABEL>.scrape=true`, `.port`, optionally `.path`, `.service`, `.team`."""
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
            {"source_labels": [f"{_META_LABEL}_team"], "regex": "(.+)", "target_label": "team"},
            {"target_label": "host", "replacement": settings.host_name},
        ],
    }


def _file() -> Scrape:
    """Targets that are dropped in at run time, as Prometheus's file service discovery reads them."""
    return {
        "job_name": FILE_JOB,
        "file_sd_configs": [{"files": [f"{TARGETS_DIRECTORY}/*.json", f"{TARGETS_DIRECTORY}/*.yml"]}],
    }


def _restarting(settings: Settings) -> Scrape:
    """One target for every container that waits to be started again, as long as it waits.

    Measured is only what runs at the moment of a scrape, which a container that dies at once hardly ever does; the
    engine knows. What is scraped doesn't matter, and nothing of it is kept: that there is an `up` with the
    container's `name` says it all.
    """
    return {
        "job_name": "restarting",
        "docker_sd_configs": [
            {
                "host": f"tcp://{addresses.DOCKER_DISCOVERY}",
                "refresh_interval": "15s",
                "filters": [{"name": "status", "values": ["restarting"]}],
            }
        ],
        "relabel_configs": [
            _of_this_stack(f"{_META_LABEL}_stack", settings),
            {"source_labels": ["__meta_docker_container_name"], "regex": "/(.*)", "target_label": "name"},
            {"target_label": "host", "replacement": settings.host_name},
            {"target_label": "__address__", "replacement": addresses.PROMETHEUS},
        ],
        "metric_relabel_configs": [{"source_labels": ["__name__"], "regex": ".+", "action": "drop"}],
    }


def _container_metrics(settings: Settings) -> Scrape:
    """The job is called what people's rules and dashboards select these metrics by: their names are cAdvisor's."""
    return _own(
        "cadvisor",
        addresses.CONTAINER_EXPORTER,
        settings,
        metric_relabel_configs=[
            _of_this_stack(STACK_METRIC_LABEL, settings),
            # Ids and image ids change with a replacement and would start new series: containers go by name.
            {"regex": f"id|image|{STACK_METRIC_LABEL}", "action": "labeldrop"},
        ],
    )


def _of_this_stack(label: str, settings: Settings) -> Scrape:
    """Keeps what has no stack, or this one.

    Stacks can share a host. Each watches all containers of the host, but for those of the other stacks' monitoring:
    they are watched by their own, and nobody wants to hear of them twice.
    """
    return {"source_labels": [label], "regex": f"|{settings.stack}", "action": "keep"}
