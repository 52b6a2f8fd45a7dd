"""The door: the only code that reads Pulumi config. A wrong value stops here, before any resource exists."""

import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Self

import pulumi
from pulumi.runtime import config as runtime_config
from pydantic import Field, StringConstraints, ValidationError, model_validator

from config.alertmanager.checks import problems as notification_problems
from config.alertmanager.team_routes import with_team_routes
from config.errors import SettingsError, describe, innermost
from config.facts import KEY as FACTS_KEY
from config.facts import kept_facts, with_facts
from config.grafana.settings import GrafanaSettings
from config.images import AIRGAP_REGISTRY
from config.models import (
    SUBNET_EXAMPLE,
    AlertmanagerSettings,
    ContainerName,
    DemoSettings,
    DockerHost,
    HostName,
    HostSettings,
    Model,
    Name,
    NetworkSettings,
    Port,
    PostgresSettings,
    PrometheusSettings,
    PublishAddress,
    RedisSettings,
    Registry,
    ServiceSettings,
    Subnet,
)
from config.notifications import NotificationSettings
from config.teams import TEAMS
from config.thresholds import ThresholdSettings
from config.viewer.settings import ViewerSettings

SECRET_KEYS = (
    "grafanaAdminPassword",
    "grafanaDatabasePassword",
    "grafanaOauthClientSecret",
    "grafanaPostgresPassword",
    "grafanaSecretKey",
    "heartbeatUrl",
    "postgresPassword",
    "redisPassword",
    "slackToken",
    "slackWebhookUrl",
    "smtpPassword",
    "webhookToken",
)
# as the settings ask for them: those of a receiver, a user, a datasource end in its name
_NAMED_SECRET = re.compile(r"webhook(Url|Token)(-.+)?|grafana(User|Datasource)Password-.+")
# Grafana puts it into its connection string as it is, and shows the pieces in its errors
_NOT_IN_A_CONNECTION_STRING = re.compile(r"[\s'\\]")
# the demo's databases and its sink ask for these, whatever the settings make use of
DEMO_SECRET_KEYS = frozenset({"postgresPassword", "redisPassword", "slackWebhookUrl", "smtpPassword"})
DOCKER_HOST_NAME = "host.docker.internal"
START_INTERVAL_SINCE = 25  # the engine's version
RESERVED_JOBS = frozenset(
    {"alertmanager", "blackbox", "cadvisor", "containers", "docker", "file", "grafana", "node", "postgres", "probe",
     "prometheus", "redis", "restarting", "viewer"}
)  # fmt: skip


class Settings(Model):
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
    postgres: PostgresSettings | None = None
    redis: RedisSettings | None = None
    notifications: NotificationSettings = Field(examples=[{"slack": {"channel": "#alerts"}}])
    thresholds: ThresholdSettings = ThresholdSettings()
    demo_services: DemoSettings = DemoSettings()

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


# Values that stay encrypted, by key; only those are there that the settings make use of.
Secrets = Mapping[str, pulumi.Output[str]]


def load() -> tuple[Settings, Secrets, Mapping[str, object]]:
    """Read and check the stack's config; the third are the facts that went into the settings (config/facts.py).

    Raises:
        SettingsError: with one line per wrong value: key, what is wrong, what is allowed, an example.
    """
    project, stack = pulumi.get_project(), pulumi.get_stack()
    if problems := misspelt_namespaces(_everything(), project):
        raise SettingsError(problems)
    values = _plain_values(project)
    facts = _given_facts(values.pop(FACTS_KEY)) if FACTS_KEY in values else kept_facts()
    settings = parse(stack, values, facts=facts)
    return settings, _secrets(project, settings), facts


def _given_facts(raw: str) -> dict[str, object]:
    facts = _from_json(raw)
    if not isinstance(facts, dict):
        raise SettingsError([f"{FACTS_KEY}: must be a structure, such as dockerCpus: 4; `monitor up` sets it"])
    return facts


