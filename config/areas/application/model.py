"""Limits of the services' alerts."""

from typing import Annotated

from pydantic import Field

from config.settings.base import Percent, Seconds, Thresholds

LatencySeconds = Annotated[float, Field(gt=0, examples=[2.0])]


class ApplicationThresholds(Thresholds):
    """Errors, latency, traffic and queues of the services, and for how many seconds a limit has to be broken.

    Attributes:
        minimum_errors: of fewer within 5 minutes, or an hour, nobody is told by their share.
        minimum_requests_per_second: the latency of fewer requests than that is chance.
        traffic_low_percent: of what came a week ago, where traffic is expected.
    """

    jobs = ("containers",)

    down_seconds: Seconds = 60
    error_percent: Percent = 5.0
    error_seconds: Seconds = 120
    latency_p95_seconds: LatencySeconds = 2.0
    job_latency_p95_seconds: LatencySeconds = 2.0
    slow_seconds: Seconds = 300
    minimum_errors: Annotated[int, Field(ge=1, examples=[5])] = 5
    minimum_requests_per_second: Annotated[float, Field(ge=0, examples=[0.1])] = 0.1
    no_traffic_seconds: Seconds = 300
    queue_length: Annotated[int, Field(ge=0, examples=[100])] = 100
    queue_seconds: Seconds = 600
    queue_long_seconds: Seconds = 3600
    vanished_seconds: Seconds = 300
    traffic_low_percent: Percent = 20.0
    traffic_low_seconds: Seconds = 900
