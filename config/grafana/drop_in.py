"""Dashboards from exported JSON files in `dashboards/`: brought in line, so that they can be deployed anywhere."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from config.grafana.datasources import Datasource
from config.grafana.exported import OF_ITS_ORIGIN, read, uid_of
from config.grafana.inputs import resolved
from config.grafana.library_panels import written_out
from config.settings.errors import SettingsError
from config.settings.grafana import DropInDashboardSettings

DIRECTORY = Path(__file__).parents[2] / "dashboards"
_Found = TypeVar("_Found")


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
    problems = [
        f"grafana.dashboards: {each.file} is not in {directory.name}/; put it there or remove the entry"
        for each in named
        if not (directory / each.file).is_file()
    ]
    found, bad = _of_each_file(named, directory, lambda path, said: _drop_in(path, said, sources))
    if problems or bad:
        raise SettingsError([*problems, *bad])
    return found


def files_by_uid(named: Sequence[DropInDashboardSettings], directory: Path) -> dict[str, Path]:
    """Where each dashboard of the folder is.

    Raises:
        SettingsError: one line per file that can't be used.
    """
    found, bad = _of_each_file(named, directory, lambda path, said: (_read(path, said)[2], path))
    if bad:
        raise SettingsError(bad)
    return dict(found)


def _of_each_file(
    named: Sequence[DropInDashboardSettings], directory: Path, of: Callable[[Path, DropInDashboardSettings], _Found]
) -> tuple[list[_Found], list[str]]:
    """What is made of each file; one line for each of which nothing can be made."""
    known = {each.file: each for each in named}
    found: list[_Found] = []
    bad: list[str] = []
    for path in sorted(directory.glob("*.json")):
        try:
            # whatever the file is called: Grafana puts spaces into the name of an export
            found.append(of(path, known.get(path.name) or DropInDashboardSettings.model_construct(file=path.name)))
        except ValueError as error:
            bad.append(f"{directory.name}/{path.name}: {error}")
    return found, bad


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
