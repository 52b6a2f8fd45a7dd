"""Receivers: one per severity, the heartbeat, and further ones; made of the channels that are configured."""

from typing import Any

from config.alertmanager.credentials import credential_file
from config.settings.notifications import (
    HEARTBEAT,
    NOBODY,
    NotificationSettings,
    ReceiverSettings,
    WebhookSettings,
    severity_receivers,
)

Receiver = dict[str, Any]


def receivers(notifications: NotificationSettings) -> list[Receiver]:
    """Everything under `receivers` in alertmanager.yml."""
    found = [
        _receiver(name, settings, "", notifications) for name, settings in severity_receivers(notifications).items()
    ]
    if notifications.heartbeat:
        found.append({"name": HEARTBEAT, "webhook_configs": [_heartbeat()]})
    found += [
        _receiver(name, settings, f"-{name}", notifications) for name, settings in notifications.receivers.items()
    ]
    if not (notifications.slack and notifications.heartbeat):
        found.append({"name": NOBODY})
    return found


def _receiver(name: str, settings: ReceiverSettings, suffix: str, notifications: NotificationSettings) -> Receiver:
    receiver: Receiver = {"name": name}
    if settings.email:
        receiver["email_configs"] = [_email(", ".join(settings.email), notifications)]
    if settings.slack:
        receiver["slack_configs"] = [_slack(settings.slack, notifications)]
    if settings.webhook:
        receiver["webhook_configs"] = [_webhook(settings.webhook, suffix)]
    return receiver


def _email(to: str, notifications: NotificationSettings) -> dict[str, Any]:
    email = notifications.email
    if email is None:
        raise ValueError(f"e-mail to {to} without a mail server")
    return {
        "to": to,
        "from": email.sender,
        "smarthost": email.smarthost,
        "auth_username": email.username,
        "auth_password_file": credential_file("smtpPassword"),
        "require_tls": email.require_tls,
        "send_resolved": True,
        "headers": {
            "Subject": '{{ template "autonomica.subject" . }}',
            "Auto-Submitted": "auto-generated",  # nobody's absence notice is to answer an alert
        },
        "html": '{{ template "autonomica.email.html" . }}',
        "text": '{{ template "autonomica.email.text" . }}',
    }


def _slack(channel: str, notifications: NotificationSettings) -> dict[str, Any]:
    slack = notifications.slack
    if slack is None:
        raise ValueError(f"a message to {channel} without Slack")
    if slack.token:
        way: dict[str, Any] = {"api_url": slack.api_url, "http_config": _bearer("slackToken")}
    else:
        way = {"api_url_file": credential_file("slackWebhookUrl")}
    return {
        **way,
        "channel": channel,
        "send_resolved": True,
        "color": '{{ template "autonomica.slack.color" . }}',
        "title": '{{ template "autonomica.slack.title" . }}',
        "title_link": '{{ template "autonomica.alerts_url" . }}',
        "text": '{{ template "autonomica.slack.text" . }}',
        "fallback": '{{ template "autonomica.slack.title" . }}',
        # Alertmanager's default puts a line about itself here
        "footer": "",
    }


def _webhook(webhook: WebhookSettings, suffix: str) -> dict[str, Any]:
    config: dict[str, Any] = {"send_resolved": True, "max_alerts": webhook.max_alerts}
    if webhook.secret_url:
        config["url_file"] = credential_file(f"webhookUrl{suffix}")
    else:
        config["url"] = webhook.url
    if webhook.token:
        config["http_config"] = _bearer(f"webhookToken{suffix}")
    return config


def _bearer(secret_key: str) -> dict[str, Any]:
    return {"authorization": {"type": "Bearer", "credentials_file": credential_file(secret_key)}}


def _heartbeat() -> dict[str, Any]:
    # it is the call that counts: an end of the Watchdog is told by silence
    return {"url_file": credential_file("heartbeatUrl"), "send_resolved": False}
