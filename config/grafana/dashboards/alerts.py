"""Alerts: what fires, since when, and what has fired?"""

from config.grafana.dashboard import Dashboard, row
from config.grafana.folders import OVERVIEW
from config.grafana.panels import Column, Limits, Query, graph, listing, number, states, value_texts
from config.grafana.variables import choice

# the dead man's switch always fires
_FIRING = 'alertstate="firing", alertname!="Watchdog", severity=~"$severity"'


def alerts() -> Dashboard:
    """Firing alerts now and over time, and how noisy each is."""
    return Dashboard(
        uid="alerts",
        title="Alerts",
        description="What fires, since when, and what has fired how often.",
        folder=OVERVIEW,
        variables=[choice("severity", source="ALERTS", label="severity")],
        since="24h",
        rows=[
            row(
                "Now",
                *(
                    number(
                        severity.capitalize(),
                        f"Alerts of severity {severity} that fire.",
                        "short",
                        Query(
                            f'count(ALERTS{{alertstate="firing", alertname!="Watchdog", severity="{severity}"}})'
                            " or vector(0)"
                        ),
                        limits=limits,
                        width=6,
                    )
                    for severity, limits in (
                        ("critical", Limits(critical=1)),
                        ("warning", Limits(warning=1)),
                        ("info", None),
                    )
                ),
                number(
                    "Pending",
                    "Alerts whose condition holds, but not yet long enough.",
                    "short",
                    Query('count(ALERTS{alertstate="pending"}) or vector(0)'),
                    width=6,
                ),
                listing(
                    "Firing",
                    "Every alert that fires, and since when (the time of this Prometheus's memory of it).",
                    [
                        Column(source="alertname", title="Alert"),
                        Column(source="severity", title="Severity"),
                        Column(source="service", title="Service"),
                        Column(source="host", title="Host"),
                        Column(source="instance", title="Instance"),
                        Column(source="A", title="Active for", unit="s"),
                    ],
                    Query(
                        "time() - max by (alertname, severity, service, host, instance) (ALERTS_FOR_STATE)"
                        " and on (alertname, severity, service, host, instance)"
                        f" max by (alertname, severity, service, host, instance) (ALERTS{{{_FIRING}}})"
                    ),
                    empty="nothing fires",
                    height=10,
                ),
            ),
            row(
                "History",
                states(
                    "Firing over time",
                    "When each alert fired.",
                    # over the whole step: a long range's points lie minutes apart, an alert may be over in between
                    Query(
                        f"max by (alertname, service) (max_over_time(ALERTS{{{_FIRING}}}[$__interval]))",
                        "{{alertname}} {{service}}",
                    ),
                    mappings=value_texts({"1": ("firing", "red")}),
                    empty="nothing fired",
                    height=10,
                ),
                graph(
                    "Firing by severity",
                    "How many alerts fired at the same time.",
                    "short",
                    Query(
                        f"count by (severity) (ALERTS{{{_FIRING}}})"
                        ' or label_replace(vector(0), "severity", "none", "", "")',
                        "{{severity}}",
                    ),
                    stacked=True,
                    width=12,
                ),
                listing(
                    "Time spent firing",
                    "Share of the last day in which an alert fired: one that always does is seen by nobody.",
                    [
                        Column(source="alertname", title="Alert"),
                        Column(source="severity", title="Severity"),
                        Column(source="A", title="Share of 24 h", unit="percentunit"),
                    ],
                    Query(
                        # minutes of the day: groups of rules are evaluated at intervals of their own
                        "topk(20, count_over_time("
                        f"(max by (alertname, severity) (ALERTS{{{_FIRING}}}))[24h:1m]) / {24 * 60})"
                    ),
                    empty="nothing fired",
                    width=12,
                ),
            ),
        ],
    )
