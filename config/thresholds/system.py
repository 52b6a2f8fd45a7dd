"""Limits of the hosts' alerts."""

from config.models import Model, Seconds


class SystemThresholds(Model):
    """CPU, memory, disks, clock, network of the hosts."""

    host_down_seconds: Seconds = 60
