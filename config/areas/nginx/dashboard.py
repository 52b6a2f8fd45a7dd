"""nginx: is it there, is it asked, has it connections left?"""

from config.grafana.dashboard import Dashboard, row
from config.grafana.folders import INFRASTRUCTURE
from config.grafana.panels import Query, graph, number, up
from config.grafana.variables import choice
from config.settings.stack import Settings

_INSTANCE = 'instance=~"$instance"'


def nginx(_: Settings) -> Dashboard:
    """Requests and connections."""

    def rate(metric: str) -> str:
        return f"rate(nginx_{metric}{{{_INSTANCE}}}[$__rate_interval])"

    return Dashboard(
        uid="nginx",
        title="nginx",
        description="Requests and connections of nginx.",
        folder=INFRASTRUCTURE,
        variables=[choice("instance", source="nginx_up")],
        rows=[
            row(
                "nginx",
                up("nginx", "Whether the exporter can read its status page.", f"min(nginx_up{{{_INSTANCE}}})"),
                number(
                    "Requests",
                    "Requests per second.",
                    "reqps",
                    Query(f"sum({rate('http_requests_total')})"),
                ),
                number(
                    "Connections",
                    "Open connections, idle ones too.",
                    "short",
                    Query(f"sum(nginx_connections_active{{{_INSTANCE}}})"),
                ),
                graph(
                    "Requests per second",
                    "All requests, whatever they were answered with.",
                    "reqps",
                    Query(rate("http_requests_total"), "{{instance}}"),
                ),
            ),
            row(
                "Connections",
                graph(
                    "Open connections",
                    "What nginx does with its connections.",
                    "short",
                    Query(f"nginx_connections_reading{{{_INSTANCE}}}", "{{instance}} reading"),
                    Query(f"nginx_connections_writing{{{_INSTANCE}}}", "{{instance}} writing"),
                    Query(f"nginx_connections_waiting{{{_INSTANCE}}}", "{{instance}} idle"),
                ),
                graph(
                    "New connections",
                    "Connections per second that were accepted, and those of them that were dropped.",
                    "short",
                    Query(rate("connections_accepted"), "{{instance}} accepted"),
                    Query(f"{rate('connections_accepted')} - {rate('connections_handled')}", "{{instance}} dropped"),
                ),
            ),
        ],
    )
