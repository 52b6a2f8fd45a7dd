"""Receivers by severity, made of the channels that are configured."""

from typing import Any

from config.models import EmailSettings, NotificationSettings, WebhookSettings

SECRETS_DIRECTORY = "/etc/alertmanager/secrets"
SMTP_PASSWORD_FILE = f"{SECRETS_DIRECTORY}/smtp_password"
SLACK_URL_FILE = f"{SECRETS_DIRECTORY}/slack_webhook_url"

Receiver = dict[str, Any]


def receivers(notifications: NotificationSettings) -> list[Receiver]:
    """One receiver per severity; a channel that isn't configured is left out of it."""
    email, slack, webhook = notifications.email, notifications.slack, notifications.webhook
    return [
        {
            "name": "critical",
            **(_email(email, email.urgent) if email else {}),
            **(_slack(slack.urgent_channel) if slack else {}),
            **(_webhook(webhook) if webhook else {}),
        },
        {
            "name": "warning",
            **(_email(email, email.team) if email else {}),
            **(_slack(slack.channel) if slack else {}),
        },
        {
            "name": "info",
            **(_slack(slack.channel) if slack else {}),
        },
    ]


def _email(email: EmailSettings, to: str) -> Receiver:
    return {
        "email_configs": [
            {
                "to": to,
                "from": email.sender,
                "smarthost": email.smarthost,
                "auth_username": email.username,
                "auth_password_file": SMTP_PASSWORD_FILE,
                "require_tls": email.require_tls,
                "send_resolved": True,
                "headers": {"Subject": '{{ template "autonomica.subject" . }}'},
                "html": '{{ template "autonomica.email.html" . }}',
                "text": '{{ template "autonomica.text" . }}',
            }
        ]
    }


def _slack(channel: str) -> Receiver:
    return {
        "slack_configs": [
            {
                "api_url_file": SLACK_URL_FILE,
                "channel": channel,
                "send_resolved": True,
                "title": '{{ template "autonomica.subject" . }}',
                "text": '{{ template "autonomica.text" . }}',
                "fallback": '{{ template "autonomica.subject" . }}',
            }
        ]
    }


def _webhook(webhook: WebhookSettings) -> Receiver:
    return {"webhook_configs": [{"url": webhook.url, "send_resolved": True}]}
