"""The shape of every setting: types, limits, defaults. Keys are camelCase in stack files, snake_case here.

Units stand in the names: seconds, hours, days, MB (2**20 bytes, as Docker counts memory), GB (as Prometheus does).
"""

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

MIN_MEMORY_MB = 6  # Docker refuses containers with less


def _no_scheme(address: str) -> str:
    host, _, port = address.rpartition(":")
    if "/" in address or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("must be HOST:PORT without a scheme or path")
    return address


def _http_url(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if scheme not in {"http", "https"} or not separator or not rest or any(c.isspace() for c in url):
        raise ValueError("must be an http:// or https:// URL")
    return url


Port = Annotated[int, Field(ge=1, le=65535, examples=[9090])]
HostPort = Annotated[str, AfterValidator(_no_scheme), Field(examples=["api.internal:8080"])]
HttpUrl = Annotated[str, AfterValidator(_http_url), Field(examples=["https://hooks.example.com/alerts"])]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/\S*$"), Field(examples=["/metrics"])]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$"), Field(examples=["api"])]
HostName = Annotated[str, StringConstraints(pattern=r"^[\w.-]+$"), Field(examples=["shop-1"])]
LabelName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$"), Field(examples=["team"])]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s,;]+@[^@\s,;]+$"), Field(examples=["team@autonomica.ai"])]
Channel = Annotated[str, StringConstraints(pattern=r"^[#@]\S+$"), Field(examples=["#alerts"])]
Seconds = Annotated[int, Field(ge=1, le=7 * 86400, examples=[15])]
Percent = Annotated[float, Field(gt=0, le=100, examples=[85])]
MemoryMb = Annotated[int, Field(ge=MIN_MEMORY_MB, examples=[512])]
Cpus = Annotated[float, Field(gt=0, examples=[0.5])]


class Model(BaseModel):
    """Frozen, nothing unknown, nothing coerced: a setting means what its writer wrote."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, hide_input_in_errors=True
    )


class PrometheusSettings(Model):
    """Prometheus: how long it keeps, how often it looks, what it may use."""

    port: Port = 9090
    retention_days: Annotated[int, Field(ge=1, le=3650, examples=[30])] = 30
    retention_size_gb: Annotated[int, Field(ge=1, examples=[20])] = 20
    scrape_interval_seconds: Seconds = 15
    evaluation_interval_seconds: Seconds = 15
    reload_interval_seconds: Seconds = 5
    memory_mb: MemoryMb = 4096
    cpus: Cpus = 2.0


class AlertmanagerSettings(Model):
    """Alertmanager: its port, how long it remembers notifications, what it may use."""

    port: Port = 9093
    retention_hours: Annotated[int, Field(ge=1, examples=[120])] = 120
    memory_mb: MemoryMb = 256
    cpus: Cpus = 0.5


class ServiceSettings(Model):
    """One production service to scrape, and to probe when `probe` names a path."""

    name: Name
    address: HostPort
    path: UrlPath = "/metrics"
    scheme: Literal["http", "https"] = "http"
    interval_seconds: Seconds | None = None
    host: HostName | None = None  # where it runs, if not on the Docker host
    labels: dict[LabelName, str] = Field(default={}, examples=[{"team": "shop"}])
    probe: UrlPath | None = None


class HostSettings(Model):
    """Another host to watch, through a node exporter that runs there already."""

    name: HostName
    address: HostPort


class PostgresSettings(Model):
    """The PostgreSQL server the exporter connects to; its password is the secret `postgresPassword`."""

    address: HostPort
    user: Annotated[str, StringConstraints(min_length=1), Field(examples=["monitoring"])]
    database: Annotated[str, StringConstraints(min_length=1), Field(examples=["postgres"])] = "postgres"
    ssl_mode: Literal["disable", "require", "verify-ca", "verify-full"] = "require"


class RedisSettings(Model):
    """The Redis server the exporter connects to; its password is the secret `redisPassword`."""

    address: HostPort
    tls: bool = False


class NetworkSettings(Model):
    """Docker networks that exist already and that monitoring joins to reach what it watches."""

    services: tuple[str, ...] = Field(default=(), examples=[["shop_default"]])
    databases: tuple[str, ...] = Field(default=(), examples=[["shop_databases"]])


class EmailSettings(Model):
    """E-mail notifications; the SMTP password is the secret `smtpPassword`."""

    smarthost: HostPort
    sender: Email
    username: Annotated[str, StringConstraints(min_length=1), Field(examples=["alerts@autonomica.ai"])]
    require_tls: bool = True
    team: Email = "team@autonomica.ai"
    urgent: Email = "urgent@autonomica.ai"


class SlackSettings(Model):
    """Slack notifications; the incoming-webhook URL is the secret `slackWebhookUrl`."""

    channel: Channel = "#alerts"
    urgent_channel: Channel = "#alerts-urgent"


class WebhookSettings(Model):
    """A custom integration that takes Alertmanager's webhook format."""

    url: HttpUrl


class Timing(Model):
    """When a group of alerts is first sent, sent again with news, and repeated without news."""

    wait_seconds: Seconds
    interval_seconds: Seconds
    repeat_seconds: Seconds


def _timing(*, wait: int, interval: int, repeat: int) -> Timing:
    return Timing.model_validate({"waitSeconds": wait, "intervalSeconds": interval, "repeatSeconds": repeat})


class TimingSettings(Model):
    """Timings by severity."""

    critical: Timing = _timing(wait=10, interval=60, repeat=3600)
    warning: Timing = _timing(wait=30, interval=300, repeat=12 * 3600)
    info: Timing = _timing(wait=300, interval=1800, repeat=24 * 3600)


class NotificationSettings(Model):
    """Which receivers exist. One that is left out isn't configured; critical alerts need at least one."""

    email: EmailSettings | None = None
    slack: SlackSettings | None = None
    webhook: WebhookSettings | None = None
    timings: TimingSettings = TimingSettings()

    @model_validator(mode="after")
    def _someone_is_paged(self) -> Self:
        if not (self.email or self.slack or self.webhook):
            raise ValueError("no receiver for critical alerts; configure at least one of email, slack, webhook")
        return self


class DemoSettings(Model):
    """Host ports of the demo services (dev stacks only)."""

    frontend_port: Port = 8080
    faults_port: Port = 8081
    sink_port: Port = 8025
    requests_per_second: Annotated[float, Field(gt=0, le=200, examples=[5])] = 5.0


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
