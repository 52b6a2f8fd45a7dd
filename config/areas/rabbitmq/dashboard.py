"""RabbitMQ: does it take messages, and does somebody fetch them?"""

from config.grafana.dashboard import Dashboard, row
from config.grafana.folders import INFRASTRUCTURE
from config.grafana.panels import Limits, Query, graph, number, up, value_texts
from config.grafana.variables import choice
from config.settings.stack import Settings

_INSTANCE = 'instance=~"$instance"'


def rabbitmq(settings: Settings) -> Dashboard:
    """Alarms, memory, messages, queues."""
    limits = settings.thresholds.rabbitmq
    memory = Limits(warning=limits.memory_percent / 100)

    def rate(metric: str) -> str:
        return f"sum by (instance) (rate(rabbitmq_global_messages_{metric}_total{{{_INSTANCE}}}[$__rate_interval]))"

    return Dashboard(
        uid="rabbitmq",
        title="RabbitMQ",
        description="Alarms, memory, messages and queues of RabbitMQ.",
        folder=INFRASTRUCTURE,
        variables=[choice("instance", source="rabbitmq_identity_info")],
        rows=[
            row(
                "Now",
                up("RabbitMQ", "Whether it answers.", f'min(up{{job="rabbitmq", {_INSTANCE}}})'),
                number(
                    "Publishing",
                    "Whether an alarm about memory or disk blocks everybody who publishes.",
                    "short",
                    Query(
                        f"max(rabbitmq_alarms_memory_used_watermark{{{_INSTANCE}}}"
                        f" or rabbitmq_alarms_free_disk_space_watermark{{{_INSTANCE}}})"
                    ),
                    mappings=value_texts({"0": ("open", "green"), "1": ("blocked", "red")}),
                ),
                number(
                    "Memory in use",
                    "Share of the memory at which publishing is blocked.",
                    "percentunit",
                    Query(f"max(instance:rabbitmq_memory:ratio{{{_INSTANCE}}})"),
                    limits=memory,
                ),
                number(
                    "Waiting",
                    "Messages in all queues that wait for a consumer.",
                    "short",
                    Query(f"sum(rabbitmq_queue_messages_ready{{{_INSTANCE}}})"),
                ),
                number("Queues", "All queues.", "short", Query(f"sum(rabbitmq_queues{{{_INSTANCE}}})")),
                number("Consumers", "All consumers.", "short", Query(f"sum(rabbitmq_consumers{{{_INSTANCE}}})")),
            ),
            row(
                "Messages",
                graph(
                    "Messages",
                    "Messages per second that were published, and that consumers acknowledged.",
                    "short",
                    Query(rate("received"), "{{instance}} published"),
                    Query(rate("acknowledged"), "{{instance}} acknowledged"),
                ),
                graph(
                    "Not delivered",
                    "Messages per second that no queue was bound for: dropped, or given back to the publisher.",
                    "short",
                    Query(rate("unroutable_dropped"), "{{instance}} dropped"),
                    Query(rate("unroutable_returned"), "{{instance}} given back"),
                ),
                graph(
                    "Connections",
                    "Open connections and channels.",
                    "short",
                    Query(f"rabbitmq_connections{{{_INSTANCE}}}", "{{instance}} connections"),
                    Query(f"rabbitmq_channels{{{_INSTANCE}}}", "{{instance}} channels"),
                ),
            ),
            row(
                "Queues",
                graph(
                    "Waiting by queue",
                    "Messages that wait for a consumer, in the ten longest queues. The line is the alert's limit.",
                    "short",
                    Query(f"topk(10, rabbitmq_detailed_queue_messages_ready{{{_INSTANCE}}})", "{{vhost}} {{queue}}"),
                    limits=Limits(warning=limits.queue_messages),
                    width=12,
                ),
                graph(
                    "Unacknowledged by queue",
                    "Messages that consumers hold and haven't acknowledged, in the ten queues with most.",
                    "short",
                    Query(f"topk(10, rabbitmq_detailed_queue_messages_unacked{{{_INSTANCE}}})", "{{vhost}} {{queue}}"),
                    width=12,
                ),
            ),
            row(
                "Room",
                graph(
                    "Memory",
                    "Share of the memory at which publishing is blocked. The line is the alert's limit.",
                    "percentunit",
                    Query(f"instance:rabbitmq_memory:ratio{{{_INSTANCE}}}", "{{instance}}"),
                    limits=memory,
                    maximum=1,
                    width=12,
                ),
                graph(
                    "Disk",
                    "Free space, and the one below which publishing is blocked.",
                    "bytes",
                    Query(f"rabbitmq_disk_space_available_bytes{{{_INSTANCE}}}", "{{instance}} free"),
                    Query(f"rabbitmq_disk_space_available_limit_bytes{{{_INSTANCE}}}", "{{instance}} limit"),
                    width=12,
                ),
            ),
        ],
    )
