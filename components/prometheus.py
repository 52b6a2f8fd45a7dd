"""Prometheus: collects, stores, evaluates the alert rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.base.carrier import ConfigCarrierArgs, config_carrier
from components.base.container import NOBODY, Limits, Published, ServiceArgs, service
from components.base.files import File
from components.base.mounts import Mount
from components.base.networks import Attachment, Networks
from components.base.reloader import ConfigReloaderArgs, config_reloader
from components.base.stack import Stack
from components.base.volumes import data_volume
from config import addresses, health_checks
from config.areas.monitoring.model import TARGETS_DIRECTORY
from config.prometheus.scrapes import expected_jobs, scrapes
from config.prometheus.server import CONFIG_DIRECTORY, DATA_DIRECTORY, arguments, prometheus_config


@dataclass(frozen=True, kw_only=True)
class PrometheusArgs:
    """What Prometheus watches.

    Attributes:
        networks: the stack's networks.
        service_networks: Docker networks on which services, named or discovered, are reached.
        rules: alert rules, file name -> content.
    """

    networks: Networks
    service_networks: Sequence[pulumi.Input[str]]
    rules: Mapping[str, str]


class Prometheus(pulumi.ComponentResource):
    """The server, its data, its configuration (`autonomica:monitoring:Prometheus`).

    It listens on 9090, published on the host where the settings say. Neither its admin API nor its lifecycle
    endpoint is on: it reloads by itself when a file changes.
    """

    def __init__(self, args: PrometheusArgs, *, stack: Stack, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:Prometheus", "prometheus", {}, opts)
        settings = stack.settings
        jobs = scrapes(settings, discovery_networks(stack))
        config = prometheus_config(settings, jobs, args.rules)
        data = data_volume(stack, "prometheus-data", self)
        targets = data_volume(stack, "prometheus-targets", self)
        targets_mount = Mount(target=TARGETS_DIRECTORY, volume=targets.name)
        carrier = config_carrier(
            "prometheus-config",
            ConfigCarrierArgs(
                directory=CONFIG_DIRECTORY,
                files=[File(path=f"{CONFIG_DIRECTORY}/{path}", content=text) for path, text in config.files.items()],
                mounts=[targets_mount],
            ),
            stack=stack,
            parent=self,
        )
        self.container = service(
            "prometheus",
            ServiceArgs(
                image="prometheus",
                limits=Limits(memory_mb=settings.prometheus.memory_mb, cpus=settings.prometheus.cpus),
                user=NOBODY,
                networks=[
                    args.networks.monitoring("prometheus"),
                    args.networks.edge(),
                    *(Attachment(network=network) for network in args.service_networks),
                ],
                command=arguments(settings.prometheus),
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
            stack=stack,
            parent=self,
        )
        self.reloader = config_reloader(
            "prometheus-reloader",
            ConfigReloaderArgs(
                image="prometheus",
                user=NOBODY,
                status_url=f"http://{addresses.PROMETHEUS}/api/v1/status/config",
                revision=config.revision,
                reload_url=None,
                network=args.networks.monitoring(),
                after=[carrier.container],
            ),
            stack=stack,
            parent=self,
        )
        self.expected_jobs = expected_jobs(jobs)
        self.url = f"http://{settings.publish_address}:{settings.prometheus.port}"
        self.register_outputs({"url": self.url, "revision": config.revision})


def discovery_networks(stack: Stack) -> list[str]:
    """Docker networks on which labelled containers are discovered: those of the services."""
    return [*stack.settings.networks.services, *([stack.name("demo")] if stack.settings.demo else [])]
