"""A dashboard made by hand in Grafana as a file of the repository, from where the program deploys it."""

import json
from collections.abc import Mapping
from pathlib import Path

from config.grafana.dashboards import dashboards
from config.grafana.drop_in import files_by_uid
from config.grafana.exported import OF_ITS_ORIGIN, slug, written_out
from config.settings.errors import SettingsError
from config.settings.grafana import MAX_UID
from config.settings.stack import Settings
from ops.errors import OpsError, UsageError
from ops.grafana_api import GrafanaApi

_COPY = "-by-hand"


def bring(api: GrafanaApi, uid: str, settings: Settings, folder: Path, *, force: bool) -> Path:
    """Write a dashboard to its file.

    Raises:
        OpsError: there is no such dashboard, it can't stand alone, a file of the folder can't be read, or it would be
            overwritten.
    """
    try:
        files = files_by_uid(settings.grafana.dashboards, folder)
    except SettingsError as error:
        raise OpsError(str(error)) from None
    document = fetch(api, uid)
    try:
        # Grafana hands out no library with it: better no file than one that the next update refuses
        document = written_out(document)
    except ValueError as error:
        raise OpsError(f"dashboard '{uid}': {error}") from None
    if uid in {own.uid for own in dashboards(settings)}:
        document = as_a_copy(document)
    return write(document, file_for(document, folder, files), force=force)


def fetch(api: GrafanaApi, uid: str) -> dict[str, object]:
    """A dashboard's document.

    Raises:
        UsageError: there is none with this uid.
    """
    answer = api.get(f"/api/dashboards/uid/{uid}")
    document = answer.get("dashboard") if isinstance(answer, dict) else None
    if not isinstance(document, dict):
        raise UsageError(f"Grafana has no dashboard with uid '{uid}'; the uid is the part of its address after /d/")
    return {key: value for key, value in document.items() if key not in OF_ITS_ORIGIN}


def as_a_copy(document: Mapping[str, object]) -> dict[str, object]:
    """One of the program's own, edited by hand, beside the original: that is made anew by every update."""
    uid = str(document["uid"])[: MAX_UID - len(_COPY)]
    return {**document, "uid": f"{uid}{_COPY}", "title": f"{document['title']} (by hand)"}


def file_for(document: Mapping[str, object], folder: Path, files: Mapping[str, Path]) -> Path:
    """The file that it came from, whatever that is called; else one that is named after its title."""
    uid = str(document["uid"])
    return files.get(uid) or folder / f"{slug(str(document['title'])) or uid}.json"


def write(document: Mapping[str, object], path: Path, *, force: bool) -> Path:
    """Write it.

    Raises:
        OpsError: the file is there and may not be overwritten.
    """
    if path.exists() and not force:
        raise OpsError(f"{path.parent.name}/{path.name} is there already; --force overwrites it")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    return path
