"""What a person says of a new alert: one YAML file, checked before anything is made of it."""

import re
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from config.settings.base import Name
from config.settings.errors import describe
from ops.errors import UsageError

ALERT_NAME = re.compile(r"[A-Z][A-Za-z0-9]{2,59}")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Duration = Annotated[str, StringConstraints(pattern=r"^(\d+[smhdw])+$"), Field(examples=["10m"])]
Samples = Annotated[dict[str, str], Field(min_length=1, examples=[{'orders_total{service="orders"}': "0x60 0+60x20"}])]


class Description(BaseModel):
    """An alert of a team. Texts may hold Prometheus's `{{ … }}` and a stack's `<< … >>`.

    Attributes:
        team, service, severity: its labels.
        expr, for_, keep_firing_for: the condition.
        summary, description, value: what is sent; one line, some sentences, a number with its unit.
        impact, diagnose, mitigate: what the runbook says: who notices what, where to look, what to do.
        dashboard: uid of the dashboard to look at.
        interval: time between two samples, and between two evaluations of the test.
        fires: series, promtool's samples: quiet or not at first, then firing, then well again.
        quiet: series, samples: just not enough to fire.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, alias_generator=lambda key: key.rstrip("_")
    )

    team: Name
    service: Text
    severity: Literal["critical", "warning", "info"]
    expr: Text
    for_: Duration | None = None
    keep_firing_for: Duration | None = None
    summary: Annotated[Text, StringConstraints(pattern=r"^[^\n]+$")]
    description: Text
    value: Text = "{{ $value | humanize }}"
    impact: Text
    diagnose: str = ""
    mitigate: Text
    dashboard: Text = "services"
    interval: Duration = "15s"
    fires: Samples
    quiet: Samples


def check_name(alert: str) -> None:
    """Is this fit for an alert's name?

    Raises:
        UsageError: it isn't.
    """
    if not ALERT_NAME.fullmatch(alert):
        raise UsageError(f"'{alert}' can't be an alert's name; write it LikeThis, with letters and digits")


def read(path: Path) -> Description:
    """A description file.

    Raises:
        UsageError: with one line per problem, each of which names the file.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path.name} can't be read: {getattr(error, 'strerror', None) or 'no text in UTF-8'}"
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}" if mark else ""
        raise UsageError(f"{path.name} isn't valid YAML{place}: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(document, dict):
        raise UsageError(f"{path.name} must hold a description, `key: value` line by line")
    try:
        return Description.model_validate(document)
    except ValidationError as error:
        problems = [describe(Description, problem, document) for problem in error.errors()]
        raise UsageError("\n".join(f"{path.name}: {problem}" for problem in problems)) from None


def seconds(duration: str) -> int:
    """Seconds of a duration as Prometheus writes it, such as 1h30m."""
    return sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)([smhdw])", duration))


def duration(seconds: int) -> str:
    """A duration as Prometheus writes it: 5400 is 1h30m."""
    parts = []
    for unit in ("d", "h", "m", "s"):
        number, seconds = divmod(seconds, _SECONDS[unit])
        parts += [f"{number}{unit}"] if number else []
    return "".join(parts) or "0s"


def length(samples: str) -> int:
    """How many samples promtool makes of a text such as `0x60 5 _x3 0+60x20`."""
    words = re.sub(r"\{\{.*?\}\}", "0", samples).split()
    return sum(_of_one(word) for word in words)


def _of_one(word: str) -> int:
    repeated = re.fullmatch(r"(.+)x(\d+)", word)
    if not repeated:
        return 1
    # `0x3` is a sample and three more, `_x3` is three missing ones
    return int(repeated[2]) + (repeated[1] != "_")
