"""Probes: the services asked from outside, as a user would, and their certificates."""

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from config.areas.application.area import http_options, service_labels
from config.areas.area import FILES_DIRECTORY, Area, Exporter, Scrape
from config.areas.probes.dashboard import probes
from config.settings.services import ServiceSettings
from config.settings.stack import Settings

_CONFIG_FILE = f"{FILES_DIRECTORY}/blackbox.yml"
_ADDRESS = "blackbox-exporter:9115"


def _exporters(settings: Settings) -> Iterator[Exporter]:
    part, port = _ADDRESS.split(":")
    yield Exporter(
        part=part,
        image="blackbox_exporter",
        port=int(port),
        health="/-/healthy",
        networks=["edge", "services"],
        command=[f"--config.file={_CONFIG_FILE}"],
        files={_CONFIG_FILE: blackbox_config(settings.services)},
        job="blackbox",
    )


def blackbox_config(services: Sequence[ServiceSettings] = ()) -> str:
    """blackbox.yml: `http_2xx` asks for a page, `tcp_connect` for a connection, and both prefer IPv4.

    A service that isn't known by public authorities, or is reached through a proxy, has a module of its own.
    """
    ask = {"preferred_ip_protocol": "ip4", "follow_redirects": True}
    modules: dict[str, Any] = {
        "http_2xx": {"prober": "http", "timeout": "5s", "http": ask},
        "tcp_connect": {"prober": "tcp", "timeout": "5s", "tcp": {"preferred_ip_protocol": "ip4"}},
    }
    for service in services:
        if own := http_options(service, probe=True):
            modules[f"http_2xx-{service.name}"] = {"prober": "http", "timeout": "5s", "http": ask | own}
    return yaml.safe_dump({"modules": modules}, sort_keys=False)


def _scrapes(settings: Settings, _: Sequence[str]) -> Iterator[Scrape]:
    targets = [
        {
            # a path is asked for where the service is scraped, a URL as it is
            "targets": [f"{service.scheme}://{address}{service.probe}" for address in service.address]
            if service.probe.startswith("/")
            else [service.probe],
            "labels": service_labels(service, settings)
            | ({"__param_module": f"http_2xx-{service.name}"} if http_options(service, probe=True) else {}),
        }
        for service in settings.services
        if service.probe
    ]
    if targets:
        yield {
            "job_name": "probe",
            "metrics_path": "/probe",
            "params": {"module": ["http_2xx"]},
            "static_configs": targets,
            "relabel_configs": [
                {"source_labels": ["__address__"], "target_label": "__param_target"},
                {"source_labels": ["__param_target"], "target_label": "instance"},
                {"target_label": "__address__", "replacement": _ADDRESS},
            ],
        }


AREA = Area(dashboard=probes, exporters=_exporters, scrapes=_scrapes)
