"""Dashboards from exported JSON files in `dashboards/`: brought in line, so that they can be deployed anywhere."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from config.grafana.datasources import Datasource
from config.grafana.exported import OF_ITS_ORIGIN, read, slug, uid_of, written_out
from config.grafana.inputs import resolved
from config.settings.base import Name
from config.settings.errors import SettingsError
from config.settings.grafana import DropInDashboardSettings

DIRECTORY = Path(__file__).parents[2] / "dashboards"
COMMUNITY = "community"  # the folder of those that lie in none
_TEXTS = (".md", ".txt")  # that may lie beside them
_NAME: TypeAdapter[str] = TypeAdapter(Name)
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
    """Every JSON file of the folder; what the settings say of a file (uid, folder, inputs) takes precedence.

    Args:
        named: what the settings say, by file.
        sources: the stack's datasources, for inputs such as `${DS_PROMETHEUS}`.
        directory: where the files are.

    Raises:
        SettingsError: one line per file that can't be used. All are looked at; none is left out: a dashboard that
            was deployed before would be deleted for a mistake in its file.
    """
    files = _files(directory)
    there = {file for file, _ in files}
    problems = [
        f"grafana.dashboards: {each.file} is not in {directory.name}/; put it there or remove the entry"
        for each in named
        if each.file not in there
    ]
    found, bad = _of_each_file(named, directory, files, lambda path, said: _drop_in(path, said, sources))
    if problems or bad:
        raise SettingsError([*problems, *bad])
    return found


def files_by_uid(named: Sequence[DropInDashboardSettings], directory: Path) -> dict[str, Path]:
    """Where each dashboard of the folder is.

    Raises:
        SettingsError: one line per file that can't be used.
    """
    found, bad = _of_each_file(named, directory, _files(directory), lambda path, said: (_read(path, said)[1], path))
    if bad:
        raise SettingsError(bad)
    return dict(found)


def _files(directory: Path) -> list[tuple[str, Path]]:
    """What lies in the folder and below it, by its name as the settings have it."""
    visible = (
        (path.relative_to(directory), path)
        for path in sorted(directory.rglob("*"))
        if path.is_symlink() or not path.is_dir()
    )
    return [(place.as_posix(), path) for place, path in visible if not any(part[0] == "." for part in place.parts)]


def _of_each_file(
    named: Sequence[DropInDashboardSettings],
    directory: Path,
    files: Sequence[tuple[str, Path]],
    of: Callable[[Path, DropInDashboardSettings], _Found],
) -> tuple[list[_Found], list[str]]:
    """What is made of each file; one line for each of which nothing can be made."""
    known = {each.file: each for each in named}
    found: list[_Found] = []
    bad: list[str] = []
    for file, path in files:
        if path.suffix.lower() != ".json":
            if path.suffix.lower() not in _TEXTS:
                bad.append(f"{directory.name}/{file}: isn't read: a dashboard is a .json file")
            continue
        try:
            found.append(of(path, known.get(file) or DropInDashboardSettings(file=file)))
        except OSError as error:
            bad.append(f"{directory.name}/{file}: can't be read: {error.strerror}")
        except ValidationError:
            bad.append(
                f"{directory.name}/{file!r}: can't be named in the settings; rename it, without a blank at the start"
            )
        except ValueError as error:
            bad.append(f"{directory.name}/{file}: {error}")
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
    document, uid = _read(path, said)
    document = resolved(written_out(document), sources, said.inputs)
    document = {key: value for key, value in document.items() if key not in OF_ITS_ORIGIN} | {"uid": uid}
    return DropIn(uid=uid, title=document["title"], folder=_folder(said), file=said.file, document=document)


def _read(path: Path, said: DropInDashboardSettings) -> tuple[dict[str, Any], str]:
    document = read(path.read_bytes())
    return document, uid_of(document, said)


def _folder(said: DropInDashboardSettings) -> str:
    """The folder that the settings say, else the one of the same name as that in which the file lies."""
    below = slug(said.file.rpartition("/")[0])
    if said.folder or not below:
        return said.folder or COMMUNITY
    try:
        return _NAME.validate_python(below)
    except ValidationError:
        raise ValueError(
            f"its folder can't be '{below}'; rename it to 1 to 40 letters, digits and dashes that begin with a letter"
        ) from None
