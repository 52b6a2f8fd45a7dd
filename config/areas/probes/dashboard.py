"""Probes and certificates: what does a caller from outside see?"""

from config.grafana.dashboard import Dashboard, row
from config.grafana.folders import SERVICES
from config.grafana.panels import Column, Limits, Query, graph, listing, number, states, value_texts
from config.grafana.variables import choice
from config.settings.stack import Settings

_SERVICE = 'service=~"$service"'
_DAY = 86400


def probes(settings: Settings) -> Dashboard:
    """Whether and how fast each address answers, and how long its certificate is good."""
    limits = settings.thresholds.probes
    certificate = Limits(
        warning=limits.certificate_warning_days * _DAY, critical=limits.certificate_critical_days * _DAY, below=True
    )
    return Dashboard(
        uid="probes",
        title="Probes & certificates",
        description="Whether and how fast each probed address answers, and how long its certificate is good.",
        folder=SERVICES,
        variables=[choice("service", source="probe_success")],
        rows=[
            row(
                "Now",
                number(
                    "Answering",
                    "Addresses that answer as they should.",
                    "short",
                    Query(f"sum(probe_success{{{_SERVICE}}})"),
                    width=6,
                ),
                number(
                    "Failing",
                    "Addresses that don't.",
                    "short",
                    Query(f"count(probe_success{{{_SERVICE}}} == 0) or vector(0)"),
                    limits=Limits(critical=1),
                    width=6,
                ),
                number(
                    "Slowest",
                    "Time the slowest probe takes.",
                    "s",
                    Query(f"max(probe_duration_seconds{{{_SERVICE}}})"),
                    width=6,
                ),
                number(
                    "First certificate to expire",
                    "Time left of the certificate that expires first.",
                    "s",
                    Query(f"min(probe_ssl_earliest_cert_expiry{{{_SERVICE}}}) - time()"),
                    limits=certificate,
                    empty="no certificates",
                    width=6,
                ),
                states(
                    "Answers",
                    "Whether each address answered.",
                    Query(f"probe_success{{{_SERVICE}}}", "{{instance}}"),
                    mappings=value_texts({"0": ("fails", "red"), "1": ("answers", "green")}),
                ),
            ),
            row(
                "Time",
                graph(
                    "Time to answer",
                    "How long each probe takes in all.",
                    "s",
                    Query(f"probe_duration_seconds{{{_SERVICE}}}", "{{instance}}"),
                    width=12,
                ),
                graph(
                    "Where the time goes",
                    "Mean over all addresses, by phase of the request.",
                    "s",
                    Query(f"avg by (phase) (probe_http_duration_seconds{{{_SERVICE}}})", "{{phase}}"),
                    stacked=True,
                    width=12,
                ),
            ),
            row(
                "Addresses",
                listing(
                    "Addresses",
                    "The last answer of each address, and the share of the chosen time in which it answered.",
                    [
                        Column(source="instance", title="Address"),
                        Column(source="service", title="Service"),
                        Column(source="A", title="Status", unit="none"),
                        Column(source="B", title="Time", unit="s"),
                        Column(source="C", title="Answered", unit="percentunit"),
                    ],
                    Query(f"probe_http_status_code{{{_SERVICE}}}"),
                    Query(f"probe_duration_seconds{{{_SERVICE}}}"),
                    Query(f"avg_over_time(probe_success{{{_SERVICE}}}[$__range])"),
                    width=12,
                ),
                graph(
                    "Certificates",
                    "Time until each certificate expires. The lines are the alert's limits.",
                    "s",
                    Query(f"probe_ssl_earliest_cert_expiry{{{_SERVICE}}} - time()", "{{instance}}"),
                    limits=certificate,
                    negative=True,
                    empty="no certificates",
                    width=12,
                ),
            ),
        ],
    )
