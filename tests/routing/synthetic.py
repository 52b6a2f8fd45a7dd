"""Settings that make use of everything the routing can do, and the files that Alertmanager gets for them."""

import json
from pathlib import Path
from typing import Any

from config.alertmanager.server import CONFIG_DIRECTORY, alertmanager_config
from config.settings.channels.base import credential_file
from config.settings.load import parse
from config.settings.stack import Settings
from tests.support.rendered import settings as committed

STACKS = ("dev", "staging", "prod")

EVERYTHING: dict[str, Any] = {
    "email": {"smarthost": "smtp.example.com:587", "sender": "monitoring@example.com", "username": "monitoring"},
    "slack": {},
    "webhook": {"secretUrl": True, "token": True},
    "heartbeat": {"intervalSeconds": 30},
    "timeZone": "Europe/Berlin",
    "businessHours": {"weekdays": ["monday-friday"], "times": ["08:00-12:00", "13:00-17:30"]},
    "muteTimes": {
        "nights": {"times": ["22:00-24:00", "00:00-06:00"]},
        "holidays": {
            "daysOfMonth": ["24-26", "-1", "-3--2", "27--1"],
            "months": ["december"],
            "timeZone": "America/New_York",
        },
        "weekends": {"weekdays": ["saturday-sunday"]},
    },
    "receivers": {
        "audit": {"webhook": {"url": "https://audit.example.com/alerts"}},
        "payments": {"webhook": {"secretUrl": True, "token": True}, "email": ["payments@example.com"]},
        "search": {"email": ["search@example.com", "search-lead@example.com"], "slack": "#search"},
    },
    "routes": [
        # everything is kept a copy of
        {"receiver": "audit", "continue": True},
        # a warning of these two is as bad as another's critical
        {
            "receiver": "critical",
            "severities": ["warning"],
            "match": {"service": ["checkout", "billing.v2", r'=~tills-("a"|b)\.[0-9]+']},
        },
        {"receiver": "payments", "match": {"team": "payments"}, "continue": True, "mute": ["nights", "holidays"]},
        {
            "receiver": "search",
            "match": {"team": "search", "cluster": 'the "big" \\one'},
            "severities": ["warning", "info"],
            "mute": ["weekends"],
        },
    ],
}

TEAM_FILE = """
receivers:
  shop: {slack: "#shop", email: [shop@example.com]}
muteTimes:
  shop-closed: {weekdays: [sunday]}
routes:
  - {receiver: shop, severities: [warning, info], mute: [shop-closed]}
  - {receiver: shop, severities: [critical], continue: true}
"""


def rich(folder: Path) -> Settings:
    """`EVERYTHING`, and a team's own file in a folder."""
    path = folder / "teams" / "shop" / "routes.yml"
    path.parent.mkdir(parents=True)
    path.write_text(TEAM_FILE)
    return with_notifications(EVERYTHING, teams=folder / "teams")


def with_notifications(notifications: dict[str, Any], *, teams: Path, **more: Any) -> Settings:
    """A stack with these notifications, and no more than it must have."""
    values = {"notifications": notifications, **more}
    return parse("prod", {key: json.dumps(value) for key, value in values.items()}, teams=teams)


def any_stack(name: str, folder: Path) -> Settings:
    """The settings of a committed stack, or `rich`."""
    return rich(folder) if name == "rich" else committed(name)


def write(settings: Settings, folder: Path, secrets: dict[str, str] | None = None) -> Path:
    """Put Alertmanager's files, which name /etc/alertmanager, into another folder; returns the configuration."""
    for name, content in alertmanager_config(settings).files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.replace(CONFIG_DIRECTORY, str(folder)))
    for key in settings.notifications.secret_keys:
        path = Path(credential_file(key).replace(CONFIG_DIRECTORY, str(folder)))
        path.parent.mkdir(exist_ok=True)
        path.write_text((secrets or {}).get(key, "http://localhost/secret"))
    return folder / "alertmanager.yml"
