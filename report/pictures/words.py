"""A picture that only says something: that there is no data, or that a query failed."""

from __future__ import annotations

import textwrap

from matplotlib.figure import Figure

from report.pictures.canvas import FAINT, NORMAL, bare, canvas, letter


def words(text: str, width: int, height: int, color: str = FAINT) -> Figure:
    """The text in the middle."""
    figure = canvas(width, height)
    lines = textwrap.wrap(text, max(10, int((width - 16) / letter(NORMAL))))[:6]
    bare(figure).text(
        width / 2, height / 2, "\n".join(lines), size=NORMAL, color=color, ha="center", va="center", parse_math=False
    )
    return figure
