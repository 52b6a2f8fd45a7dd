"""Receivers: one per severity, the heartbeat, and further ones; made of the channels that are configured."""

from typing import Any

from config.settings.channels import ReceiverSettings
from config.settings.channels.base import Config, credential_file
from config.settings.notifications import HEARTBEAT, NOBODY, NotificationSettings

Receiver = dict[str, Any]


def receivers(notifications: NotificationSettings) -> list[Receiver]:
    """Everything under `receivers` in alertmanager.yml."""
    by_severity = notifications.severity_receivers
    made = [_receiver(severity, settings, "", notifications) for severity, settings in by_severity.items()]
    if notifications.heartbeat:
        # it is the call that counts: an end of the Watchdog is told by silence
        beat = {"url_file": credential_file("heartbeatUrl"), "send_resolved": False}
        made.append({"name": HEARTBEAT, "webhook_configs": [beat]})
    made += [_receiver(name, settings, f"-{name}", notifications) for name, settings in notifications.receivers.items()]
    if not ("info" in by_severity and notifications.heartbeat):
        made.append({"name": NOBODY})
    for config in (config for receiver in made for configs in receiver.values() for config in configs):
        if isinstance(config, dict) and "http_config" in config:  # which replaces the global one as a whole
            config["http_config"] |= notifications.http_config
    return made


def _receiver(name: str, settings: ReceiverSettings, suffix: str, notifications: NotificationSettings) -> Receiver:
    configs: dict[str, list[Config]] = {}
    for key, channel, address in settings.on(notifications.channels):
        if channel is None:
            raise ValueError(f"receiver {name} has an address on {key}, which the stack lacks")
        configs.setdefault(channel.configs, []).append(channel.config(address, suffix))
    return {"name": name, **configs}
