"""`monitor report`: every panel of the dashboards as pictures, in one page."""

import re
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Protocol

import typer

from ops.console import say
from ops.errors import OpsError, UsageError
from ops.grafana_api import GrafanaApi
from ops.options import DEFAULT_STACK, StackName
from ops.outputs import Outputs, read_outputs
from ops.session import Session

_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_LONGEST = 366 * 86400
_SEND_SECONDS = 300


class Runner(Protocol):
    """An engine, as far as it is needed here."""

    def run_in(self, container: str, command: list[str], *, seconds: float) -> tuple[int, str]:
        """Run a command in a container; its exit code and what it says."""


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
            raise UsageError("--mail sends what grafana.report says; leave out dashboards, --var and --output")
        send(outputs, session.engine)
        return
    failed = _draw(GrafanaApi.of(outputs, session.pulumi), outputs, dashboards or [], seconds, var or [], target)
    say(f"written to {target}")
    if failed:
        raise OpsError(f"{failed} panels have no picture; the page says why at its top")


def duration(text: str) -> int:
    """Seconds of a text such as `7d`.

    Raises:
        UsageError: it isn't one, or it is longer than a year.
    """
    found = re.fullmatch(r"([1-9]\d{0,5})([mhdw])", text)
    if not found or (seconds := int(found[1]) * _UNITS[found[2]]) > _LONGEST:
        raise UsageError(f"--since {text} is no time to look back; write 30m, 12h, 7d or 4w, a year at most")
    return seconds


def _draw(
    api: GrafanaApi, outputs: Outputs, dashboards: list[str], seconds: int, choices: list[str], target: Path
) -> int:
    """Write the page; how many panels of it failed."""
    # here, because what draws takes a second to load that no other command should take
    from report.collect import collect
    from report.errors import ReportError
    from report.grafana import Grafana
    from report.page import Head, failed, page
    from report.period import Period
    from report.variables import choices as parsed

    zone = datetime.now().astimezone().tzinfo
    assert zone is not None  # noqa: S101 - a local time has one
    until = time.time()
    period = Period(until - seconds, until, zone)
    try:
        drawn = collect(
            Grafana(api.url, login=("admin", api.password)),
            dashboards,
            period,
            parsed(choices),
            told=lambda one: say(f"  {one}"),
        )
    except ReportError as error:
        raise OpsError(str(error)) from None
    try:
        target.write_text(page(Head(outputs.environment, api.url, period), drawn), encoding="utf-8")
    except OSError as error:
        raise OpsError(f"the page can't be written to {target}: {error.strerror}") from None
    return len(failed(drawn))


def send(outputs: Outputs, engine: Runner) -> None:
    """Have the stack's own container send, with its own login and through its own networks."""
    name = outputs.containers.get("report")
    if name is None:
        raise UsageError(
            f"stack '{outputs.stack}' sends no report: set grafana.report, such as "
            "`report: {to: [team@autonomica.ai]}`, and bring it up"
        )
    say("drawing and sending")
    code, said = engine.run_in(name, ["python3", "-m", "report", "send"], seconds=_SEND_SECONDS)
    last = said.rpartition("\n")[2]
    if code != 0:
        raise OpsError(last.removeprefix("report: ") or f"the report ended with {code}")
    say(last)
