"""Limits of the services' alerts."""

from typing import Annotated

from pydantic import Field

from config.models import Model, Percent, Seconds


class ApplicationThresholds(Model):
    """Errors, latency, traffic, probes of the services."""

    error_percent: Percent = 5.0
    error_seconds: Seconds = 120
    minimum_requests_per_second: Annotated[float, Field(ge=0, examples=[0.1])] = 0.1
