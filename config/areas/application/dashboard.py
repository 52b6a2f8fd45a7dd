"""Services: are they asked, do they answer, do they answer in time?"""

from config.grafana.dashboard import Dashboard, row
from config.grafana.folders import SERVICES
from config.grafana.panels import UP_DOWN, Limits, Panel, Query, graph, number, states
from config.grafana.variables import choice
from config.settings.grafana import BusinessMetricSettings
from config.settings.stack import Settings

_SERVICE = 'service=~"$service"'
_ROUTES = "sum by (service, method, route)"


def services(settings: Settings) -> Dashboard:
    """Rate, errors and duration of each service, and what the business counts."""
    limits = settings.thresholds.application
    # a rate needs two samples of the service that is scraped most rarely
    slowest = max((service.interval_seconds or 0 for service in settings.services), default=0)
    every = f"{slowest}s" if slowest > settings.prometheus.scrape_interval_seconds else ""
    errors = Limits(critical=limits.error_percent / 100)
    slow = Limits(warning=limits.latency_p95_seconds)
    return Dashboard(
        uid="services",
        title="Services",
        description="Requests, errors and duration of each service, and business metrics.",
        folder=SERVICES,
        variables=[choice("service")],
        rows=[
            row(
                "Now",
                number(
                    "Services up",
                    "Services of which an instance answers.",
                    "short",
                    Query(f"count(service:up:max5m{{{_SERVICE}}} == 1)"),
                    width=6,
                ),
                number(
                    "Requests",
                    "Requests per second of all chosen services together.",
                    "reqps",
                    Query(f'sum(service:requests:rate5m{{kind="requests", {_SERVICE}}})'),
                    width=6,
                ),
                number(
                    "Highest error rate",
                    "Share of requests or jobs that failed, of the service with the highest.",
                    "percentunit",
                    Query(f"max(service:errors:ratio_rate5m{{{_SERVICE}}})"),
                    limits=errors,
                    width=6,
                ),
                number(
                    "Slowest p95",
                    "Time within which 95 % of the requests were answered, of the slowest service.",
                    "s",
                    Query(f"max(service:request_duration_seconds:p95_rate5m{{{_SERVICE}}})"),
                    limits=slow,
                    width=6,
                ),
                states(
                    "Up",
                    "Whether an instance of the service answers.",
                    Query(f'max by (service) (up{{service!="", job!="probe", {_SERVICE}}})', "{{service}}"),
                    mappings=UP_DOWN,
                ),
            ),
            row(
                "Requests, errors, duration",
                graph(
                    "Requests",
                    "Requests per second.",
                    "reqps",
                    Query(f'sum by (service) (service:requests:rate5m{{kind="requests", {_SERVICE}}})', "{{service}}"),
                ),
                graph(
                    "Errors",
                    "Share of requests, or of jobs, that failed. The line is the alert's limit.",
                    "percentunit",
                    Query(f"service:errors:ratio_rate5m{{{_SERVICE}}}", "{{service}} {{kind}}"),
                    limits=errors,
                ),
                *(
                    graph(
                        f"p{share}",
                        f"Time within which {share} % of the requests were answered, or of the jobs done.{line}",
                        "s",
                        Query(
                            f"service:request_duration_seconds:p{share}_rate5m{{{_SERVICE}}}", "{{service}} {{kind}}"
                        ),
                        limits=slow if line else None,
                    )
                    for share, line in ((95, " The line is the alert's limit."), (50, ""), (99, ""))
                ),
                graph(
                    "Answers by status",
                    "Requests per second by HTTP status.",
                    "reqps",
                    Query(f"sum by (status) (route:requests:rate5m{{{_SERVICE}}})", "{{status}}"),
                    stacked=True,
                ),
                graph(
                    "Requests by route",
                    "The ten routes that are asked most.",
                    "reqps",
                    Query(
                        f"{_ROUTES} (route:requests:rate5m{{{_SERVICE}}})"
                        " and on (service, method, route) topk(10,"
                        f" {_ROUTES} (avg_over_time(route:requests:rate5m{{{_SERVICE}}}[$__range] @ end())))",
                        "{{service}} {{method}} {{route}}",
                    ),
                    width=12,
                ),
                graph(
                    "Errors by route",
                    "Requests per second that failed, by route.",
                    "reqps",
                    Query(f"{_ROUTES} (route:errors:rate5m{{{_SERVICE}}})", "{{service}} {{method}} {{route}}"),
                    empty="no errors",
                    width=12,
                ),
            ),
            row(
                "Workers and business",
                graph(
                    "Jobs",
                    "Jobs per second that a worker finished, by result.",
                    "ops",
                    Query(
                        f"sum by (service, result) (rate(worker_jobs_total{{{_SERVICE}}}[$__rate_interval]))",
                        "{{service}} {{result}}",
                        every,
                    ),
                    width=12,
                ),
                graph(
                    "Queue",
                    "Jobs that wait. The line is the alert's limit.",
                    "short",
                    Query(f"service:queue_length:max{{{_SERVICE}}}", "{{service}} {{queue}}"),
                    limits=Limits(warning=limits.queue_length),
                    width=12,
                ),
                *(business_panel(metric) for metric in settings.grafana.business_metrics),
            ),
        ],
    )


def business_panel(metric: BusinessMetricSettings) -> Panel:
    """A metric of the company's own, as its settings describe it."""
    return graph(metric.title, metric.description, metric.unit, Query(metric.query, metric.legend))
