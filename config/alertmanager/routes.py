"""The routing tree: labels may choose a receiver of their own, else severity decides who is told and how soon."""

import re
from collections.abc import Iterator
from typing import Any

from config.settings.channels.base import Severity
from config.settings.notifications import (
    BUSINESS_HOURS,
    CRITICAL,
    HEARTBEAT,
    INFO,
    NOBODY,
    REGEX,
    WARNING,
    NotificationSettings,
    RouteSettings,
    Timing,
    TimingSettings,
)
from config.settings.time_windows import interval

Route = dict[str, Any]

GROUP_BY = ["environment", "alertname", "service"]
# One event fails many services: whoever is paged for it is paged once.
CRITICAL_GROUP_BY = ["environment", "alertname"]
# What is neither critical nor info counts as a warning: one without a severity, or with a misspelt one, is seen.
_SEVERITY: dict[Severity, str] = {
    "critical": 'severity="critical"',
    "warning": 'severity!~"critical|info"',
    "info": 'severity="info"',
}


def routes(notifications: NotificationSettings) -> Route:
    """The tree: the Watchdog, further routes, severities.

    The last three take every alert between them: the root would only get those that nothing else has taken, and a
    further route that continues has taken them already. The root is a real receiver all the same.
    """
    timings = notifications.timings
    return {
        "receiver": WARNING,
        "group_by": GROUP_BY,
        **_pace(timings.warning),
        "routes": [
            _watchdog(notifications),
            *(route for settings in notifications.routes for route in _further(settings, notifications)),
            {"receiver": CRITICAL, "matchers": [_SEVERITY["critical"]], **_timing("critical", timings)},
            {"receiver": WARNING, "matchers": [_SEVERITY["warning"]], **_timing("warning", timings)},
            {
                "receiver": INFO if INFO in notifications.severity_receivers else NOBODY,
                "matchers": [_SEVERITY["info"]],
                **_timing("info", timings),
                "active_time_intervals": [BUSINESS_HOURS],
            },
        ],
    }


def time_intervals(notifications: NotificationSettings) -> list[dict[str, Any]]:
    """Business hours and mute times, by name, as the routes refer to them."""
    windows = {BUSINESS_HOURS: notifications.business_hours, **notifications.mute_times}
    return [
        {"name": name, "time_intervals": [interval(window, notifications.time_zone)]}
        for name, window in windows.items()
    ]


def _watchdog(notifications: NotificationSettings) -> Route:
    route: Route = {
        "receiver": HEARTBEAT if notifications.heartbeat else NOBODY,
        "matchers": ['alertname="Watchdog"'],
    }
    if notifications.heartbeat:
        milliseconds = notifications.heartbeat.interval_seconds * 1000
        # Looked at twice per interval and due after three quarters of it, it is sent once per interval. Due after
        # the whole interval it would just not be due when looked at, and be sent at every second one.
        route |= {
            "group_wait": "0s",
            "group_interval": f"{milliseconds // 2}ms",
            "repeat_interval": f"{milliseconds * 3 // 4}ms",
        }
    return route


def _further(settings: RouteSettings, notifications: NotificationSettings) -> Iterator[Route]:
    """One route per severity, because each has timings of its own."""
    matchers = [_matcher(label, values) for label, values in settings.match.items()]
    for severity in settings.severities:
        route: Route = {
            "receiver": settings.receiver,
            "matchers": [*matchers, _SEVERITY[severity]],
            "continue": settings.goes_on,
            **_timing(severity, notifications.timings),
        }
        if severity == "info":
            route["active_time_intervals"] = [BUSINESS_HOURS]
        if settings.mute:
            route["mute_time_intervals"] = list(settings.mute)
        yield route


def _matcher(label: str, values: tuple[str, ...]) -> str:
    if len(values) == 1 and not values[0].startswith(REGEX):
        operator, value = "=", values[0]
    else:
        patterns = [each.removeprefix(REGEX) if each.startswith(REGEX) else re.escape(each) for each in values]
        operator, value = "=~", "|".join(patterns)
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{label}{operator}"{quoted}"'


def _timing(severity: Severity, timings: TimingSettings) -> Route:
    grouped = {"group_by": CRITICAL_GROUP_BY} if severity == "critical" else {}
    return grouped | _pace(getattr(timings, severity))


def _pace(timing: Timing) -> Route:
    return {
        "group_wait": f"{timing.wait_seconds}s",
        "group_interval": f"{timing.interval_seconds}s",
        "repeat_interval": f"{timing.repeat_seconds}s",
    }
