"""The shape of every setting: types, limits, defaults. Keys are camelCase in stack files, snake_case here.

Units stand in the names: seconds, hours, days, MB (2**20 bytes, as Docker counts memory), GB (as Prometheus does).
"""

import re
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator
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


def _path_or_url(target: str) -> str:
    if not re.fullmatch(r"(/|https?://[^\s/])\S*", target):
        raise ValueError("must be a path on the service, or an http:// or https:// URL")
    return target


Port = Annotated[int, Field(ge=1, le=65535, examples=[9090])]
HostPort = Annotated[str, AfterValidator(_no_scheme), Field(examples=["api.internal:8080"])]
HttpUrl = Annotated[str, AfterValidator(_http_url), Field(examples=["https://hooks.example.com/alerts"])]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/\S*$"), Field(examples=["/metrics"])]
ProbeTarget = Annotated[str, AfterValidator(_path_or_url), Field(examples=["/healthz"])]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$"), Field(examples=["api"])]
HostName = Annotated[str, StringConstraints(pattern=r"^[\w.-]+$"), Field(examples=["shop-1"])]
ContainerName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]+$"), Field(examples=["shop-api"])]
LabelName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$"), Field(examples=["team"])]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s,;]+@[^@\s,;]+$"), Field(examples=["team@autonomica.ai"])]
Channel = Annotated[str, StringConstraints(pattern=r"^[#@]\S+$"), Field(examples=["#alerts"])]
# of alerts that look back 2 and 5 minutes: with fewer samples they are blind
ScrapeSeconds = Annotated[int, Field(ge=1, le=120, examples=[15])]
Seconds = Annotated[int, Field(ge=1, le=7 * 86400, examples=[15])]
Percent = Annotated[float, Field(gt=0, le=100, examples=[85])]
MemoryMb = Annotated[int, Field(ge=MIN_MEMORY_MB, examples=[512])]
Cpus = Annotated[float, Field(gt=0, examples=[0.5])]


class Model(BaseModel):
    """Frozen, nothing unknown, nothing coerced: a setting means what its writer wrote."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, hide_input_in_errors=True
    )


# a pattern without quotes and backslashes, which would end the text in a query
PathPattern = Annotated[str, Field(pattern=r"^[A-Za-z0-9/_.*+?|()-]+$", examples=["/(healthz|metrics)"])]


Limit = Annotated[int, Field(ge=1, examples=[50000])]


class ScrapeLimits(Model):
    """What a scrape may bring; of a target that brings more, nothing is stored. Left out, the stack's limit counts.

    Attributes:
        sample_limit: series of a target.
        label_limit: labels of a series, its target's own and its name included.
        label_name_length_limit: bytes of a label's name.
        label_value_length_limit: bytes of a label's value.
        body_size_limit_mb: of the answer, uncompressed; it is cut off there, before anything of it is read.
        target_limit: targets of a job; with more of them, none of the job is scraped.
    """

    sample_limit: Limit | None = None
    label_limit: Limit | None = None
    label_name_length_limit: Limit | None = None
    label_value_length_limit: Limit | None = None
    body_size_limit_mb: Limit | None = None
    target_limit: Limit | None = None


class StackScrapeLimits(ScrapeLimits):
    """The limits of every job that has none of its own; `null` is no limit.

    A node exporter has 1,000 to 5,000 series, a container some 100, a large application 10,000 to 30,000. An
    answer has 100 to 300 bytes per series. The body's limit is the one that protects memory: series up to the sample
    limit are made before it is reached, and stay in memory for hours where each scrape brings others.
    """

    sample_limit: Limit | None = 50_000
    label_limit: Limit | None = 64
    label_name_length_limit: Limit | None = 256
    label_value_length_limit: Limit | None = 4096
    body_size_limit_mb: Limit | None = 16
    target_limit: Limit | None = 1000


class QuerySettings(Model):
    """What one query may take. Left out, `maxSamples` is 5,000 per MB of Prometheus's memory: some 8 % of it."""

    max_samples: Annotated[int, Field(ge=1000, examples=[20_000_000])] | None = None
    timeout_seconds: Seconds = 60
    concurrency: Annotated[int, Field(ge=1, le=1000, examples=[10])] = 10


