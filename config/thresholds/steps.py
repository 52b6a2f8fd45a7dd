"""Two steps of one alert: the warning has to come before the critical alert."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, Field
from pydantic.alias_generators import to_camel

# a share is never more than 100 %: with a limit of 100 the alert would never fire
Share = Annotated[float, Field(gt=0, lt=100, examples=[85])]

# for how long something that is gone is missed
MemoryDays = Annotated[int, Field(ge=1, le=30, examples=[7])]


def refuse_disorder(thresholds: BaseModel, rising: Iterable[tuple[str, str]]) -> None:
    """Compare pairs of limits.

    Args:
        thresholds: an area's limits.
        rising: names of fields, of each pair the one that has to be smaller first.

    Raises:
        ValueError: a pair is equal or the wrong way round.
    """
    for smaller, larger in rising:
        low, high = getattr(thresholds, smaller), getattr(thresholds, larger)
        if low >= high:
            raise ValueError(
                f"{to_camel(smaller)} ({low:g}) must be below {to_camel(larger)} ({high:g}): the warning comes first"
            )
