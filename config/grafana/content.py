"""All dashboards of a stack, the product's own and those dropped in, and the folders they lie in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.grafana.dashboards import dashboards
from config.grafana.datasources import datasources
from config.grafana.drop_in import DIRECTORY, drop_ins, refuse_clashes
from config.grafana.folders import FOLDERS
from config.grafana.people import private
from config.settings.errors import SettingsError
from config.settings.stack import Settings


@dataclass(frozen=True, kw_only=True)
class PlacedDashboard:
    """A dashboard as Grafana's API takes it, and the uid of its folder."""

    uid: str
    folder: str
    document: Mapping[str, Any]


def placed_dashboards(settings: Settings, directory: Path = DIRECTORY) -> list[PlacedDashboard]:
    """Every dashboard of a stack.

    Args:
        settings: the stack's settings.
        directory: where dashboards are dropped in.

    Raises:
        SettingsError: a dropped-in file can't be used, two dashboards are in each other's way, or the settings name
            a dashboard or a folder that isn't there.
    """
    own = dashboards(settings)
    dropped = drop_ins(settings.grafana.dashboards, datasources(settings), directory)
    refuse_clashes(
        [
            *(("the product", each.uid, each.folder, each.title) for each in own),
            *((f"{directory.name}/{each.file}", each.uid, each.folder, each.title) for each in dropped),
        ],
        {**FOLDERS, **{each.folder: folder_title(each.folder) for each in dropped if each.folder not in FOLDERS}},
    )
    placed = [
        *(PlacedDashboard(uid=each.uid, folder=each.folder, document=each.model()) for each in own),
        *(PlacedDashboard(uid=each.uid, folder=each.folder, document=each.document) for each in dropped),
    ]
    if problems := list(_unknown_names(settings, placed)):
        raise SettingsError(problems)
    return placed


def _unknown_names(settings: Settings, placed: Sequence[PlacedDashboard]) -> Iterator[str]:
    """Dashboards and folders that the settings name and that aren't there."""
    grafana, report = settings.grafana, settings.viewer.report
    folder_of = {each.uid: each.folder for each in placed}
    uids = sorted(folder_of)
    if (home := grafana.preferences.home) not in uids:
        yield f"grafana.preferences.home: there is no dashboard '{home}'; there are {', '.join(uids)}"
    for index, uid in enumerate(report.dashboards if report else ()):
        if uid not in uids:
            yield f"viewer.report.dashboards[{index}]: there is no dashboard '{uid}'; there are {', '.join(uids)}"
        elif private(grafana, folder := folder_of[uid]):
            yield (
                f"viewer.report.dashboards[{index}]: '{uid}' lies in '{folder}', which grafana.folderPermissions make "
                "private, so it isn't mailed; leave it out of the report"
            )
    there = folders(placed)
    for index, permission in enumerate(grafana.folder_permissions):
        if permission.folder not in there:
            yield (
                f"grafana.folderPermissions[{index}].folder: there is no folder '{permission.folder}'; "
                f"there are {', '.join(there)}"
            )


def folders(placed: Sequence[PlacedDashboard]) -> dict[str, str]:
    """uid -> title of every folder, those that only dropped-in dashboards ask for at the end."""
    further = sorted({each.folder for each in placed} - set(FOLDERS))
    return FOLDERS | {uid: folder_title(uid) for uid in further}


def folder_title(uid: str) -> str:
    """The title of a folder that only dropped-in dashboards ask for."""
    return uid.replace("-", " ").capitalize()
