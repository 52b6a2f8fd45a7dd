"""Rule files that a team brings itself: `teams/<team>/rules/<file>.yml`, written like those of the monitoring.

Prometheus gets them as `<team>-<file>.yml`. A team speaks for itself only: its alerts carry its name as the label
`team`, and no name of an alert or a recorded series is used by two files.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from jinja2 import TemplateError, TemplateSyntaxError
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from config.settings.base import Model
from config.settings.channels.base import SEVERITIES
from config.settings.errors import SettingsError, describe
from config.settings.teams import NAME, team_problem, yaml_problem

PARTS = ("rules", "tests", "metrics.txt", "routes.yml", "README.md")


# as Prometheus reads them: larger units first, each once
_DURATION = re.compile(r"(?=\d)(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?|0")


def _duration(value: object) -> object:
    if not _DURATION.fullmatch(str(value)):
        raise ValueError("is no duration")
    return str(value)


def _single(texts: dict[str, Any]) -> dict[str, Any]:
    for name, text in texts.items():
        if isinstance(text, list | dict):
            raise ValueError(f"{name} must be one value, not a list or a mapping")  # noqa: TRY004 - pydantic's own
    return texts


class _Shape(Model):
    """What Prometheus would refuse to load for its keys and types. Expressions and templates it reads itself."""

    model_config = ConfigDict(alias_generator=None)


Duration = Annotated[str, BeforeValidator(_duration), Field(examples=["10m"])]
Texts = Annotated[dict[str, Any], AfterValidator(_single)]


class Rule(_Shape):
    record: str | None = None
    alert: str | None = None
    expr: str | int | float
    for_: Duration | None = Field(None, alias="for")
    keep_firing_for: Duration | None = None
    labels: Texts | None = None
    annotations: Texts | None = None

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        if (self.record is None) is (self.alert is None):
            raise ValueError("needs either `alert` or `record`")
        if self.record is not None and (self.for_ or self.keep_firing_for or self.annotations):
            raise ValueError("`for`, `keep_firing_for` and `annotations` belong to alerts; this rule records a series")
        return self


class RuleGroup(_Shape):
    name: str
    rules: list[Rule] | None = None
    interval: Duration | None = None
    query_offset: Duration | None = None
    limit: int | None = Field(None, ge=0)
    labels: Texts | None = None


class RuleDocument(_Shape):
    groups: list[RuleGroup] = Field(min_length=1)


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
    if problems:
        raise SettingsError(problems)
    return {file.name: file.content for file in files}


@cache
def document(content: str) -> Any:
    """What a rule file holds. All who ask get the same object: don't change it. To read them takes a while."""
    return yaml.safe_load(content)


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
        groups = _groups(document(content))
    except yaml.YAMLError as error:
        raise SettingsError([yaml_problem(error)]) from None
    return RuleFile(source, team, f"{team}-{path.name}", content, groups)


# a mark of ours that isn't written as one; other text with << is nobody's mistake
_LEFT_OVER = re.compile(r"<<-?\s*(settings|thresholds|dashboard)\b[^>]*>?>?")


def _rendered(path: Path, render: Callable[[str], str]) -> str:
    try:
        content = render(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError([f"can't be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise SettingsError(["is no text in UTF-8"]) from None
    except TemplateError as error:
        place = f"line {error.lineno}: " if isinstance(error, TemplateSyntaxError) else ""
        raise SettingsError([f"its << … >> can't be filled in: {place}{error.message}"]) from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:  # of what stands in them
        raise SettingsError([f"its << … >> can't be filled in: {error}"]) from None
    for number, line in enumerate(content.splitlines(), 1):
        if left := _LEFT_OVER.search(line):
            raise SettingsError([f"line {number}: {left[0]} isn't filled in; write it with spaces: << … >>"])
    return content


def _groups(content: object) -> list[dict[str, Any]]:
    """The groups of a rule file whose shape is right, with labels for each rule.

    Raises:
        SettingsError: it isn't right, or it holds keys of Thanos or Mimir: Prometheus would not load the file.
    """
    if not isinstance(content, dict):
        raise SettingsError(["must hold `groups`, a list of groups of rules"])
    try:
        RuleDocument.model_validate(content)
    except ValidationError as error:
        raise SettingsError([describe(RuleDocument, problem, content) for problem in error.errors()]) from None
    return [
        {**group, "rules": [_with_labels(rule, group.get("labels") or {}) for rule in group.get("rules") or []]}
        for group in content["groups"]
    ]


def _with_labels(rule: dict[str, Any], labels: dict[str, Any]) -> dict[str, Any]:
    return {**rule, "labels": {**labels, **(rule.get("labels") or {})}}


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
        for used in _names(name, document(content)["groups"]):
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
