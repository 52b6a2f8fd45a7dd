"""`monitor recover`: brings back a Prometheus that can't open its data, and loses as little of it as can be."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from docker.errors import DockerException
from requests.exceptions import RequestException

from ops.console import emit_json, say
from ops.errors import OpsError
from ops.options import DEFAULT_STACK, Json, StackName
from ops.outputs import read_outputs
from ops.prometheus_data import Data, Finding, Report, diagnose
from ops.session import Session

Minutes = Annotated[int, typer.Option("--minutes", min=1, help="How long one attempt to read the log may take.")]
READY_SECONDS = 180.0
LOOK_SECONDS = 15.0


def recover(stack: StackName = DEFAULT_STACK, minutes: Minutes = 20, json: Json = False) -> None:
    """Repair the data of a Prometheus that is killed or gives up while it opens it.

    Copies its log and whatever else is going to be removed to a volume of its own first. Then has the log read once
    more with all of the host's free memory and put into a block; where that can't be, removes the damaged part. Says
    what was kept and what was lost. Changes nothing when there is nothing to recover.
    """
    outputs = read_outputs(Session.open_deployed(stack).pulumi)
    name = outputs.containers.get("prometheus", "")
    with _one_line(name), Data.of(outputs.docker_host, name) as data:
        finding = _look(data)
        if not finding.broken:
            if json:
                emit_json({"recovered": False, "reason": finding.what})
            else:
                say(f"nothing to recover: {finding.what}")
            if not finding.fine:
                raise typer.Exit(1)
            return
        report = _recover(data, finding.what, minutes, quiet=json)
    if json:
        emit_json({"recovered": True, "reason": finding.what, **report.model_dump()})
    else:
        for line in report.lines():
            say(line)


def _look(data: Data) -> Finding:
    """What is wrong; one that fails again and again is looked at until it has failed."""
    deadline = time.monotonic() + LOOK_SECONDS
    while True:
        finding = diagnose(data.inspect(), data.log())
        if finding.broken or finding.fine or time.monotonic() > deadline:
            return finding
        time.sleep(1)


def _recover(data: Data, reason: str, minutes: int, *, quiet: bool) -> Report:
    def tell(line: str) -> None:
        if not quiet:
            say(f"  {line}")

    if not quiet:
        say(f"recovering: {reason}")
    data.stop()
    started = False
    try:
        report = Report(copy_volume=data.copy(), kept=[], lost=[])
        tell(f"copied the log to the volume {report.copy_volume}")
        while True:
            tell("reading the log once more, with the host's free memory")
            error = data.rescue(minutes * 60, report)
            if error is None:
                break
            tell(f"it can't be read: {error}")
            if data.remove_damaged(error, report):
                break
        data.start()
        started = True
    finally:
        if not started:
            data.start()  # as it was found
    deadline = time.monotonic() + READY_SECONDS
    while not data.ready():
        if time.monotonic() > deadline:
            raise OpsError(
                f"Prometheus isn't ready {READY_SECONDS:g} s after its data was repaired; look at `docker logs "
                f"{data.container}`; what its data held before is in the volume {report.copy_volume}"
            )
        time.sleep(1)
    report.kept[:0] = data.blocks_in_words()
    return report


@contextmanager
def _one_line(name: str) -> Iterator[None]:
    try:
        yield
    except (DockerException, RequestException) as error:
        words = " ".join(str(getattr(error, "explanation", None) or error).split())
        raise OpsError(f"{name} can't be recovered: {words}") from None
