"""Rule files that a team brings itself: `teams/<team>/rules/<file>.yml`, written like those of the monitoring.

Prometheus gets them as `<team>-<file>.yml`. A team speaks for itself only: its alerts carry its name as the label
`team`, and no name of an alert or a recorded series is used by two files.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import TemplateError, TemplateSyntaxError

from config.prometheus import promtool
from config.settings.errors import SettingsError
from config.settings.teams import NAME, team_problem, yaml_problem

SEVERITIES = ("critical", "warning", "info")
GROUP_KEYS = ("name", "interval", "limit", "query_offset", "labels", "rules")
RULE_KEYS = ("alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations")
PARTS = ("rules", "tests", "metrics.txt", "routes.yml", "README.md")


@dataclass(frozen=True)
class RuleFile:
    """A team's rule file, filled in.

    Attributes:
        source: where it is written, for people: `teams/<team>/rules/<file>.yml`.
        team: whose it is.
        name: as Prometheus gets it.
        content: with the stack's values.
        groups: what is in it; each rule has its group's labels, too.
    """

    source: str
    team: str
    name: str
    content: str
    groups: list[dict[str, Any]]


def team_rules(teams: Path, render: Callable[[str], str], own: Mapping[str, str]) -> dict[str, str]:
    """Rule files of all teams: file name -> content.

    Args:
        teams: the folder of all teams.
        render: fills the stack's values into a source.
        own: the monitoring's own rule files; their names are taken.

    Raises:
        SettingsError: with one line per problem, each of which names the file.
    """
    problems = list(_unknown(teams))
    files: list[RuleFile] = []
    for path in _visible(teams, "*/rules/*"):
        source = str(path.relative_to(teams.parent))
        try:
            files.append(_read(path, source, render))
        except SettingsError as error:
            problems += [f"{source}: {line}" for line in error.problems]
    for file in files:
        problems += [f"{file.source}: {line}" for line in _label_problems(file)]
    if files:  # reading what the monitoring itself has takes a while
        problems += _taken(files, own)
    if not problems:
        problems += _promtool_problems(files)
    if problems:
        raise SettingsError(problems)
    return {file.name: file.content for file in files}


def _visible(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))


def _unknown(teams: Path) -> Iterator[str]:
    """What would be left unread: a mistake in a folder's name must not go unnoticed."""
    for path in _visible(teams, "*/*"):
        if path.name not in PARTS:
            yield f"{path.relative_to(teams.parent)}: isn't read; a team's folder holds {', '.join(PARTS)}"


def _read(path: Path, source: str, render: Callable[[str], str]) -> RuleFile:
    team = path.parents[1].name
    if problem := team_problem(team):
        raise SettingsError([problem])
    if path.suffix != ".yml" or not NAME.fullmatch(path.stem):
        raise SettingsError(["isn't taken for a rule file; call it <name>.yml, with lower-case letters and dashes"])
    content = _rendered(path, render)
    try:
        document = yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise SettingsError([yaml_problem(error)]) from None
    return RuleFile(source, team, f"{team}-{path.name}", content, _groups(document))


def _rendered(path: Path, render: Callable[[str], str]) -> str:
    try:
        return render(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError([f"can't be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise SettingsError(["is no text in UTF-8"]) from None
    except TemplateError as error:
        place = f"line {error.lineno}: " if isinstance(error, TemplateSyntaxError) else ""
        raise SettingsError([f"its << … >> can't be filled in: {place}{error.message}"]) from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:  # of what stands in them
        raise SettingsError([f"its << … >> can't be filled in: {error}"]) from None


def _groups(document: object) -> list[dict[str, Any]]:
    """The groups of a rule file whose shape is right, with labels for each rule; promtool knows the details.

    Raises:
        SettingsError: it isn't right, or it holds keys of Thanos or Mimir: Prometheus would not load the file.
    """
    groups = document.get("groups") if isinstance(document, dict) else None
    if not isinstance(groups, list) or not groups:
        raise SettingsError(["must hold `groups`, a list of groups of rules"])
    return [_group(group) for group in groups]


def _group(group: object) -> dict[str, Any]:
    if not isinstance(group, dict) or not isinstance(group.get("name"), str):
        raise SettingsError(["a group has no name"])
    group = {"rules": [], "labels": {}} | {key: part for key, part in group.items() if part is not None}
    rules, labels = group["rules"], group["labels"]
    if not isinstance(rules, list) or not isinstance(labels, dict) or not all(map(_is_rule, rules)):
        raise SettingsError([f"group '{group['name']}': needs `rules`, each with `expr` and `alert` or `record`"])
    for what, keys, part in (("group", GROUP_KEYS, group), *(("rule", RULE_KEYS, rule) for rule in rules)):
        for key in part:
            if key not in keys:
                raise SettingsError(
                    [f"group '{group['name']}': Prometheus knows no '{key}' in a {what}; it knows {', '.join(keys)}"]
                )
    return {**group, "rules": [{**rule, "labels": {**labels, **(rule.get("labels") or {})}} for rule in rules]}


def _is_rule(rule: object) -> bool:
    if not isinstance(rule, dict) or not isinstance(rule.get("expr"), str | int | float):
        return False
    return isinstance(rule.get("alert", rule.get("record")), str) and isinstance(rule.get("labels") or {}, dict)


def _label_problems(file: RuleFile) -> Iterator[str]:
    """Labels on which routing relies."""
    for group in file.groups:
        for rule in group["rules"]:
            if "alert" not in rule:
                continue
            labels = rule["labels"]
            if labels.get("team") != file.team:
                yield f"alert '{rule['alert']}': its label team must be '{file.team}', {_got(labels.get('team'))}"
            if labels.get("severity") not in SEVERITIES:
                yield (
                    f"alert '{rule['alert']}': its label severity must be one of {', '.join(SEVERITIES)}, "
                    f"{_got(labels.get('severity'))}"
                )


def _got(value: object) -> str:
    return "it has none" if value is None else f"got '{value}'"


def _taken(files: list[RuleFile], own: Mapping[str, str]) -> Iterator[str]:
    """Names that are used by the monitoring or by another file."""
    owner: dict[tuple[str, str], str] = {}
    for name, content in own.items():
        for used in _names(name, yaml.safe_load(content)["groups"]):
            owner[used] = "the monitoring itself"
    for file in files:
        for used in dict.fromkeys(_names(file.name, file.groups)):
            if used in owner:
                kind, name = used
                yield f"{file.source}: {kind} '{name}' is used by {owner[used]}; choose another name"
            else:
                owner[used] = file.source
        repeated = [group["name"] for group in file.groups]
        for name in sorted({name for name in repeated if repeated.count(name) > 1}):
            yield f"{file.source}: group '{name}' is there twice; choose another name"


def _names(file: str, groups: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    yield "rule file", file
    for group in groups:
        for rule in group["rules"]:
            yield ("alert", rule["alert"]) if "alert" in rule else ("recorded series", rule["record"])


def _promtool_problems(files: list[RuleFile]) -> Iterator[str]:
    """What promtool, where it is at hand, says of expressions and templates; `make rules` has it always."""
    found = promtool.find()
    if found is None:
        return
    with tempfile.TemporaryDirectory(prefix="team-rules-") as name:
        folder = Path(name)
        for file in files:
            (folder / file.name).write_text(file.content, encoding="utf-8")
            result = promtool.run(found, "check", "rules", file.name, folder=folder)
            if result.returncode != 0:
                words = " ".join(result.stderr.replace("FAILED:", "").split()).removeprefix(f"{file.name}: ")
                yield f"{file.source}: {words}"
