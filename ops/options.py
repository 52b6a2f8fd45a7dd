"""Options that several commands share, spelled and explained once."""

from typing import Annotated

import typer

StackName = Annotated[str, typer.Option("--stack", "-s", envvar="STACK", help="The stack to work on.", metavar="NAME")]
Airgap = Annotated[
    bool | None,
    typer.Option(
        "--airgap/--no-airgap",
        help="Build CLI, plugins and images here, or use the official ones. Left out: AIRGAP=1 or 0, "
        "else as the stack was last brought up, else whether there is internet.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DEFAULT_STACK = "dev"
