"""The company's services: those that the settings name, and those found by their labels."""

from collections.abc import Iterator, Sequence
from typing import Any

from config import addresses
from config.areas.application.dashboard import services
from config.areas.area import Area, Scrape
from config.labels import LABEL, META_LABEL
from config.settings.base import own_certificates
from config.settings.services import ServiceSettings
from config.settings.stack import Settings

SECRETS_DIRECTORY = "/etc/prometheus/secrets"


def _scrapes(settings: Settings, networks: Sequence[str]) -> Iterator[Scrape]:
    yield from (_service(service, settings) for service in settings.services)
    yield _discovered(networks, settings)


def _service(service: ServiceSettings, settings: Settings) -> Scrape:
    job: Scrape = {
        "job_name": service.name,
        "metrics_path": service.path,
        "scheme": service.scheme,
        "static_configs": [{"targets": list(service.address), "labels": service_labels(service, settings)}],
        **http_options(service),
    }
    if service.params:
        job["params"] = {name: list(values) for name, values in service.params.items()}
    if service.interval_seconds:
        job["scrape_interval"] = f"{service.interval_seconds}s"
        job["scrape_timeout"] = f"{min(service.interval_seconds, 10)}s"
    return job


def http_options(service: ServiceSettings, *, probe: bool = False) -> dict[str, Any]:
    """How a service is reached, as Prometheus writes it; a probe asks as its users do, without a login.

    Certificates are public and stand in the configuration itself, so that a new one is a new revision.
    """
    options: dict[str, Any] = {}
    if service.basic_auth and not probe:
        file = secret_file(f"servicePassword-{service.name}")
        options["basic_auth"] = {"username": service.basic_auth.username, "password_file": file}
    if service.bearer_token and not probe:
        options["authorization"] = {"type": "Bearer", "credentials_file": secret_file(f"serviceToken-{service.name}")}
    if service.tls:
        tls: dict[str, Any] = {}
        if own_ca := own_certificates(service.tls.ca):
            tls["ca"] = own_ca
        if service.tls.server_name:
            tls["server_name"] = service.tls.server_name
        if service.tls.insecure_skip_verify:
            tls["insecure_skip_verify"] = True
        if tls:
            options["tls_config"] = tls
    if service.proxy:
        options["proxy_url"] = service.proxy
    return options


def secret_file(key: str) -> str:
    """The file that holds a secret for Prometheus."""
    return f"{SECRETS_DIRECTORY}/{key}"


def service_labels(service: ServiceSettings, settings: Settings) -> dict[str, str]:
    """Labels of everything that is measured of a service."""
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
                "source_labels": ["__meta_docker_network_ip", f"{META_LABEL}_port"],
                "regex": "(.+);(.+)",
                "target_label": "__address__",
                "replacement": "$1:$2",
            },
            {
                "source_labels": [f"{META_LABEL}_path"],
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
            {"source_labels": [f"{META_LABEL}_service"], "regex": "(.+)", "target_label": "service"},
            {"source_labels": [f"{META_LABEL}_team"], "regex": "(.+)", "target_label": "team"},
            {"target_label": "host", "replacement": settings.host_name},
        ],
    }


AREA = Area(dashboard=services, scrapes=_scrapes)
