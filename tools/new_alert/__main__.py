"""`make new-alert`: an alert's rule, test and runbook from one description."""

from pathlib import Path
from typing import Annotated

import typer

from ops.console import err, say
from ops.errors import OpsError, UsageError
from ops.project import Project
from tools.new_alert.description import check_name, read
from tools.new_alert.ground import Ground
from tools.new_alert.texts import skeleton
from tools.new_alert.write import write

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def new_alert(
    name: Annotated[str, typer.Argument(help="The alert, LikeThis.")],
    description: Annotated[
        Path | None, typer.Option("--from", help="Its description; left out: NAME.yml in the checkout.")
    ] = None,
) -> None:
    """Write an alert's rule, test and runbook. The first time: a description to fill in."""
    try:
        _new_alert(name, description)
    except OpsError as error:
        err.print(f"new-alert: {error}", markup=False)
        raise typer.Exit(error.code) from None


def _new_alert(name: str, description: Path | None) -> None:
    check_name(name)
    project = Project.load()
    path = description or project.root / f"{name}.yml"
    if not path.exists():
        if description:
            raise UsageError(f"there is no file {description}")
        Ground.of(project).check_free(name)
        path.write_text(skeleton(name), encoding="utf-8")
        say(f"written: {path.name}; fill it in and run `make new-alert NAME={name}` again")
        return
    described = read(path)
    if path.read_text(encoding="utf-8") == skeleton(name):
        raise UsageError(f"{path.name} is still the example; make it yours first")
    written = write(Ground.of(project), name, described)
    for firing in written.firing:
        say(f"fires at {written.at} of the samples, and says:")
        for key, text in {**firing.labels, **firing.annotations}.items():
            say(f"  {key:<14} {text}")
    for file in written.files:
        say(f"written: {file}")
    for metric in written.metrics:
        say(f"{metric}: exported by nothing known here, so your team's metrics.txt has it now; is it spelt right?")
    say("its promtool test passes; complete the runbook, then:")
    say("  make rules                  everything that an alert must have")
    say(f"  make mutation AREA={written.area}    does the test notice small changes?")
    say(f"{path.name} isn't needed any more")


if __name__ == "__main__":
    app()
