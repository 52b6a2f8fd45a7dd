"""Service level objectives: how much may still go wrong this month?"""

from config.areas.slo.burn_rates import BURN_RATES
from config.grafana.dashboard import Dashboard, row
from config.grafana.folders import SERVICES
from config.grafana.panels import Column, Limits, Query, bars, graph, listing
from config.grafana.variables import choice
from config.settings.stack import Settings

_SERVICE = 'service=~"$service"'
_LEFT = [
    Query(f"service:slo_error_budget_remaining:ratio_rate30d{{{_SERVICE}}}", "{{service}}"),
    Query(f"service:slo_latency_budget_remaining:ratio_rate30d{{{_SERVICE}}}", "{{service}}, in time"),
]


def slos(settings: Settings) -> Dashboard:
    """Objectives, what is left of the error budget, and how fast it burns."""
    days = min(settings.prometheus.retention_days, 30)
    since = f"the last {days} days, as far as this Prometheus remembers them"
    left = Limits(warning=0.5, critical=0.1, below=True)
    return Dashboard(
        uid="slos",
        title="SLOs",
        description=f"Objectives, what is left of the error budget of {since}, and how fast it burns.",
        folder=SERVICES,
        variables=[choice("service", source="service:slo_objective:ratio")],
        since="7d",
        rows=[
            row(
                "Error budget",
                bars(
                    "Budget left",
                    f"Share of the failures or late answers that the objective allows and that weren't in {since}."
                    " Below zero it is overdrawn; a day of history is judged like a month.",
                    "percentunit",
                    *_LEFT,
                    limits=left,
                    maximum=1,
                    width=12,
                ),
                listing(
                    "Objectives",
                    f"What was promised, and what was kept in the last 3 days and in {since}.",
                    [
                        Column(source="service", title="Service"),
                        Column(source="A", title="Objective", unit="percentunit"),
                        Column(source="B", title="Kept in 3 days", unit="percentunit"),
                        Column(source="C", title=f"Kept in {days} days", unit="percentunit"),
                        Column(source="D", title="Budget left", unit="percentunit", limits=left),
                    ],
                    Query(f"max by (service) (service:slo_objective:ratio{{{_SERVICE}}})"),
                    Query(f"1 - max by (service) (service:slo_errors:ratio_rate3d{{{_SERVICE}}})"),
                    Query(
                        "1 - max by (service) ("
                        f"(1 - service:slo_error_budget_remaining:ratio_rate30d{{{_SERVICE}}})"
                        " * on (service) service:slo_error_budget:ratio)"
                    ),
                    Query(f"min by (service) (service:slo_error_budget_remaining:ratio_rate30d{{{_SERVICE}}})"),
                    width=12,
                ),
                graph(
                    "Budget left over time",
                    f"Share of the error budget that was left, of {since}.",
                    "percentunit",
                    *_LEFT,
                    limits=left,
                    maximum=1,
                    negative=True,
                    width=24,
                ),
            ),
            row(
                "Burn rate",
                *[
                    graph(
                        f"Burn rate over {burn.window}",
                        "Errors, or late answers, as a multiple of what the objective allows; at 1 the budget lasts 30"
                        " days. The line is the alert's limit.",
                        "short",
                        *(
                            Query(
                                f"service:slo_{bad}:ratio_rate{burn.window}{{{_SERVICE}}} / on (service) group_left ()"
                                f" service:slo_{budget}:ratio",
                                legend,
                            )
                            for bad, budget, legend in (
                                ("errors", "error_budget", "{{service}}"),
                                ("late", "latency_budget", "{{service}}, in time"),
                            )
                        ),
                        limits=(
                            Limits(critical=burn.factor) if burn.severity == "critical" else Limits(warning=burn.factor)
                        ),
                        width=12,
                    )
                    for burn in BURN_RATES
                ],
            ),
        ],
    )
