"""RabbitMQ, by the metrics of its own plugin: those of the server, and those of each queue."""

from collections.abc import Iterator, Sequence

from config.areas.area import Area, Scrape
from config.areas.rabbitmq.dashboard import rabbitmq
from config.settings.stack import Settings

# of all that can be had by queue, which may be thousands, the two families that the alerts and the dashboard need
_FAMILIES = ("queue_coarse_metrics", "queue_consumer_count")


def _scrapes(settings: Settings, _: Sequence[str]) -> Iterator[Scrape]:
    if not settings.rabbitmq:
        return
    job: Scrape = {
        "static_configs": [
            {
                "targets": [server.address],
                "labels": {"host": server.host or settings.host_name} | ({"__scheme__": "https"} if server.tls else {}),
            }
            for server in settings.rabbitmq
        ],
    }
    yield {"job_name": "rabbitmq", **job}
    yield {
        "job_name": "rabbitmq-queues",
        "metrics_path": "/metrics/detailed",
        "params": {"family": list(_FAMILIES)},
        **job,
    }


AREA = Area(dashboard=rabbitmq, scrapes=_scrapes, alerts="Rabbitmq")
