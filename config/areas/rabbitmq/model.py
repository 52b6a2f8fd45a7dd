"""RabbitMQ: limits of its alerts, and how it is reached."""

from typing import Annotated

from pydantic import Field

from config.settings.base import HostName, HostPort, Seconds, ServerSettings, Share, Thresholds


class RabbitmqThresholds(Thresholds):
    """Memory, alarms and queues of RabbitMQ, and for how many seconds a limit has to be broken.

    Attributes:
        blocked_seconds: for how long RabbitMQ refuses new messages.
        memory_percent: of the memory at which it refuses new messages.
        queue_messages: that wait in one queue for a consumer.
        unconsumed_seconds: for how long messages wait in a queue that nobody consumes from.
        dropped_messages: within 5 minutes, because no queue takes them.
    """

    jobs = ("rabbitmq", "rabbitmq-queues")

    down_seconds: Seconds = 60
    blocked_seconds: Seconds = 60
    memory_percent: Share = 80.0
    memory_seconds: Seconds = 300
    queue_messages: Annotated[int, Field(ge=1, examples=[10_000])] = 10_000
    queue_seconds: Seconds = 600
    unconsumed_seconds: Seconds = 600
    dropped_messages: Annotated[int, Field(ge=0, examples=[0])] = 0


class RabbitmqSettings(ServerSettings):
    """A RabbitMQ with the plugin `rabbitmq_prometheus`, which Prometheus scrapes on one of `networks.services`.

    `address`: the plugin's. `tls`: with a certificate of a public authority.
    `host`: where it runs, if not on the Docker host.
    """

    address: Annotated[HostPort, Field(examples=["rabbitmq:15692"])]
    tls: bool = False
    host: HostName | None = None
