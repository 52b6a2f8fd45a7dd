"""The routing tree: severity decides where an alert goes and how soon."""

from typing import Any

from config.models import Timing, TimingSettings

Route = dict[str, Any]

GROUP_BY = ["environment", "alertname", "service"]


def routes(timings: TimingSettings) -> Route:
    """The tree. Its root is a real receiver: an alert without a known severity reaches a person too."""
    return {
        "receiver": "warning",
        "group_by": GROUP_BY,
        **_timing(timings.warning),
        "routes": [
            {"receiver": "critical", "matchers": ['severity="critical"'], **_timing(timings.critical)},
            {"receiver": "info", "matchers": ['severity="info"'], **_timing(timings.info)},
        ],
    }


def _timing(timing: Timing) -> Route:
    return {
        "group_wait": f"{timing.wait_seconds}s",
        "group_interval": f"{timing.interval_seconds}s",
        "repeat_interval": f"{timing.repeat_seconds}s",
    }
