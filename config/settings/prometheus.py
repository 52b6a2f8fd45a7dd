"""The settings of Prometheus and Alertmanager."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from config.settings.base import Cpus, HttpUrl, MemoryMb, Model, Port, Seconds

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


# a pattern without quotes and backslashes, which would end the text in a query
PathPattern = Annotated[str, Field(pattern=r"^[A-Za-z0-9/_.*+?|()-]+$", examples=["/(healthz|metrics)"])]


# of alerts that look back 2 and 5 minutes: with fewer samples they are blind
ScrapeSeconds = Annotated[int, Field(ge=1, le=120, examples=[15])]


class PrometheusSettings(Model):
    """Prometheus: how long it keeps, how often it looks, what it may use, what others may make it use.

    `retention_percent`: of the disk that its data lies on, instead of `retention_size_gb`.
    `job_limits`: limits of the monitoring's own jobs, by job; services have `limits` of their own.
    `uncountedPaths`: what is asked there is about a service, and no use of it. Health checks and scrapes, which many
    frameworks count as requests, are neither traffic nor do they make errors rarer.
    `externalUrl`: its address for people, whom the links in notifications lead there.
    """

    port: Port = 9090
    external_url: Annotated[HttpUrl, Field(examples=["https://prometheus.example.com"])] | None = None
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
