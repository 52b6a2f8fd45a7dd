"""Overview: is everything all right, in one look?"""

from config.grafana.dashboard import Dashboard, row
from config.grafana.folders import OVERVIEW
from config.grafana.panels import UP_DOWN, Column, Limits, Query, bars, graph, listing, number, states
from config.settings.stack import Settings


def overview(settings: Settings) -> Dashboard:
    """Alerts, services, hosts, databases, and what is left of the error budgets."""
    system, application = settings.thresholds.system, settings.thresholds.application
    return Dashboard(
        uid="overview",
        title="Overview",
        description="Is everything all right? Alerts, services, hosts, databases, error budgets.",
        folder=OVERVIEW,
        rows=[
            row(
                "Right now",
                number(
                    "Critical alerts",
                    "Alerts that page somebody.",
                    "short",
                    Query('count(ALERTS{alertstate="firing", severity="critical"}) or vector(0)'),
                    limits=Limits(critical=1),
                ),
                number(
                    "Warnings",
                    "Alerts that can wait for the morning.",
                    "short",
                    Query('count(ALERTS{alertstate="firing", severity="warning"}) or vector(0)'),
                    limits=Limits(warning=1),
                ),
                number(
                    "Services down",
                    "Services of which no instance answers.",
                    "short",
                    Query('count(max by (service) (up{service!="", job!="probe"}) == 0) or vector(0)'),
                    limits=Limits(critical=1),
                ),
                number(
                    "Hosts down",
                    "Hosts of which nothing answers any more, as the alert has it.",
                    "short",
                    Query('count(ALERTS{alertstate="firing", alertname="HostDown"}) or vector(0)'),
                    limits=Limits(critical=1),
                ),
                number(
                    "Probes failing",
                    "Addresses that don't answer as they should, for so long that there is an alert.",
                    "short",
                    Query('count(ALERTS{alertstate="firing", alertname="ProbeFailing"}) or vector(0)'),
                    limits=Limits(critical=1),
                ),
                number(
                    "Least budget left",
                    "What is left of the error budget of 30 days, of the service with the least.",
                    "percentunit",
                    Query("min(service:slo_error_budget_remaining:ratio_rate30d)"),
                    limits=Limits(warning=0.5, critical=0.1, below=True),
                    empty="no objectives",
                ),
                listing(
                    "Firing alerts",
                    "What is wrong, the worst first.",
                    [
                        Column(source="severity", title="Severity"),
                        Column(source="alertname", title="Alert"),
                        Column(source="service", title="Service"),
                        Column(source="host", title="Host"),
                        Column(source="A", title="How many", unit="none"),
                    ],
                    Query(
                        "sort_desc(count by (severity, alertname, service, host)"
                        ' (ALERTS{alertstate="firing", severity=~"critical|warning"}))'
                    ),
                    sort="Severity",  # of these two, the worse one comes first in the alphabet, too
                    empty="nothing fires",
                    height=6,
                ),
            ),
            row(
                "Services",
                states(
                    "Services",
                    "Whether an instance of each service answers.",
                    Query('max by (service) (up{service!="", job!="probe"})', "{{service}}"),
                    mappings=UP_DOWN,
                    width=12,
                    height=8,
                ),
                bars(
                    "Error budgets",
                    "What is left of each service's error budget of 30 days.",
                    "percentunit",
                    Query("service:slo_error_budget_remaining:ratio_rate30d", "{{service}}"),
                    limits=Limits(warning=0.5, critical=0.1, below=True),
                    maximum=1,
                    width=12,
                ),
                graph(
                    "Requests",
                    "Requests per second by service.",
                    "reqps",
                    Query('sum by (service) (service:requests:rate5m{kind="requests"})', "{{service}}"),
                ),
                graph(
                    "Errors",
                    "Share of requests or jobs that failed. The line is the alert's limit.",
                    "percentunit",
                    Query("service:errors:ratio_rate5m", "{{service}}"),
                    limits=Limits(critical=application.error_percent / 100),
                ),
                graph(
                    "p95",
                    "Time within which 95 % of the requests were answered. The line is the alert's limit.",
                    "s",
                    Query('service:request_duration_seconds:p95_rate5m{kind="requests"}', "{{service}}"),
                    limits=Limits(warning=application.latency_p95_seconds),
                ),
            ),
            row(
                "What they run on",
                graph(
                    "CPU",
                    "Share of all cores that is not idle. The line is the alert's limit.",
                    "percentunit",
                    Query("instance:node_cpu_utilisation:ratio_rate5m", "{{host}}"),
                    limits=Limits(warning=system.cpu_percent / 100),
                    maximum=1,
                    width=6,
                ),
                graph(
                    "Memory",
                    "Share of the memory that programs can't get any more. The lines are the alert's limits.",
                    "percentunit",
                    Query("instance:node_memory_utilisation:ratio", "{{host}}"),
                    limits=Limits(
                        warning=system.memory_warning_percent / 100, critical=system.memory_critical_percent / 100
                    ),
                    maximum=1,
                    width=6,
                ),
                graph(
                    "Fullest filesystem",
                    "Share that is used of each host's fullest filesystem. The lines are the alert's limits.",
                    "percentunit",
                    Query("max by (host) (instance:node_filesystem_utilisation:ratio)", "{{host}}"),
                    limits=Limits(
                        warning=system.disk_warning_percent / 100, critical=system.disk_critical_percent / 100
                    ),
                    maximum=1,
                    width=6,
                ),
                states(
                    "Databases",
                    "Whether each PostgreSQL and Redis answers, and its exporter.",
                    Query(
                        'min by (job, instance) (pg_up or redis_up or up{job=~"postgres|redis"} == 0)',
                        "{{job}} {{instance}}",
                    ),
                    mappings=UP_DOWN,
                    width=6,
                    height=8,
                ),
            ),
        ],
    )
