"""Everything a stack can choose, checked."""

import re
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from config.settings.alerts import AlertOverride
from config.settings.areas import RESERVED_JOBS, AreaSettings, ThresholdSettings
from config.settings.base import (
    AIRGAP_REGISTRY,
    ContainerName,
    HostName,
    HostPort,
    Model,
    Name,
    Port,
)
from config.settings.grafana import GrafanaSettings
from config.settings.notifications import NotificationSettings
from config.settings.prometheus import AlertmanagerSettings, PrometheusSettings
from config.settings.services import ServiceSettings
from config.settings.viewer import ViewerSettings

# Outside of the pools from which Docker, unless told otherwise, takes the subnets of all other networks
# (172.17.0.0/16 to 172.31.0.0/16, 192.168.0.0/16): inside, whichever network came first would win.
SUBNET_EXAMPLE = "172.16.90.0/24"
DockerHost = Annotated[
    str,
    StringConstraints(pattern=r"^(unix:///\S+|tcp://\S+|ssh://\S+)$"),
    Field(examples=["unix:///var/run/docker.sock", "ssh://deploy@host"]),
]
Subnet = Annotated[IPv4Network, Field(strict=False, examples=[SUBNET_EXAMPLE])]
PublishAddress = Annotated[IPv4Address, Field(strict=False, examples=["127.0.0.1"])]
Registry = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9.-]+(:\d+)?(/[\w./-]+)?$"),
    Field(examples=["mirror.internal:5000"]),
]


class HostSettings(Model):
    """Another host to watch, through a node exporter that runs there already."""

    name: HostName
    address: HostPort


class NetworkSettings(Model):
    """Docker networks that exist already and that monitoring joins to reach what it watches."""

    services: tuple[str, ...] = Field(default=(), examples=[["shop_default"]])
    databases: tuple[str, ...] = Field(default=(), examples=[["shop_databases"]])


class DemoSettings(Model):
    """Host ports of the demo services (dev stacks only)."""

    frontend_port: Port = 8080
    faults_port: Port = 8081
    sink_port: Port = 8025
    requests_per_second: Annotated[float, Field(gt=0, le=200, examples=[5])] = 5.0


DOCKER_HOST_NAME = "host.docker.internal"
_LOCAL = re.compile(r"https?://(localhost|127(\.\d+){3}|\[::1\])(:|/|$)", re.IGNORECASE)


START_INTERVAL_SINCE = 25  # the engine's version


