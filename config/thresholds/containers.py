"""Limits of the containers' and Docker's alerts."""

from typing import Annotated

from pydantic import Field

from config.models import Model


class ContainerThresholds(Model):
    """Restarts, memory, CPU, health of containers, and the Docker daemon."""

    restarts: Annotated[int, Field(ge=1, examples=[3])] = 3
    restart_window_minutes: Annotated[int, Field(ge=1, le=1440, examples=[15])] = 15
