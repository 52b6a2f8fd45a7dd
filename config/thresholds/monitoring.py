"""Limits of the alerts on the monitoring itself."""

from config.models import Model, Seconds


class MonitoringThresholds(Model):
    """Targets, rule evaluation, storage and notifications of the monitoring."""

    instance_down_seconds: Seconds = 60
