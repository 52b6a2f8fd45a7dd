"""Secrets of a demo stack, made at random: nobody has to invent a password to try things out."""

import secrets
from collections.abc import Mapping

NAMES = (
    "postgresPassword",
    "redisPassword",
    "smtpPassword",
    "slackWebhookUrl",
    "webhookToken",
    "heartbeatUrl",
    "grafanaAdminPassword",
    "grafanaSecretKey",
)
_BYTES = 24


def missing(config: Mapping[str, object]) -> dict[str, str]:
    """Values for the secrets a demo stack needs and doesn't have; empty for every other stack.

    Args:
        config: the stack's generated values, key without namespace -> value.
    """
    if config.get("demo") not in (True, "true"):
        return {}
    made = {
        "postgresPassword": secrets.token_urlsafe(_BYTES),
        "redisPassword": secrets.token_urlsafe(_BYTES),
        "smtpPassword": secrets.token_urlsafe(_BYTES),
        # Slack's webhook URL and the heartbeat's are themselves credentials: the random part plays the token
        "slackWebhookUrl": f"http://sink:8080/slack/{secrets.token_urlsafe(_BYTES)}",
        "webhookToken": secrets.token_urlsafe(_BYTES),
        "heartbeatUrl": f"http://sink:8080/heartbeat/{secrets.token_urlsafe(_BYTES)}",
        "grafanaAdminPassword": secrets.token_urlsafe(_BYTES),
        "grafanaSecretKey": secrets.token_urlsafe(_BYTES),
    }
    grafana = config.get("grafana")
    if isinstance(grafana, dict):
        for user in grafana.get("users", []):
            made[f"grafanaUserPassword-{user['login']}"] = secrets.token_urlsafe(_BYTES)
        if grafana.get("postgres"):
            made["grafanaPostgresPassword"] = secrets.token_urlsafe(_BYTES)
    return {name: value for name, value in made.items() if name not in config}
