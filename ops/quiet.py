"""Pulumi's text display without what it says about everything: that plugins are found on PATH, that it looks."""

import re
from collections.abc import Iterable, Iterator

_NOISE = re.compile(
    r"warning: using pulumi-(resource|language)-\S+ from \$PATH"
    r"|^@ (previewing|updating|refreshing|destroying)\b"
    r"|^ *pulumi:pulumi:Stack \S+ +(running +)?\d+ warnings?$"
    # a refresh names everything three times, whether it has changed or not
    r"|^ ~ {2}[\w-]+:[\w-]+:\w+ \S+ +refresh(ing)?$"
    r"|^ {4}[\w-]+:[\w-]+:\w+ \S+$"
)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_HEADING = re.compile(r"^(Diagnostics:| {2}\S+ \(\S+\):)$")


def without_noise(lines: Iterable[str]) -> Iterator[str]:
    """The lines worth reading, each with its end. A heading with nothing left under it goes too."""
    headings: list[str] = []
    blank_before = True
    for line in lines:
        plain = _COLOURS.sub("", line).rstrip()
        if _NOISE.search(plain):
            continue
        if _HEADING.match(plain):
            headings.append(line)
            continue
        if not plain:
            if not blank_before:
                yield line
            headings, blank_before = [], True
            continue
        yield from headings
        yield line
        headings, blank_before = [], False
