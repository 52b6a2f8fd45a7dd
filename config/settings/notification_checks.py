"""What the shape of the settings alone can't rule out: names that lead nowhere, alerts that reach nobody."""

from collections.abc import Collection, Iterator, Mapping

from config.settings.channels import NAMES, TYPES, ReceiverSettings
from config.settings.channels.base import SEVERITIES
from config.settings.notifications import BUSINESS_HOURS, RESERVED, NotificationSettings, RouteSettings


def problems(notifications: NotificationSettings) -> list[str]:
    """One line for each thing that is wrong with a stack's receivers, routes and mute times."""
    return [
        f"notifications.{line}"
        for line in (
            *mute_time_problems(notifications.mute_times),
            *receiver_problems(notifications.receivers),
            *_channel_problems(notifications),
            *address_problems(notifications.receivers, notifications),
            *route_problems(notifications.routes, notifications),
        )
    ]


def receiver_problems(receivers: Mapping[str, ReceiverSettings]) -> Iterator[str]:
    """Names that are taken, receivers that could tell nobody."""
    for name, receiver in receivers.items():
        if name in RESERVED:
            yield f"receivers.{name}: this name belongs to the monitoring itself; choose another"
        if not receiver.addresses:
            yield f"receivers.{name}: it would tell nobody; give it at least one of {', '.join(NAMES)}"


def mute_time_problems(names: Collection[str]) -> Iterator[str]:
    """Names that are taken."""
    if BUSINESS_HOURS in names:
        yield f"muteTimes.{BUSINESS_HOURS}: this name belongs to notifications.businessHours; choose another"


def route_problems(routes: Collection[RouteSettings], notifications: NotificationSettings) -> Iterator[str]:
    """References to what isn't there, and routes by which alerts would be lost.

    Args:
        routes: what is checked.
        notifications: the receivers and mute times that they may name.
    """
    receivers = [*notifications.severity_receivers, *notifications.receivers]
    for index, route in enumerate(routes):
        where = f"routes[{index}]"
        if route.receiver not in receivers:
            yield f"{where}.receiver: there is no receiver '{route.receiver}'; there are: {', '.join(receivers)}"
        for name in route.mute:
            if name not in notifications.mute_times:
                known = ", ".join(notifications.mute_times) or "none; add it under muteTimes"
                yield f"{where}.mute: there is no mute time '{name}'; there are: {known}"
        if "severity" in route.match:
            yield f"{where}.match: severity isn't matched as a label; use severities: {_json(SEVERITIES[:2])}"
        if route.goes_on:
            continue
        if not route.match:
            yield f"{where}: it would take every alert; name labels under match, or add continue: true"
        if route.mute and "critical" in route.severities:
            rest = _json([severity for severity in route.severities if severity != "critical"] or ["warning"])
            yield (
                f"{where}.mute: critical alerts would reach nobody at these times;"
                f" leave them out with severities: {rest}, or add continue: true"
            )


def _channel_problems(notifications: NotificationSettings) -> Iterator[str]:
    for name, receiver in notifications.receivers.items():
        for key, channel, _ in receiver.on(notifications.channels):
            if channel is None:
                yield f"receivers.{name}.{key}: this stack has no {TYPES[key].title}; configure notifications.{key}"


def address_problems(receivers: Mapping[str, ReceiverSettings], notifications: NotificationSettings) -> Iterator[str]:
    """Addresses that a channel, as the stack has it, can't tell."""
    for name, receiver in receivers.items():
        for key, channel, address in receiver.on(notifications.channels):
            if channel and (problem := channel.address_problem(address)):
                yield f"receivers.{name}.{key}: {problem}"


def _json(words: Collection[str]) -> str:
    return "[" + ", ".join(words) + "]"
