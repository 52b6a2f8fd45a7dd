"""`python -m tools.mutation [--area system ...]`: change each rule a little, see whether its tests notice."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.support.rendered import promtool_tests, rendered
from tools.mutation.expression import printed
from tools.mutation.mutants import Mutant, mutants
from tools.mutation.report import Outcome, Report
from tools.mutation.runner import Trial, verdicts
from tools.mutation.suite import Subject, subjects

RESULT = Path(__file__).parents[2] / ".bench" / "mutation.json"
STACK = "prod"  # whose limits the tests are written for
STEPS = 20  # lines of progress
INTERRUPTED = 130


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def mutation(
    area: Annotated[list[str] | None, typer.Option(help="Only this rule file, without .yml; may be repeated.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="How many promtools at the same time.")] = 2,
) -> None:
    """Write .bench/mutation.json (with all areas only); exit code 1 when too much goes unnoticed."""
    console = Console(soft_wrap=True, highlight=False, emoji=False)
    begun = time.monotonic()
    try:
        found = list(subjects(rendered(STACK), promtool_tests()))
    except ValueError as error:
        console.print(f"mutation: {error}", markup=False)
        raise typer.Exit(2) from None
    known = sorted({subject.area for subject in found})
    if unknown := sorted(set(area or []) - set(known)):
        console.print(f"mutation: no rules in area '{unknown[0]}' (areas: {', '.join(known)})", markup=False)
        raise typer.Exit(2)
    chosen = [subject for subject in found if not area or subject.area in area]
    try:
        broken = _fail_unchanged(chosen, jobs)
        outcomes = _outcomes([subject for subject in chosen if subject not in broken], jobs, console)
    except KeyboardInterrupt:
        console.print("mutation: interrupted, nothing written")
        raise typer.Exit(INTERRUPTED) from None
    report = Report(outcomes, broken, seconds=time.monotonic() - begun, complete=not area)
    report.show(console)
    if report.complete:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(report.document(), indent=2, ensure_ascii=False) + "\n")
        console.print(f"written to {RESULT.relative_to(RESULT.parents[1])}")
    raise typer.Exit(1 if report.problems else 0)


def _fail_unchanged(chosen: Sequence[Subject], jobs: int) -> list[Subject]:
    """Rules whose tests fail as they are: nothing can be learned from their mutants."""
    trials = [
        Trial(subject.rule_file({**subject.rule, "expr": printed(subject.rule["expr"])}), subject.tests)
        for subject in chosen
    ]
    return [chosen[index] for index, passed in sorted(verdicts(trials, jobs)) if not passed]


def _outcomes(chosen: Sequence[Subject], jobs: int, console: Console) -> list[Outcome]:
    pairs: list[tuple[Subject, Mutant]] = [
        (subject, mutant) for subject in chosen for mutant in mutants(subject.rule, subject.interval)
    ]
    trials = [Trial(subject.rule_file(mutant.rule), subject.tests) for subject, mutant in pairs]
    killed: dict[int, bool] = {}
    for index, passed in verdicts(trials, jobs):
        killed[index] = not passed
        if len(killed) % max(len(pairs) // STEPS, 1) == 0:
            survived = len(killed) - sum(killed.values())
            console.print(f"{len(killed)} of {len(pairs)} mutants of {len(chosen)} rules, {survived} survived")
    return [Outcome(subject, mutant.change, killed[index]) for index, (subject, mutant) in enumerate(pairs)]


if __name__ == "__main__":
    app()
