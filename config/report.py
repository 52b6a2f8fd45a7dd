"""What the report's container reads at its start; the secrets are files beside it."""

import json

from config import addresses
from config.settings import Settings

DATA_DIRECTORY = "/var/lib/report"
FILES_DIRECTORY = "/run/files"
SETTINGS_FILE = f"{FILES_DIRECTORY}/report.json"
TOKEN_FILE = f"{FILES_DIRECTORY}/grafana_token"
PASSWORD_FILE = f"{FILES_DIRECTORY}/smtp_password"


def report_file(settings: Settings) -> str:
    """The content of `SETTINGS_FILE`, for a stack whose settings ask for a report.

    Raises:
        ValueError: they don't.
    """
    report, email = settings.grafana.report, settings.notifications.email
    if report is None or email is None:
        raise ValueError("these settings ask for no report")
    host, _, port = email.smarthost.rpartition(":")
    return json.dumps(
        {
            "environment": settings.environment,
            "grafana": f"http://{addresses.GRAFANA}",
            "link": settings.grafana.url,
            "to": list(report.to),
            "weekday": report.weekday,
            "time": report.time,
            "timeZone": report.time_zone or settings.notifications.time_zone,
            "dashboards": list(report.dashboards),
            "days": report.days,
            "smtp": {
                "host": host,
                "port": int(port),
                "sender": email.sender,
                "username": email.username,
                "requireTls": email.require_tls,
            },
        },
        indent=2,
        sort_keys=True,
    )
