"""Mutants that no test can notice, because they change nothing that can be seen. Each with the reason."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Equivalent:
    """One mutant that isn't counted; naming one that a test does notice, or that isn't there, is a mistake."""

    alert: str
    change: str
    why: str


# none so far
EQUIVALENT: tuple[Equivalent, ...] = ()
