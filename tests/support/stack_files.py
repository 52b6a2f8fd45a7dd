"""The stacks that are really deployed, `Pulumi.*.yaml`: as they are, and with every number changed."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from config.settings.errors import SettingsError
from tests.support.program import ROOT, settings_in
from tests.support.rendered import settings_of

Path = tuple[str | int, ...]

# to one of these that the settings accept: by much if that is possible, by little if not
_UP: tuple[Callable[[float], float], ...] = (
    lambda n: n * 2, lambda n: n * 1.2, lambda n: n + 1, lambda n: n + (100 - n) / 2, lambda n: n * 1.0001,
)  # fmt: skip
_DOWN: tuple[Callable[[float], float], ...] = (
    lambda n: n / 2, lambda n: n / 1.2, lambda n: n - 1, lambda n: n * 0.9999,
)  # fmt: skip
VARIANTS = {"as-it-is": (), "larger-numbers": (*_UP, *_DOWN), "smaller-numbers": (*_DOWN, *_UP)}


def stack_files() -> list[str]:
    """Names of the stacks, by the files in the checkout; one without settings of ours (yet) is none."""
    names = sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml"))
    return [name for name in names if "notifications" in committed(name)]


def committed(stack: str) -> dict[str, Any]:
    """What is in a stack's file, but for secrets."""
    return {
        key: value
        for key, value in settings_in(ROOT / f"Pulumi.{stack}.yaml").items()
        if not (isinstance(value, dict) and "secure" in value)
    }


def varied(stack: str, variant: str) -> dict[str, Any]:
    """A stack's settings with each number changed: those in its file, and the limits that it leaves as they are.

    Raises:
        AssertionError: a number can't be changed at all.
    """
    values = committed(stack)
    changes = VARIANTS[variant]
    if not changes:
        return values
    values["thresholds"] = settings_of(stack, values).thresholds.model_dump(mode="json", by_alias=True)
    left = list(_numbers(values))
    while left:  # a limit that has to be above another one moves once that one has
        moved = [place for place in left if _move(stack, values, place, changes)]
        assert moved, f"no other value is accepted for {left}"
        left = [place for place in left if place not in moved]
    return values


def _numbers(value: Any, place: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _numbers(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _numbers(item, (*place, index))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield place


def _move(stack: str, values: dict[str, Any], place: Path, changes: tuple[Callable[[float], float], ...]) -> bool:
    """Change one number in place to the first other value that is accepted."""
    *path, last = place
    holder: Any = values
    for part in path:
        holder = holder[part]
    before = holder[last]
    for change in changes:
        after = change(before)
        holder[last] = round(after) if isinstance(before, int) else round(after, 4)
        if holder[last] != before and _is_accepted(stack, values):
            return True
    holder[last] = before
    return False


def _is_accepted(stack: str, values: dict[str, Any]) -> bool:
    try:
        settings_of(stack, deepcopy(values))
    except SettingsError:
        return False
    return True
