"""Limits of the hosts' alerts."""

from typing import Annotated

from pydantic import Field

from config.settings.base import Seconds, Share, Thresholds

Hours = Annotated[int, Field(ge=1, le=7 * 24, examples=[24])]
PerSecond = Annotated[float, Field(ge=0, examples=[10])]


class SystemThresholds(Thresholds):
    """CPU, memory, disks, clock, network of the hosts, and how full the kernel's tables are.

    `…_seconds` is for how long a limit has to be broken; only `clock_skew_seconds` is a limit itself. A host isn't
    down for longer than `application.down_seconds` before it is told: what runs there waits for that.
    """

    jobs = ("node",)
    rising = (
        ("memory_warning_percent", "memory_critical_percent"),
        ("disk_warning_percent", "disk_critical_percent"),
        ("inodes_warning_percent", "inodes_critical_percent"),
        ("disk_fill_critical_hours", "disk_fill_warning_hours"),
        ("disk_fill_critical_left_percent", "disk_fill_warning_left_percent"),
        ("kernel_limit_warning_percent", "kernel_limit_critical_percent"),
    )

    host_down_seconds: Seconds = 60
    cpu_percent: Share = 80.0
    cpu_seconds: Seconds = 600  # of CPU, steal, iowait and swapping
    steal_percent: Share = 10.0
    iowait_percent: Share = 40.0
    swapped_in_pages_per_second: PerSecond = 100.0
    memory_warning_percent: Share = 85.0
    memory_warning_seconds: Seconds = 600
    memory_critical_percent: Share = 95.0
    memory_critical_seconds: Seconds = 120
    disk_warning_percent: Share = 85.0
    disk_critical_percent: Share = 95.0
    inodes_warning_percent: Share = 85.0
    inodes_critical_percent: Share = 95.0
    disk_seconds: Seconds = 300  # of space and of inodes
    # only where less than that is left: most disks that fill for an hour or two never get full
    disk_fill_warning_hours: Hours = 24
    disk_fill_warning_left_percent: Share = 40.0
    disk_fill_critical_hours: Hours = 4
    disk_fill_critical_left_percent: Share = 20.0
    disk_fill_fast_hours: Hours = 1
    disk_fill_fast_left_percent: Share = 50.0
    disk_latency_milliseconds: Annotated[float, Field(gt=0, examples=[100])] = 100.0
    disk_latency_seconds: Seconds = 900
    # the latency of fewer operations than that is chance
    disk_minimum_operations_per_second: PerSecond = 10.0
    network_error_percent: Share = 1.0
    network_drop_percent: Share = 2.0
    network_saturated_percent: Share = 90.0
    network_error_seconds: Seconds = 600
    # errors among fewer packets than that are chance
    network_minimum_packets_per_second: PerSecond = 10.0
    clock_skew_seconds: Annotated[float, Field(gt=0, le=3600, examples=[1])] = 1.0
    clock_unsynchronised_seconds: Seconds = 3600
    # processes, file descriptors, tracked connections
    kernel_limit_warning_percent: Share = 80.0
    kernel_limit_critical_percent: Share = 95.0
    kernel_limit_seconds: Seconds = 300
