"""Dashboards from exported JSON files in `dashboards/`: brought in line, so that they can be deployed anywhere."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.errors import SettingsError
from config.grafana.datasources import Datasource
from config.grafana.exported import OF_ITS_ORIGIN, read, uid_of
from config.grafana.inputs import resolved
from config.grafana.library_panels import written_out
from config.grafana.settings import DropInDashboardSettings

DIRECTORY = Path(__file__).parents[2] / "dashboards"


@dataclass(frozen=True, kw_only=True)
class DropIn:
    """A dashboard as it is to be deployed, and the file it came from."""

    uid: str
    title: str
    folder: str
    file: str
    document: Mapping[str, Any]


def drop_ins(
    named: Sequence[DropInDashboardSettings], sources: Sequence[Datasource], directory: Path = DIRECTORY
) -> list[DropIn]:
    """Every JSON file of the folder; what the settings say of a file (uid, folder, inputs) goes before.

    Args:
        named: what the settings say, by file.
        sources: the stack's datasources, for inputs such as `${DS_PROMETHEUS}`.
        directory: where the files are.

    Raises:
        SettingsError: one line per file that can't be used.
    """
    known = {each.file: each for each in named}
    files = {path.name: path for path in sorted(directory.glob("*.json"))}
    problems = [
        f"grafana.dashboards: {name} is not in {directory.name}/; put it there or remove the entry"
        for name in known
        if name not in files
    ]
    found: list[DropIn] = []
    for name, path in files.items():
        try:
            found.append(_drop_in(path, known.get(name) or DropInDashboardSettings.model_construct(file=name), sources))
        except ValueError as error:
            problems.append(f"{directory.name}/{name}: {error}")
    if problems:
        raise SettingsError(problems)
    return found


def refuse_clashes(dashboards: Iterable[tuple[str, str, str, str]], folders: Mapping[str, str]) -> None:
    """No two dashboards with one uid, nor with one title in one folder; none with a folder's uid or title.

    Args:
        dashboards: where it comes from, uid, folder, title.
        folders: uid -> title.

    Raises:
        SettingsError: with both names.
    """
    owners: dict[tuple[str, ...], str] = {}
    problems = []
    for origin, uid, folder, title in dashboards:
        if uid in folders:
            problems.append(f"{origin}: '{uid}' is the uid of a folder; give the dashboard another")
        if title in folders.values():
            problems.append(f"{origin}: '{title}' is the title of a folder; give the dashboard another")
        for key, words in (((uid,), f"uid '{uid}'"), ((folder, title), f"title '{title}' in folder '{folder}'")):
            if key in owners:
                problems.append(f"{origin} and {owners[key]} both have the {words}; change one of them")
            owners.setdefault(key, origin)
    if problems:
        raise SettingsError(problems)


def _drop_in(path: Path, said: DropInDashboardSettings, sources: Sequence[Datasource]) -> DropIn:
    text, document, uid = _read(path, said)
    document = resolved(written_out(document, text), text, sources, said.inputs)
    document = {key: value for key, value in document.items() if key not in OF_ITS_ORIGIN} | {"uid": uid}
    return DropIn(uid=uid, title=document["title"], folder=said.folder, file=path.name, document=document)


def _read(path: Path, said: DropInDashboardSettings) -> tuple[str, dict[str, Any], str]:
    try:
        text = path.read_text()
    except UnicodeDecodeError as error:
        raise ValueError(f"is not JSON: {error}") from None
    document = read(text)
    return text, document, uid_of(document, said)
