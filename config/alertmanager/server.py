"""alertmanager.yml, the files that lie beside it, and how the server is started."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from config.alertmanager.inhibitions import inhibitions
from config.alertmanager.receivers import receivers
from config.alertmanager.routes import routes, time_intervals
from config.settings.stack import Settings

CONFIG_DIRECTORY = "/etc/alertmanager"
DATA_DIRECTORY = "/alertmanager"
EVENTS = f"{DATA_DIRECTORY}/events.jsonl"
# Alertmanager opens a new file when this one is moved away; it never does so itself
TRIM_EVENTS = f"find {DATA_DIRECTORY} -maxdepth 1 -name events.jsonl -size +20480k -exec mv {{}} {EVENTS}.1 \\;"
TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True)
class AlertmanagerConfig:
    """Files by path below the config directory, and the revision that a running Alertmanager reports."""

    files: Mapping[str, str]
    revision: str


def alertmanager_config(settings: Settings) -> AlertmanagerConfig:
    """Everything Alertmanager reads but the secrets.

    The templates lie in a folder named after the configuration's content, so that the running process shows in
    /api/v2/status which revision it has loaded.
    """
    templates = {path.name: path.read_text() for path in sorted(TEMPLATES.glob("*.tmpl"))}
    http_config = settings.notifications.http_config
    document = {
        **({"global": {"http_config": http_config}} if http_config else {}),
        "route": routes(settings.notifications),
        "time_intervals": time_intervals(settings.notifications),
        "inhibit_rules": inhibitions(),
        "receivers": receivers(settings.notifications),
        # what happened to each alert, silence and notification, a line of JSON each
        "event_recorder": {"file_outputs": [{"name": "events", "path": EVENTS}]},
    }
    everything = json.dumps([templates, document], sort_keys=True)
    revision = hashlib.sha256(everything.encode()).hexdigest()[:12]
    document = {"templates": [f"{CONFIG_DIRECTORY}/revisions/{revision}/*.tmpl"], **document}
    return AlertmanagerConfig(
        files={
            **{f"revisions/{revision}/{name}": content for name, content in templates.items()},
            "alertmanager.yml": yaml.safe_dump(document, sort_keys=False, width=120, allow_unicode=True),
        },
        revision=revision,
    )


def arguments(settings: Settings) -> list[str]:
    """Alertmanager's command line."""
    external_url = settings.alertmanager.external_url or f"http://localhost:{settings.alertmanager.port}"
    return [
        f"--config.file={CONFIG_DIRECTORY}/alertmanager.yml",
        f"--storage.path={DATA_DIRECTORY}",
        f"--data.retention={settings.alertmanager.retention_hours}h",
        f"--web.external-url={external_url}",
        # else a path in the external URL would move the API, too: from Prometheus, and from the health check
        "--web.route-prefix=/",
        "--web.listen-address=0.0.0.0:9093",
        "--cluster.listen-address=",  # a single one: nothing to gossip with
        # failed notifications tell whose they are; what happened is written down
        "--enable-feature=receiver-name-in-metrics,event-recorder",
    ]
