"""`monitor report`: every panel of the dashboards as pictures, in one page, drawn by the stack's viewer."""

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Protocol
from zoneinfo import ZoneInfo

import typer

from ops.console import say
from ops.errors import OpsError, UsageError
from ops.options import DEFAULT_STACK, StackName
from ops.outputs import Outputs, read_outputs
from ops.session import Session

_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_LONGEST = 366 * 86400
_SECONDS = 900  # every panel of every dashboard, on a busy machine


class Runner(Protocol):
    """An engine, as far as it is needed here."""

    def run_in(self, container: str, command: list[str], *, seconds: float) -> tuple[int, str, str]:
        """Run a command in a container; its exit code, its output, and what it says beside it."""


def report(
    dashboards: Annotated[
        list[str] | None, typer.Argument(help="Uids of dashboards, in order; all when left out.", show_default=False)
    ] = None,
    since: Annotated[str, typer.Option(help="How far back to look: 30m, 12h, 7d, 4w.")] = "7d",
    var: Annotated[
        list[str] | None, typer.Option(help="A variable's value, as NAME=VALUE; several times for several.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page's file; report-STACK.html when left out.")
    ] = None,
    mail: Annotated[bool, typer.Option("--mail", help="Send the weekly mail now, as the stack would.")] = False,
    stack: StackName = DEFAULT_STACK,
) -> None:
    """Draw every panel of the dashboards from live data, as one page that can be opened anywhere."""
    seconds = duration(since)
    target = output or Path(f"report-{stack}.html")
    if target.is_dir() or not target.parent.is_dir():
        raise UsageError(f"the page can't be written to {target}: name a file in a folder that is there")
    session = Session.open_deployed(stack)
    outputs = read_outputs(session.pulumi)
    if mail:
        if dashboards or var or output:
            raise UsageError("--mail sends what viewer.report says; leave out dashboards, --var and --output")
        say("drawing and sending")
        html, _ = run(outputs, session.engine, "send")
        say(html)
        return
    say("drawing")
    chosen = [f"--var={each}" for each in var or []]
    html, notes = run(
        outputs, session.engine, "page", f"--seconds={seconds}", f"--zone={_zone()}", *chosen, "--", *(dashboards or [])
    )
    if notes:
        say(notes)
    try:
        target.write_text(html, encoding="utf-8")
    except OSError as error:
        raise OpsError(f"the page can't be written to {target}: {error.strerror}") from None
    say(f"written to {target}")


def duration(text: str) -> int:
    """Seconds of a text such as `7d`.

    Raises:
        UsageError: it isn't one, or it is longer than a year.
    """
    found = re.fullmatch(r"([1-9]\d{0,5})([mhdw])", text)
    if not found or (seconds := int(found[1]) * _UNITS[found[2]]) > _LONGEST:
        raise UsageError(f"--since {text} is no time to look back; write 30m, 12h, 7d or 4w, a year at most")
    return seconds


def run(outputs: Outputs, engine: Runner, *words: str) -> tuple[str, str]:
    """Have the stack's viewer do something, with its own login and through its own networks.

    Returns:
        Its output, and what it says beside it.
    """
    name = outputs.containers.get("viewer")
    if name is None:
        raise UsageError(f"stack '{outputs.stack}' has no viewer yet; bring it up with this release")
    code, output, said = engine.run_in(name, ["python3", "-m", "viewer", *words], seconds=_SECONDS)
    if code != 0:
        last = said.rpartition("\n")[2]
        raise OpsError(last.removeprefix("viewer: ") or f"the viewer ended with {code}")
    return output, said


def _zone() -> str:
    """This machine's time zone, by its name."""
    zone = datetime.now().astimezone().tzinfo
    if isinstance(zone, ZoneInfo):
        return zone.key
    try:
        place = Path("/etc/localtime").resolve()
        return str(ZoneInfo("/".join(place.parts[place.parts.index("zoneinfo") + 1 :])))
    except (OSError, ValueError, KeyError):
        return "UTC"
