"""Prometheus: collects, stores, evaluates the alert rules."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.base.carrier import CarrierArgs, config_carrier
from components.base.container import NOBODY, ContainerArgs, Limits, Published, container
from components.base.files import File
from components.base.mounts import Mount
from components.base.networks import Networks
from components.base.reloader import ReloaderArgs, config_reloader
from components.base.stack import Stack
from components.base.volumes import data_volume
from config import addresses, health_checks
from config.areas.application.area import secret_file
from config.areas.monitoring.model import TARGETS_DIRECTORY
from config.prometheus.scrapes import expected_jobs, scrapes
from config.prometheus.server import CONFIG_DIRECTORY, DATA_DIRECTORY, arguments, prometheus_config


@dataclass(frozen=True, kw_only=True)
class PrometheusArgs:
    """What Prometheus watches.

    Attributes:
        stack: what it belongs to.
        networks: where it is reached, and reaches what it scrapes.
        rules: alert rules, file name -> content.
    """

    stack: Stack
    networks: Networks
    rules: Mapping[str, str]


class Prometheus(pulumi.ComponentResource):
    """The server, its data, its configuration (`autonomica:monitoring:Prometheus`).

    It listens on 9090, published on the host where the settings say. Neither its admin API nor its lifecycle
    endpoint is on: it reloads by itself when a file changes.
    """

    def __init__(self, name: str, args: PrometheusArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:Prometheus", name, {}, opts)
        stack, below = args.stack, pulumi.ResourceOptions(parent=self)
        settings = stack.settings
        jobs = scrapes(settings, discovery_networks(stack))
        config = prometheus_config(settings, jobs, args.rules)
        data = data_volume("prometheus-data", stack, below)
        targets = data_volume("prometheus-targets", stack, below)
        targets_mount = Mount(target=TARGETS_DIRECTORY, volume=targets.name)
        carrier = config_carrier(
            "prometheus-config",
            CarrierArgs(
                stack=stack,
                directory=CONFIG_DIRECTORY,
                files=[
                    *(
                        File(path=secret_file(key), content=stack.secrets[key], owner=NOBODY, secret=True)
                        for service in settings.services
                        for key in service.secret_keys
                    ),
                    *(File(path=f"{CONFIG_DIRECTORY}/{path}", content=text) for path, text in config.files.items()),
                ],
                mounts=[targets_mount],
            ),
            below,
        )
        self.container = container(
            "prometheus",
            ContainerArgs(
                stack=stack,
                image="prometheus",
                limits=Limits(memory_mb=settings.prometheus.memory_mb, cpus=settings.prometheus.cpus),
                user=NOBODY,
                networks=[
                    args.networks.monitoring("prometheus"),
                    args.networks.edge(),
                    *args.networks.services,
                ],
                command=arguments(settings),
                mounts=[
                    carrier.mount,
                    targets_mount,
                    Mount(target=DATA_DIRECTORY, volume=data.name, read_only=False),
                ],
                published=[Published(internal=9090, external=settings.prometheus.port)],
                health=health_checks.http_get(9090, "/-/ready"),
                # a large write-ahead log takes minutes to replay, and Prometheus needs time to close its files
                start_seconds=600,
                stop_seconds=60,
                # without its configuration it would start and fail
                after=[carrier.container],
            ),
            below,
        )
        self.reloader = config_reloader(
            "prometheus-reloader",
            ReloaderArgs(
                stack=stack,
                image="prometheus",
                user=NOBODY,
                status_url=f"http://{addresses.PROMETHEUS}/api/v1/status/config",
                metrics_url=f"http://{addresses.PROMETHEUS}/metrics",
                revision=config.revision,
                reload_url=None,
                network=args.networks.monitoring(),
                after=[carrier.container],
            ),
            below,
        )
        self.expected_jobs = expected_jobs(jobs)
        self.url = f"http://{settings.publish_address}:{settings.prometheus.port}"
        self.register_outputs({"url": self.url, "revision": config.revision})


def discovery_networks(stack: Stack) -> list[str]:
    """Docker networks on which labelled containers are discovered: those of the services."""
    return [*stack.settings.networks.services, *([stack.name("demo")] if stack.settings.demo else [])]