class PrometheusSettings(Model):
    """Prometheus: how long it keeps, how often it looks, what it may use, what others may make it use.

    `retention_percent`: of the disk that its data lies on, instead of `retention_size_gb`.
    `job_limits`: limits of the monitoring's own jobs, by job; services have `limits` of their own.
    `uncountedPaths`: what is asked there is about a service, and no use of it. Health checks and scrapes, which many
    frameworks count as requests, are neither traffic nor do they make errors rarer.
    """

    port: Port = 9090
    retention_days: Annotated[int, Field(ge=1, le=3650, examples=[30])] = 30
    retention_size_gb: Annotated[int, Field(ge=1, examples=[20])] = 20
    retention_percent: Annotated[float, Field(gt=0, le=95, examples=[60])] | None = None
    limits: StackScrapeLimits = StackScrapeLimits()
    job_limits: dict[str, ScrapeLimits] = Field(default={}, examples=[{"containers": {"sampleLimit": 100000}}])
    query: QuerySettings = QuerySettings()
    scrape_interval_seconds: ScrapeSeconds = 15
    evaluation_interval_seconds: Seconds = 15
    uncounted_paths: PathPattern = "/(healthz?|livez?|readyz?|ping|metrics|actuator|-/healthy|-/ready)(/.*)?"
    reload_interval_seconds: Seconds = 5
    memory_mb: MemoryMb = 4096
    cpus: Cpus = 2.0

    @property
    def max_samples(self) -> int:
        """How many samples one query may hold in memory; each takes 16 bytes."""
        return self.query.max_samples or self.memory_mb * 5000

    @model_validator(mode="after")
    def _one_retention(self) -> Self:
        if self.retention_percent is not None and "retention_size_gb" in self.model_fields_set:
            raise ValueError("retentionSizeGb and retentionPercent exclude each other; leave one out")
        return self


class AlertmanagerSettings(Model):
    """Alertmanager: its port, how long it remembers notifications, what it may use.

    `externalUrl` is its address for those who get notifications, whose links lead there.
    """

    port: Port = 9093
    external_url: Annotated[HttpUrl, Field(examples=["https://alertmanager.example.com"])] | None = None
    retention_hours: Annotated[int, Field(ge=1, examples=[120])] = 120
    # 5,000 alerts at once take some 300 MB
    memory_mb: MemoryMb = 512
    cpus: Cpus = 0.5


# what the scrape jobs say of a target themselves, and what the rules need
OWN_LABELS = ("service", "host", "job")


class ServiceSettings(Model):
    """One production service: how it is scraped, and what is expected of it.

    `probe`: asked from outside as well, by a path on its address, or by the URL that its users know.
    `objective`: percent of its requests and jobs that have to succeed over 30 days. Below 93.1 the fastest of its
    alerts can't fire: 14.4 times what may fail would be more than everything.
    `expect_traffic`: it always has something to do, so that silence is an incident.
    `limits`: of its scrapes, instead of `prometheus.limits`.
    """

    name: Name
    address: HostPort
    path: UrlPath = "/metrics"
    scheme: Literal["http", "https"] = "http"
    interval_seconds: ScrapeSeconds | None = None
    host: HostName | None = None  # where it runs, if not on the Docker host
    labels: dict[LabelName, str] = Field(default={}, examples=[{"team": "shop"}])
    probe: ProbeTarget | None = None
    objective: Annotated[float, Field(gt=50, lt=100, examples=[99.9])] | None = None
    expect_traffic: bool = False
    limits: ScrapeLimits = ScrapeLimits()

    @field_validator("labels")
    @classmethod
    def _labels_are_further_ones(cls, labels: dict[str, str]) -> dict[str, str]:
        for name in OWN_LABELS:
            if name in labels:
                raise ValueError(f"the label '{name}' is set by the monitoring; take another name")
        return labels


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
