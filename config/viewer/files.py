"""What the viewer's container reads; secrets are files of their own."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from config import addresses
from config.grafana.content import PlacedDashboard, folders
from config.grafana.datasources import datasources
from config.grafana.people import private
from config.settings.stack import Settings

DATA_DIRECTORY = "/var/lib/viewer"
DASHBOARDS_DIRECTORY = "/run/dashboards"
FILES_DIRECTORY = "/run/files"
SETTINGS_FILE = f"{FILES_DIRECTORY}/viewer.json"
PASSWORD_FILE = f"{FILES_DIRECTORY}/smtp_password"
INDEX = "index.json"


def viewer_file(settings: Settings) -> str:
    """The content of `SETTINGS_FILE`."""
    address = str(settings.publish_address)
    return _written(
        {
            "environment": settings.environment,
            "prometheus": f"http://{addresses.PROMETHEUS}",
            "link": settings.grafana.url,
            "home": settings.grafana.preferences.home,
            "hosts": sorted({addresses.VIEWER.partition(":")[0], settings.host_name, address}),
            # the stack's own Prometheus is the first
            "sources": [{"uid": each.uid, "name": each.name, "type": each.type} for each in datasources(settings)],
            "scrapeSeconds": settings.prometheus.scrape_interval_seconds,
            **({"report": report} if (report := _report(settings)) else {}),
        }
    )


def dashboard_files(settings: Settings, dashboards: Sequence[PlacedDashboard]) -> dict[str, str]:
    """The dashboards as files below `DASHBOARDS_DIRECTORY`, and their index.

    Those in folders that are private are left out: the viewer doesn't know who asks.
    """
    titles = folders(dashboards)
    shown = [each for each in dashboards if not private(settings.grafana, each.folder)]
    shown.sort(key=lambda each: list(titles).index(each.folder))
    index = [{"uid": each.uid, "folder": titles[each.folder], "file": f"{each.uid}.json"} for each in shown]
    return {f"{each.uid}.json": json.dumps(each.document, sort_keys=True) for each in shown} | {
        INDEX: _written({"dashboards": index})
    }


def _report(settings: Settings) -> Mapping[str, Any] | None:
    report, email = settings.viewer.report, settings.notifications.email
    if report is None or email is None:
        return None
    host, _, port = email.smarthost.rpartition(":")
    return {
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
            "implicitTls": email.tls_from_the_start,
        },
    }


def _written(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True)
