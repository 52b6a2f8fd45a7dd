"""`monitor up`: from whatever is there to a stack in which everything is well."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from ops.commands.guide import show_guide
from ops.console import say
from ops.errors import Interrupted, OpsError
from ops.events import summary
from ops.grafana_api import GrafanaApi
from ops.grafana_choice import FACT, choose, provide, refuse_another_key
from ops.grafana_first import grafana_first
from ops.hand_edits import refuse_hand_edits
from ops.health.check import check
from ops.health.docker_engine import DockerEngine
from ops.health.model import Health
from ops.health.wait import wait_until
from ops.hints import refusal
from ops.mode import remember
from ops.options import DEFAULT_STACK, Airgap, StackName
from ops.outputs import read_outputs
from ops.recovery import settle, unfinished
from ops.session import Session
from ops.stream import run_told

READY_SECONDS = 90.0


def up(stack: StackName = DEFAULT_STACK, airgap: Airgap = None) -> None:
    """Bring the stack up and wait until all is well."""
    again = f"make up STACK={stack}" if stack != DEFAULT_STACK else "make up"
    # ended from outside, what has been started is ended in order, as for Ctrl-C
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _up(stack, airgap, again)
    except KeyboardInterrupt:
        raise Interrupted(again) from None


def _up(stack: str, airgap: bool | None, again: str) -> None:
    session = Session.open(stack, airgap)
    grafana = choose(session)
    session.preflight(grafana.words)
    session = session.with_cli()
    session.provide_engine()
    session.provide_images()
    grafana = provide(session, grafana)
    # only now: the socket's group and the daemon's metrics are known when the engine is there
    config = session.configure({**session.find_facts(), FACT: grafana.enabled})
    session.provide_stack()
    refuse_another_key(config, grafana, session.stack)
    session.provide_secrets(config, grafana=grafana.enabled)
    remember(session.stack, session.mode)
    settle(session.pulumi, session.engine, again=again)
    if grafana.kept and grafana.outputs:
        grafana_first(session, grafana.outputs, again=again)
        _keep_hand_edits(session, config)
    with unfinished(session.stack, session.engine) as ending:
        say(f"updating stack {stack}")
        session.engine.leave_old_networks(stack)
        # refreshed, or a container that was removed by hand would be believed to be there; costs about a second
        with _refusals_told(session.engine, stack):
            told = run_told(session.pulumi, ["up", "--yes", "--skip-preview", "--refresh"], again=again, ending=ending)
        for line in session.engine.reconnect(stack, told.networks):
            say(line)
    say(f"  {summary(told.changes)}")
    outputs = read_outputs(session.pulumi)
    health = wait_until(
        lambda: check(outputs, session.engine), lambda seen: not seen.unready, seconds=READY_SECONDS, say=say
    )
    if health.unready:
        raise OpsError(_not_ready(health, stack, again))
    show_guide(outputs, session.stack)


@contextmanager
def _refusals_told(engine: DockerEngine, stack: str) -> Iterator[None]:
    """An update that fails because a server refuses its new configuration fails with the server's words."""
    begun = engine.info().time.timestamp()
    try:
        yield
    except OpsError as failed:
        for server in ("prometheus", "alertmanager"):
            said = None
            with suppress(OpsError):  # an engine that is gone is what the update fails with
                said = refusal(engine.logged(f"autonomica-{stack}-{server}", since=begun))
            if said:
                raise OpsError(
                    f"{server} refuses its new configuration and goes on with the old: {said}; "
                    "change what it names, and run it again"
                ) from failed
        raise


def _keep_hand_edits(session: Session, config: Mapping[str, object]) -> None:
    grafana = config.get("grafana")
    if not isinstance(grafana, dict) or grafana.get("handEdits") != "refuse":
        return
    outputs = read_outputs(session.pulumi)
    # the way to it may be another one than at the last deployment, which is all that the outputs know
    url = grafana.get("apiUrl") or outputs.urls.get("grafana")
    refuse_hand_edits(session.pulumi.export(), GrafanaApi.of(outputs, session.pulumi, url=url))


def _not_ready(health: Health, stack: str, again: str) -> str:
    lines = [f"not everything is well after {READY_SECONDS:g} s:"]
    for problem in health.unready:
        lines.append(f"  ✗ {problem}")
        if problem.next:
            lines.append(f"      next: {problem.next}")
    return "\n".join([*lines, f"  `monitor health --stack {stack}` looks again, `{again}` carries on"])
