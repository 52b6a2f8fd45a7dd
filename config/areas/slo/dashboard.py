"""Service level objectives: how much may still go wrong this month?"""

from config.areas.slo.burn_rates import BURN_RATES
from config.grafana.dashboard import Dashboard, Row
from config.grafana.folders import SERVICES
from config.grafana.panels import Column, Limits, Query, bars, graph, listing
from config.grafana.variables import choice

_SERVICE = 'service=~"$service"'


def slos() -> Dashboard:
    """Objectives, what is left of the error budget, and how fast it burns."""
    left = Limits(warning=0.5, critical=0.1, below=True)
    return Dashboard(
        uid="slos",
        title="SLOs",
        description="Objectives, what is left of the error budget of 30 days, and how fast it burns.",
        folder=SERVICES,
        variables=[choice("service", source="service:slo_objective:ratio")],
        since="7d",
        rows=[
            Row(
                title="Error budget",
                panels=[
                    bars(
                        "Budget left",
                        "Share of the failures that the objective allows in 30 days and that haven't happened yet.",
                        "percentunit",
                        Query(f"service:slo_error_budget_remaining:ratio_rate30d{{{_SERVICE}}}", "{{service}}"),
                        limits=left,
                        maximum=1,
                        width=12,
                    ),
                    listing(
                        "Objectives",
                        "What was promised, and what was kept in the last 3 days.",
                        [
                            Column(source="service", title="Service"),
                            Column(source="A", title="Objective", unit="percentunit"),
                            Column(source="B", title="Kept in 3 days", unit="percentunit"),
                            Column(source="C", title="Budget left", unit="percentunit", limits=left),
                        ],
                        Query(f"max by (service) (service:slo_objective:ratio{{{_SERVICE}}})"),
                        Query(f"1 - max by (service) (service:slo_errors:ratio_rate3d{{{_SERVICE}}})"),
                        Query(f"min by (service) (service:slo_error_budget_remaining:ratio_rate30d{{{_SERVICE}}})"),
                        width=12,
                    ),
                    graph(
                        "Budget left over time",
                        "Share of the error budget of the last 30 days that is left.",
                        "percentunit",
                        Query(f"service:slo_error_budget_remaining:ratio_rate30d{{{_SERVICE}}}", "{{service}}"),
                        limits=left,
                        maximum=1,
                        negative=True,
                        width=24,
                    ),
                ],
            ),
            Row(
                title="Burn rate",
                panels=[
                    graph(
                        f"Burn rate over {burn.window}",
                        "Errors as a multiple of what the objective allows; at 1 the budget lasts 30 days."
                        " The line is the alert's limit.",
                        "short",
                        Query(
                            f"service:slo_errors:ratio_rate{burn.window}{{{_SERVICE}}} / on (service) group_left ()"
                            " service:slo_error_budget:ratio",
                            "{{service}}",
                        ),
                        limits=(
                            Limits(critical=burn.factor) if burn.severity == "critical" else Limits(warning=burn.factor)
                        ),
                    )
                    for burn in BURN_RATES
                ],
            ),
        ],
    )
