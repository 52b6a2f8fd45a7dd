"""One measured figure and what it should be."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parents[2] / ".bench" / "results.json"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure by name.

    Attributes:
        value: what was measured.
        target: the highest value that is good enough, or with `at_least` the lowest.
        note: how it came about.
    """

    name: str
    value: float
    target: float
    note: str
    at_least: bool = False

    @property
    def reached(self) -> bool:
        return self.value >= self.target if self.at_least else self.value <= self.target


def record(figures: Iterable[Figure]) -> None:
    """Write figures into .bench/results.json, beside those that are there."""
    results: dict[str, object] = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    for figure in figures:
        results[figure.name] = {
            "value": round(figure.value, 3),
            "target": figure.target,
            "reached": figure.reached,
            "note": figure.note,
        }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
