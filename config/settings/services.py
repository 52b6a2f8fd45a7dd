"""The company's services: how each is scraped, what its metrics are called, what is expected of it."""

import re
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, field_validator, model_validator

from config.settings.base import (
    HostName,
    HostPort,
    LabelName,
    Model,
    ProbeTarget,
    ProxyUrl,
    ServiceName,
    Tls,
    UrlPath,
)
from config.settings.prometheus import ScrapeLimits, ScrapeSeconds

# what the scrape jobs say of a target themselves, and what the rules need
OWN_LABELS = ("service", "host", "job")
# names of their secrets; a dash and the service's name follow
SECRETS = ("servicePassword", "serviceToken")
MetricName = Annotated[
    str, StringConstraints(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$"), Field(examples=["http_requests_total"])
]


def _expression(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    return pattern


# without what would end the text in a query
LabelPattern = Annotated[
    str, StringConstraints(pattern=r'^[^"\\\s]+$'), AfterValidator(_expression), Field(examples=["5.."])
]


class RequestMetrics(Model):
    """The names under which a service counts and times what it is asked; what is left out is called as ours.

    `requests`: a counter. `status`: its label that tells how a request ended; `failed`: its values, as a regular
    expression, that are failures. `errors`: a counter of failures, for one without such a label.
    `duration`: a histogram, without `_bucket`; `unit` is what its bounds are in. `route`, `method`: labels.
    `only`, `without`: label -> regular expression; what has another value there, or such a one, isn't counted.
    """

    requests: MetricName = "http_requests_total"
    status: LabelName | None = "status"
    failed: LabelPattern = "5.."
    errors: MetricName | None = None
    duration: MetricName | None = "http_request_duration_seconds"
    unit: Literal["seconds", "milliseconds"] = "seconds"
    route: LabelName = "route"
    method: LabelName = "method"
    only: dict[LabelName, LabelPattern] = Field(default={}, examples=[{"entrypoint": "websecure"}])
    without: dict[LabelName, LabelPattern] = Field(default={}, examples=[{"handler": "internal_.*"}])

    def by_label(self, rate: str) -> str:
        """A rate with the labels `status`, `route` and `method`, whatever they are called here."""
        for name, label in (("status", self.status), ("route", self.route), ("method", self.method)):
            if label and label != name:
                rate = f'label_replace({rate}, "{name}", "$1", "{label}", "(.+)")'
        return rate

    def in_seconds(self, buckets: str) -> str:
        """A rate of buckets whose bounds are in seconds: 250 becomes 0.250, 2.5 becomes 0.0025."""
        if self.unit == "seconds":
            return buckets
        for pattern, replacement in (
            (r"([0-9]+)([.][0-9]+)?", "00000$1$2"),
            (r"00+([0-9]+)([0-9]{3})(?:[.]0)?", "$1.$2"),
            (r"00+([0-9]+)([0-9]{3})[.]([0-9]*[1-9])", "$1.$2$3"),
        ):
            buckets = f'label_replace({buckets}, "le", "{replacement}", "le", "{pattern}")'
        return buckets


def _named(**names: Any) -> RequestMetrics:
    return RequestMetrics(**{RequestMetrics.model_fields[name].alias or name: names[name] for name in names})


def _count_and_histogram(name: str, **labels: Any) -> RequestMetrics:
    return _named(requests=f"{name}_count", duration=name, **labels)


# As their libraries export them, each at its default settings; tests/rules/conventions.yml has series of each.
Convention = Literal[
    "default", "opentelemetry", "micrometer", "prom-client", "express-prom-bundle", "fastapi", "flask", "starlette",
    "promhttp", "django", "nginx", "nginx-vts", "nginx-ingress", "traefik", "envoy",
]  # fmt: skip
CONVENTIONS: dict[str, RequestMetrics] = {
    "default": RequestMetrics(),
    # semantic conventions of HTTP, stable since 1.23
    "opentelemetry": _count_and_histogram(
        "http_server_request_duration_seconds",
        status="http_response_status_code",
        route="http_route",
        method="http_request_method",
    ),
    # Spring Boot; buckets with management.metrics.distribution.percentiles-histogram.http.server.requests=true
    "micrometer": _count_and_histogram("http_server_requests_seconds", route="uri"),
    "prom-client": _count_and_histogram("http_request_duration_seconds", status="status_code"),
    "express-prom-bundle": _count_and_histogram("http_request_duration_seconds", status="status_code", route="path"),
    # prometheus-fastapi-instrumentator groups statuses: 5xx
    "fastapi": _named(route="handler"),
    "flask": _named(requests="flask_http_request_total", duration="flask_http_request_duration_seconds", route="path"),
    "starlette": _named(
        requests="starlette_requests_total",
        duration="starlette_request_duration_seconds",
        status="status_code",
        route="path",
    ),
    # Go: InstrumentHandlerCounter and InstrumentHandlerDuration, under the names of their examples
    "promhttp": _named(status="code", route="handler"),
    "django": _named(
        requests="django_http_responses_total_by_status_view_method_total",
        duration="django_http_requests_latency_seconds_by_view_method",
        route="view",
    ),
    # nginx-prometheus-exporter: the status page tells neither how requests end nor how long they take
    "nginx": _named(requests="nginx_http_requests_total", status=None, duration=None),
    # its label host is the scraped one; "*" is the sum of all
    "nginx-vts": _named(
        requests="nginx_vts_server_requests_total",
        status="code",
        duration="nginx_vts_server_request_duration_seconds",
        only={"exported_host": "[*]"},
        without={"code": "total"},
    ),
    "nginx-ingress": _named(
        requests="nginx_ingress_controller_requests",
        duration="nginx_ingress_controller_request_duration_seconds",
        route="ingress",
    ),
    "traefik": _named(
        requests="traefik_entrypoint_requests_total",
        duration="traefik_entrypoint_request_duration_seconds",
        status="code",
        route="entrypoint",
        without={"entrypoint": "traefik"},  # its own pages
    ),
    "envoy": _named(
        requests="envoy_http_downstream_rq_xx",
        status="envoy_response_code_class",
        failed="5",
        duration="envoy_http_downstream_rq_time",
        unit="milliseconds",
        route="envoy_http_conn_manager_prefix",
        without={"envoy_http_conn_manager_prefix": "admin"},  # its own pages
    ),
}


def _convention(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in get_args(Convention):
        raise ValueError(f"there is no such convention; there are: {', '.join(CONVENTIONS)}; or name the metrics")
    return CONVENTIONS[value]


# Below 93.1 the fastest of its alerts can't fire: 14.4 times what may fail would be more than everything.
Objective = Annotated[float, Field(gt=50, lt=100, examples=[99.9])]


class LatencyObjective(Model):
    """How much of what a service is asked has to be answered in what time, in percent over 30 days.

    `seconds`: a bound of its histogram, which can't tell what lies between two bounds.
    """

    percent: Objective
    seconds: Annotated[float, Field(gt=0, examples=[0.5])]


class BasicAuth(Model):
    """A login; its password is a secret."""

    username: Annotated[str, StringConstraints(min_length=1, pattern=r"^[^:]+$"), Field(examples=["prometheus"])]


def _one_or_several(value: object) -> object:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


Values = Annotated[tuple[str, ...], BeforeValidator(_one_or_several)]


class ServiceSettings(Model):
    """One production service: how it is scraped, and what is expected of it.

    `address`: or a list of them, one per instance. `path`, or `metricsPath`: of its metrics. `params`: of the query.
    `basicAuth`: its password is the secret `servicePassword-NAME`. `bearerToken`: it is sent the secret
    `serviceToken-NAME`. `proxy`: it is scraped through this one.
    `metrics`: what its metrics are called: a convention, or names.
    `probe`: asked from outside as well, by a path on its address, or by the URL that its users know.
    `objective`: percent of its requests and jobs that have to succeed over 30 days.
    `latencyObjective`: percent of them that have to be done within some seconds.
    `expect_traffic`: it always has something to do, so that silence is an incident.
    `limits`: of its scrapes, instead of `prometheus.limits`.
    """

    name: ServiceName
    address: Annotated[
        tuple[HostPort, ...], BeforeValidator(_one_or_several), Field(min_length=1, examples=["api.internal:8080"])
    ]
    path: UrlPath = "/metrics"
    scheme: Literal["http", "https"] = "http"
    params: dict[str, Values] = Field(default={}, examples=[{"format": "prometheus"}])
    tls: Tls = None
    basic_auth: BasicAuth | None = None
    bearer_token: bool = False
    proxy: ProxyUrl | None = None
    metrics: Annotated[RequestMetrics, BeforeValidator(_convention), Field(examples=["opentelemetry"])] = (
        RequestMetrics()
    )
    interval_seconds: ScrapeSeconds | None = None
    host: HostName | None = None  # where it runs, if not on the Docker host
    labels: dict[LabelName, str] = Field(default={}, examples=[{"team": "shop"}])
    probe: ProbeTarget | None = None
    objective: Objective | None = None
    latency_objective: LatencyObjective | None = None
    expect_traffic: bool = False
    limits: ScrapeLimits = ScrapeLimits()

    @property
    def exported_bounds(self) -> list[str]:
        """The label `le` of the latency objective's bound, as exporters write it."""
        bound = self.latency_objective.seconds if self.latency_objective else 0.0
        if self.metrics.unit == "milliseconds":
            bound = round(bound * 1000, 6)
        return sorted({f"{bound:g}", str(float(bound))})

    @property
    def recorded_bounds(self) -> list[str]:
        """The same, once it is in seconds."""
        if self.metrics.unit == "milliseconds" and self.latency_objective:
            return [f"{self.latency_objective.seconds:.3f}"]
        return self.exported_bounds

    @property
    def secret_keys(self) -> list[str]:
        """The secrets that it is scraped with."""
        return [
            f"{key}-{self.name}"
            for key, used in zip(SECRETS, (self.basic_auth, self.bearer_token), strict=True)
            if used
        ]

    @model_validator(mode="before")
    @classmethod
    def _said_in_other_words(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        service = dict(value)
        if "metricsPath" in service and "path" not in service:  # as prometheus.yml calls it
            service["path"] = service.pop("metricsPath")
        if service.get("tls"):
            service.setdefault("scheme", "https")
        return service

    @field_validator("labels")
    @classmethod
    def _labels_are_further_ones(cls, labels: dict[str, str]) -> dict[str, str]:
        for name in labels:
            if name in OWN_LABELS:
                raise ValueError(f"the label '{name}' is set by the monitoring; take another name")
            if name.startswith("__"):
                raise ValueError(f"the label '{name}' is Prometheus's own; take a name without underscores in front")
        return labels

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.basic_auth and self.bearer_token:
            raise ValueError("basicAuth and bearerToken exclude each other; leave one out")
        if self.tls and self.scheme == "http":
            raise ValueError("tls says how https is checked, and scheme is http; leave one out")
        for index, address in enumerate(self.address):
            if address in self.address[:index]:
                raise ValueError(f"address: '{address}' is there twice")
        return self
