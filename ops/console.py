"""Where words for people go. Data for programs (`--json`) goes through `emit_json`."""

import json
from collections.abc import Mapping

import typer
from rich.console import Console

# soft_wrap: a line in a log file or a pipe stays one line, whatever its length
out = Console(soft_wrap=True, highlight=False)
err = Console(soft_wrap=True, highlight=False, stderr=True)


def say(line: str) -> None:
    """One line of progress, printed as it is: nothing in it is taken for markup."""
    out.print(line, markup=False)


def emit_json(document: Mapping[str, object]) -> None:
    """One JSON object on standard output, keys in a stable order."""
    typer.echo(json.dumps(document, indent=2, sort_keys=True))