class Settings(AreaSettings):
    """Everything a stack can choose, checked. Secrets are apart, in `Secrets`."""

    stack: Name
    environment: Name
    demo: bool = False
    docker_host: DockerHost = "unix:///var/run/docker.sock"
    docker_socket_group: Annotated[int, Field(ge=0, examples=[998])] | None = None
    docker_metrics_port: Port | None = None
    docker_version: Annotated[str, StringConstraints(pattern=r"^\d+\.\S+$"), Field(examples=["28.5.2"])] | None = None
    # more than it has is refused by the engine; every engine has one
    docker_cpus: Annotated[int, Field(ge=1, examples=[4])] = 1
    host_name: HostName = "docker-host"
    image_registry: Registry | None = None
    require_digests: bool = False
    publish_address: PublishAddress = IPv4Address("127.0.0.1")
    subnet: Subnet = IPv4Network(SUBNET_EXAMPLE)
    # the engine's networks have 1500 whatever the host has: larger packets are lost in a tunnel
    network_mtu: Annotated[int, Field(ge=576, le=65535, examples=[1420])] | None = None
    runbook_url: Annotated[
        str,
        StringConstraints(pattern=r"^\S+$"),
        Field(examples=["https://git.example.com/monitoring/docs/runbooks"]),
    ] = "docs/runbooks"
    prometheus: PrometheusSettings = PrometheusSettings()
    alertmanager: AlertmanagerSettings = AlertmanagerSettings()
    grafana: GrafanaSettings = GrafanaSettings()
    viewer: ViewerSettings = ViewerSettings()
    services: tuple[ServiceSettings, ...] = Field(default=(), examples=[[{"name": "api", "address": "api:8080"}]])
    containers: tuple[ContainerName, ...] = Field(default=(), examples=[["shop-api", "shop-worker"]])
    hosts: tuple[HostSettings, ...] = Field(default=(), examples=[[{"name": "shop-2", "address": "10.0.0.2:9100"}]])
    networks: NetworkSettings = NetworkSettings()
    notifications: NotificationSettings = Field(examples=[{"slack": {"channel": "#alerts"}}])
    thresholds: ThresholdSettings = ThresholdSettings()
    alerts: dict[str, AlertOverride] = Field(default={}, examples=[{"HostCpuHigh": {"severity": "info"}}])
    demo_services: DemoSettings = DemoSettings()

    @property
    def secret_keys(self) -> frozenset[str]:
        """Keys of the secrets that these settings make use of."""
        of_services = (key for service in self.services for key in service.secret_keys)
        return frozenset([*of_services, *self.notifications.secret_keys, *self.grafana.secret_keys])

    @property
    def optional_secret_keys(self) -> frozenset[str]:
        """Keys of secrets that are made use of where they are set: a server may ask for no login."""
        return frozenset(key for _, server in self.servers for key in server.secret_keys)

    @property
    def prefix(self) -> str:
        """What every Docker object's name starts with, so that stacks can share a host."""
        return f"autonomica-{self.stack}"

    @property
    def gateway(self) -> str:
        """The host's own address on the monitoring network: where exporters in the host's network listen."""
        return str(next(self.subnet.hosts()))

    @property
    def health_checks_start_often(self) -> bool:
        """Whether the engine knows `start_interval`; an older one drops it, which would be a change at every update."""
        return self.docker_version is not None and int(self.docker_version.partition(".")[0]) >= START_INTERVAL_SINCE

    @property
    def dead_links(self) -> str | None:
        """What is said of a stack whose notifications have links that only somebody on the Docker host can follow."""
        addresses = {
            "alertmanager.externalUrl": self.alertmanager.external_url,
            "grafana.externalUrl": self.grafana.external_url,
            "runbookUrl": self.runbook_url if "://" in self.runbook_url else None,
        }
        missing = [key for key, url in addresses.items() if url is None or _LOCAL.match(url)]
        if self.demo or not missing:
            return None
        return (
            f"links in notifications lead nowhere but on the Docker host: set {', '.join(missing)} to where"
            " those who are told reach it"
        )

    @property
    def names_docker_host(self) -> bool:
        """Whether something that is watched or notified runs on the Docker host itself."""
        return DOCKER_HOST_NAME in self.model_dump_json()

    @property
    def host_ports(self) -> dict[str, int]:
        """Setting key -> port published on the host."""
        ports = {
            "prometheus.port": self.prometheus.port,
            "alertmanager.port": self.alertmanager.port,
            "grafana.port": self.grafana.port,
        }
        if self.demo:
            ports |= {
                "demoServices.frontendPort": self.demo_services.frontend_port,
                "demoServices.faultsPort": self.demo_services.faults_port,
                "demoServices.sinkPort": self.demo_services.sink_port,
            }
        return ports

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        by_port = sorted(self.host_ports.items(), key=lambda item: item[1])
        for (key, port), (other, other_port) in pairwise(by_port):
            if port == other_port:
                raise ValueError(f"{key} and {other} both use host port {port}; give each its own")
        names = [service.name for service in self.services]
        for index, name in enumerate(names):
            if name in RESERVED_JOBS:
                raise ValueError(
                    f"services[{index}].name: '{name}' is a scrape job of the monitoring itself; rename it"
                )
            if name in names[:index]:
                raise ValueError(f"services[{index}].name: '{name}' is used twice; service names are unique")
        for job in self.prometheus.job_limits:
            if job not in RESERVED_JOBS:
                raise ValueError(
                    f"prometheus.jobLimits: '{job}' is no job of the monitoring itself"
                    f" ({', '.join(sorted(RESERVED_JOBS))}); a service has `limits` in its entry of services"
                )
        hosts = [self.host_name, *(host.name for host in self.hosts)]
        for index, name in enumerate(hosts):
            if name in hosts[:index]:
                raise ValueError(f"hosts[{index - 1}].name: '{name}' is used twice; host names are unique")
        if self.require_digests and self.image_registry == AIRGAP_REGISTRY:
            raise ValueError(
                "requireDigests: images that are built on the spot have none; take them from a registry"
                " (imageRegistry), or set requireDigests to false"
            )
        if self.subnet.prefixlen > 28:
            raise ValueError(f"subnet: {self.subnet} is too small for the monitoring network; use a /28 or larger")
        if self.viewer.report and not self.notifications.email:
            raise ValueError("viewer.report: there is no mail server; configure notifications.email, or leave it out")
        if self.demo and self.environment in {"prod", "production"}:
            raise ValueError("demo: demo services don't belong in production; set demo to false")
        return self
