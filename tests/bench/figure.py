"""One measured figure and what it should be."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure by name.

    Attributes:
        value: what was measured.
        target: the highest value that is good enough.
        note: how it came about.
    """

    name: str
    value: float
    target: float
    note: str

    @property
    def reached(self) -> bool:
        return self.value <= self.target
