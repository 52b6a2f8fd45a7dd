"""Limits of the containers' and Docker's alerts."""

from typing import Annotated

from pydantic import Field

from config.settings.base import Seconds, Share, Thresholds


class ContainerThresholds(Thresholds):
    """Restarts, memory, CPU, health of containers, and the Docker daemon.

    Attributes:
        restarts: so many within the window are too many.
        restart_window_minutes: how far back restarts count.
        crash_loop_seconds: for how long a container keeps waiting to be started again.
        missing_seconds: for how long a container that has to run doesn't.
        memory_percent: of the container's limit, without caches that the kernel can take back.
        cpu_throttled_percent: of the periods in which the container ran, those in which it was stopped by its limit.
        cpu_busy_percent: of all periods, those in which it has to have run; below, being throttled harms nobody.
        start_seconds: after a start, how long a health check may take to succeed.
        docker_error_percent: of the questions asked of the daemon in 2 minutes, those without an answer.
        health_check_error_percent: of all health checks of a host, those that the daemon failed to run.
    """

    jobs = (
        "cadvisor",
        "docker",
        "restarting",
    )

    restarts: Annotated[int, Field(ge=1, examples=[3])] = 3
    restart_window_minutes: Annotated[int, Field(ge=1, le=1440, examples=[15])] = 15
    crash_loop_seconds: Seconds = 180
    missing_seconds: Seconds = 120
    memory_percent: Share = 90.0
    memory_seconds: Seconds = 300
    cpu_throttled_percent: Share = 25.0
    cpu_throttled_seconds: Seconds = 900
    cpu_busy_percent: Share = 25.0
    start_seconds: Seconds = 300
    unhealthy_seconds: Seconds = 120
    docker_down_seconds: Seconds = 60
    docker_error_percent: Share = 50.0
    health_check_error_percent: Share = 20.0
    docker_errors_seconds: Seconds = 300