def parse(
    stack: str, values: Mapping[str, str], teams: Path = TEAMS, *, facts: Mapping[str, object] = MappingProxyType({})
) -> Settings:
    """Build settings from config values as the CLI hands them over: strings, JSON for anything else.

    Args:
        stack: the stack's name; the default of `environment`.
        values: key without namespace -> raw value.
        teams: the folder in which teams keep their own receivers and routes.
        facts: settings that hold where the values don't have them.
    """
    document: dict[str, object] = {"stack": stack, "environment": stack}
    for key, raw in values.items():
        document[key] = raw if key in _STRING_KEYS else _from_json(raw)
    document = with_facts(document, facts)
    if "stack" in values:
        raise SettingsError(["stack: the stack's name is chosen with `pulumi stack select`, not in its config"])
    grafana = document.get("grafana")
    if isinstance(grafana, dict) and "report" in grafana:
        raise SettingsError(["grafana.report: is called viewer.report now; move what it says there"])
    try:
        settings = Settings.model_validate_json(json.dumps(document))
    except ValidationError as error:
        raise SettingsError([describe(Settings, problem, document) for problem in innermost(error.errors())]) from None
    if problems := notification_problems(settings.notifications):
        raise SettingsError(problems)
    return settings.model_copy(update={"notifications": with_team_routes(settings.notifications, teams)})


_STRING_KEYS = frozenset(
    {
        "dockerHost",
        "dockerVersion",
        "environment",
        "hostName",
        "imageRegistry",
        "publishAddress",
        "runbookUrl",
        "subnet",
    }
)


def _from_json(raw: str) -> object:
    try:
        return json.loads(raw)
    except json.JSONDecodeError:
        return raw  # a plain word where a number or structure belongs: the type check names it


def misspelt_namespaces(names: Iterable[str], project: str) -> list[str]:
    """One line for each key that was meant for this project: nobody would read it, and a part of the stack would go.

    Args:
        names: keys with their namespaces.
    """
    return [
        f"{name}: '{namespace}' is no namespace of this stack's configuration; is '{project}' meant?"
        for name in names
        if (namespace := name.partition(":")[0]) != project and get_close_matches(namespace, [project], cutoff=0.8)
    ]


def _everything() -> dict[str, str]:
    return {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}


def _plain_values(project: str) -> dict[str, str]:
    prefix = f"{project}:"
    return {
        key: value
        for name, value in _everything().items()
        if name.startswith(prefix)
        and (key := name.removeprefix(prefix)) not in SECRET_KEYS
        and not _NAMED_SECRET.fullmatch(key)
        # Pulumi.yaml's schema gives an optional structure the default `{}`: it means "not configured"
        and value != "{}"
    }


def _is_secret(name: str) -> bool:
    return runtime_config.is_config_secret(name) or name in runtime_config.get_config_secret_keys_env()


def _secrets(project: str, settings: Settings) -> Secrets:
    config = pulumi.Config(project)
    used: dict[str, object] = {
        "postgresPassword": settings.postgres,
        "redisPassword": settings.redis,
        **dict.fromkeys([*settings.notifications.secret_keys, *settings.grafana.secret_keys], True),
    }
    problems: list[str] = []
    found: dict[str, pulumi.Output[str]] = {}
    for key in sorted({*SECRET_KEYS, *used}):
        if not used.get(key) and not (settings.demo and key in DEMO_SECRET_KEYS):
            continue
        command = f"pulumi config set --secret {key}"
        if config.get(key) is None:
            problems.append(f"{key}: this secret is missing; set it with `{command}`")
        elif not config.get(key, ""):
            problems.append(f"{key}: this secret is empty; set it with `{command}`")
        elif not _is_secret(f"{project}:{key}"):
            problems.append(f"{key}: this secret is stored in plain text; encrypt it with `{command}`")
        elif key == "grafanaDatabasePassword" and _NOT_IN_A_CONNECTION_STRING.search(config.get(key, "")):
            problems.append(
                f"{key}: Grafana can't use a password with a space, single quote or backslash; choose another,"
                f" and set it with `{command}`"
            )
        else:
            found[key] = config.require_secret(key)
    if problems:
        raise SettingsError(problems)
    return found
