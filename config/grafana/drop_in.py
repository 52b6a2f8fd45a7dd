"""Dashboards from exported JSON files in `dashboards/`: brought in line, so that they can be deployed anywhere."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.errors import SettingsError
from config.grafana.datasources import Datasource
from config.grafana.settings import DropInDashboardSettings

DIRECTORY = Path(__file__).parents[2] / "dashboards"
_INPUT = re.compile(r"\$\{([A-Z][A-Z0-9_-]*)\}")
_UID = re.compile(r"[^a-z0-9]+")
_MAX_UID = 40  # Grafana's own limit


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
            found.append(_drop_in(path, known.get(name) or DropInDashboardSettings(file=name), sources))
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
    try:
        document = json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"is not JSON: {error}") from None
    if isinstance(document, dict) and "dashboard" in document:  # as the API hands it out
        document = document["dashboard"]
    if not isinstance(document, dict) or not isinstance(document.get("title"), str) or "panels" not in document:
        raise ValueError("is no dashboard: it has no title or no panels; export it from Grafana as JSON")
    inputs = {**_inputs(document, sources), **said.inputs}
    document = _resolved(document, inputs)
    for key in ("__inputs", "__requires", "__elements", "id", "version", "iteration", "gnetId"):
        document.pop(key, None)
    uid = said.uid or document.get("uid") or _UID.sub("-", path.stem.lower()).strip("-")[:_MAX_UID]
    document["uid"] = uid
    return DropIn(uid=uid, title=document["title"], folder=said.folder, file=path.name, document=document)


def _inputs(document: Mapping[str, Any], sources: Sequence[Datasource]) -> dict[str, str]:
    """Values for the inputs that the export declares: a datasource of the right type, or the constant's own value."""
    found: dict[str, str] = {}
    for each in document.get("__inputs", []):
        if each.get("type") == "constant":
            found[each["name"]] = str(each.get("value", ""))
        elif each.get("type") == "datasource":
            of_type = [source.uid for source in sources if source.type == each.get("pluginId")]
            if of_type:
                found[each["name"]] = of_type[0]
    return found


def _resolved(document: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, Any]:
    declared = {each.get("name") for each in document.get("__inputs", [])}

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name in inputs:
            return json.dumps(inputs[name])[1:-1]
        if name in declared or name.startswith("DS_"):
            raise ValueError(
                f"the input ${{{name}}} has no value; give it one in grafana.dashboards: {{file: …, inputs: "
                f"{{{name}: UID}}}}"
            )
        return match[0]  # a variable of the dashboard

    text = json.dumps(document)
    if not _INPUT.search(text):
        return dict(document)
    resolved: dict[str, Any] = json.loads(_INPUT.sub(value, text))
    return resolved
