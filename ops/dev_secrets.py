"""Secrets made at random: all of a demo stack, so that nobody has to invent a password to try things out, and the key
of any Grafana's database, which nobody ever types."""

import secrets
from collections.abc import Mapping

GRAFANA_KEY = "grafanaSecretKey"
NAMES = (
    "postgresPassword",
    "redisPassword",
    "smtpPassword",
    "slackWebhookUrl",
    "webhookToken",
    "heartbeatUrl",
    "grafanaAdminPassword",
    GRAFANA_KEY,
)
_BYTES = 24


def missing(config: Mapping[str, object], *, grafana: bool) -> dict[str, str]:
    """Values for the secrets that a stack needs, doesn't have, and that nobody has to choose.

    Args:
        config: the stack's generated values, key without namespace -> value.
        grafana: the stack has a Grafana; without one nothing of its secrets is needed.
    """
    made = _of_grafana(config) if grafana else {}
    if config.get("demo") in (True, "true"):
        made |= _of_demo()
    else:
        made = {name: value for name, value in made.items() if name == GRAFANA_KEY}
    return {name: value for name, value in made.items() if name not in config}


def _of_demo() -> dict[str, str]:
    return {
        "postgresPassword": secrets.token_urlsafe(_BYTES),
        "redisPassword": secrets.token_urlsafe(_BYTES),
        "smtpPassword": secrets.token_urlsafe(_BYTES),
        # Slack's webhook URL and the heartbeat's are themselves credentials: the random part plays the token
        "slackWebhookUrl": f"http://sink:8080/slack/{secrets.token_urlsafe(_BYTES)}",
        "webhookToken": secrets.token_urlsafe(_BYTES),
        "heartbeatUrl": f"http://sink:8080/heartbeat/{secrets.token_urlsafe(_BYTES)}",
    }


def _of_grafana(config: Mapping[str, object]) -> dict[str, str]:
    made = {
        "grafanaAdminPassword": secrets.token_urlsafe(_BYTES),
        GRAFANA_KEY: secrets.token_urlsafe(_BYTES),
    }
    grafana = config.get("grafana")
    if isinstance(grafana, dict):
        for user in grafana.get("users", []):
            made[f"grafanaUserPassword-{user['login']}"] = secrets.token_urlsafe(_BYTES)
        if grafana.get("postgres"):
            made["grafanaPostgresPassword"] = secrets.token_urlsafe(_BYTES)
    return made
