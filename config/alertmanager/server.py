"""alertmanager.yml, and the files that lie beside it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from config.alertmanager.receivers import receivers
from config.alertmanager.routes import routes
from config.settings import Settings

CONFIG_DIRECTORY = "/etc/alertmanager"
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
    document = {
        "route": routes(settings.notifications.timings),
        "receivers": receivers(settings.notifications),
    }
    everything = yaml.safe_dump([templates, document], sort_keys=True)
    revision = hashlib.sha256(everything.encode()).hexdigest()[:12]
    document = {"templates": [f"{CONFIG_DIRECTORY}/revisions/{revision}/*.tmpl"], **document}
    return AlertmanagerConfig(
        files={
            **{f"revisions/{revision}/{name}": content for name, content in templates.items()},
            "alertmanager.yml": yaml.safe_dump(document, sort_keys=False, width=120),
        },
        revision=revision,
    )
