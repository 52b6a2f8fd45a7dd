"""Limits of the services' alerts."""

from typing import Annotated

from pydantic import Field

from config.models import Model, Percent, Seconds

LatencySeconds = Annotated[float, Field(gt=0, examples=[2.0])]


class ApplicationThresholds(Model):
    """Errors, latency, traffic and queues of the services, and for how many seconds a limit has to be broken."""

    down_seconds: Seconds = 60
    error_percent: Percent = 5.0
    error_seconds: Seconds = 120
    latency_p95_seconds: LatencySeconds = 2.0
    job_latency_p95_seconds: LatencySeconds = 2.0
    slow_seconds: Seconds = 300
    # the errors and the latency of fewer requests than that are chance
    minimum_requests_per_second: Annotated[float, Field(ge=0, examples=[0.1])] = 0.1
    no_traffic_seconds: Seconds = 300
    queue_length: Annotated[int, Field(ge=0, examples=[100])] = 100
    queue_seconds: Seconds = 600
