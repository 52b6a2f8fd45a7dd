"""What came out of a run: the score, and each mutant that no test noticed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from tools.mutation.equivalent import EQUIVALENT, Equivalent
from tools.mutation.suite import Subject

TARGET = 95.0  # percent


@dataclass(frozen=True)
class Outcome:
    """One mutant of one rule."""

    subject: Subject
    change: str
    killed: bool

    @property
    def equivalent(self) -> Equivalent | None:
        """The reason why it isn't counted, if it isn't."""
        return next((one for one in EQUIVALENT if (one.alert, one.change) == (self.subject.name, self.change)), None)


@dataclass(frozen=True)
class Report:
    """All outcomes of a run.

    Attributes:
        outcomes: one per mutant.
        broken: rules whose tests fail without any change; they have no mutants.
        seconds: how long it took.
        complete: whether all areas were looked at.
    """

    outcomes: Sequence[Outcome]
    broken: Sequence[Subject]
    seconds: float
    complete: bool

    @property
    def problems(self) -> list[str]:
        """Why the run failed, one line each; none if it didn't."""
        lines = [
            f"{one.file}: the tests of {one.name} fail without any change; `make rules` shows why"
            for one in self.broken
        ]
        lines += [f"{one.alert}, {one.change}: named equivalent, but {why}" for one, why in self._not_equivalent()]
        score = score_of(self.outcomes)
        if score < TARGET:
            lines.append(f"the score is {score:.1f} %; at least {TARGET:g} % of the mutants must be noticed")
        return lines

    def _not_equivalent(self) -> Iterator[tuple[Equivalent, str]]:
        for one in EQUIVALENT:
            found = [outcome for outcome in self.outcomes if outcome.equivalent is one]
            if any(outcome.killed for outcome in found):
                yield one, "a test notices it"
            elif self.complete and not found:
                yield one, "there is no such mutant"

    def document(self) -> dict[str, Any]:
        """As JSON: percentages from 0 to 100, names of rule files, changes in words."""
        return {
            **_figures(self.outcomes),
            "target": TARGET,
            "seconds": round(self.seconds, 1),
            "survivors": [
                {"file": one.subject.file, "alert": one.subject.name, "severity": severity(one), "change": one.change}
                for one in survivors(self.outcomes)
            ],
            "equivalent": [
                {"alert": one.subject.name, "change": one.change, "why": one.equivalent.why}
                for one in self.outcomes
                if one.equivalent
            ],
            "failingWithoutChange": [{"file": one.file, "alert": one.name} for one in self.broken],
            "areas": {area: _figures(outcomes) for area, outcomes in by_area(self.outcomes).items()},
        }

    def show(self, console: Console) -> None:
        """A table of areas, each survivor, and what is wrong."""
        table = Table("area", "mutants", "killed", "score")
        for area, outcomes in [*by_area(self.outcomes).items(), ("all", self.outcomes)]:
            figures = _figures(outcomes)
            table.add_row(area, str(figures["mutants"]), str(figures["killed"]), f"{figures['score']:.1f} %")
        for one in survivors(self.outcomes):
            name = " ".join(filter(None, (one.subject.name, severity(one))))
            console.print(f"survived: {one.subject.file}: {name}: {one.change}", markup=False)
        console.print(table)
        for line in self.problems:
            console.print(f"mutation: {line}", markup=False)


def score_of(outcomes: Sequence[Outcome]) -> float:
    """Percent of the mutants that were noticed; of none, all were."""
    counted = [one for one in outcomes if not one.equivalent]
    return 100 * sum(one.killed for one in counted) / len(counted) if counted else 100.0


def survivors(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Mutants that no test noticed, in the order of the files."""
    return [one for one in outcomes if not one.killed and not one.equivalent]


def severity(outcome: Outcome) -> str | None:
    """Which of two alerts with one name it is; None for a recording rule."""
    labels: dict[str, str] = outcome.subject.rule.get("labels", {})
    return labels.get("severity")


def by_area(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Outcomes by rule file."""
    areas: dict[str, list[Outcome]] = {}
    for one in outcomes:
        areas.setdefault(one.subject.area, []).append(one)
    return areas


def _figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    counted = [one for one in outcomes if not one.equivalent]
    return {
        "score": round(score_of(outcomes), 2),
        "mutants": len(counted),
        "killed": sum(one.killed for one in counted),
    }
