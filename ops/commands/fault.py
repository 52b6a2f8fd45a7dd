"""`monitor fault`: make the demo services misbehave, and stop it. Dev stacks only."""

from typing import Annotated

import requests
import typer

from ops.console import say
from ops.errors import OpsError, UsageError
from ops.health.http_api import plain_reason
from ops.options import DEFAULT_STACK, StackName
from ops.outputs import Outputs, read_outputs
from ops.session import Session

SERVICES = ("api", "frontend", "worker")
_SECONDS = 5.0
_LONGEST_LATENCY = 60.0
_USE = "use one of: SERVICE errors SHARE, SERVICE latency SECONDS, SERVICE crash, off"


def fault(
    target: Annotated[str, typer.Argument(help="api, frontend or worker; `off` ends all faults.")],
    kind: Annotated[str | None, typer.Argument(help="errors, latency or crash.")] = None,
    value: Annotated[
        float | None, typer.Argument(help="errors: share from 0 to 1; latency: seconds.", show_default=False)
    ] = None,
    stack: StackName = DEFAULT_STACK,
) -> None:
    """Make a demo service misbehave, or end it.

    For example: `api errors 0.5`, `api latency 3`, `worker crash`, `off`. A service has one fault at a time.
    """
    body = fault_body(target, kind, value)
    outputs = read_outputs(Session.open_deployed(stack).pulumi)
    url = faults_url(outputs)
    if body is None:
        _send("DELETE", url, None)
        say("all faults are off")
    else:
        _send("POST", url, body)
        say(f"switched on: {' '.join(word for word in (target, kind, _shown(value)) if word)}")


def fault_body(target: str, kind: str | None, value: float | None) -> dict[str, object] | None:
    """What is sent for the words given; None for `off`.

    Raises:
        UsageError: the words make no sense; says which do.
    """
    if target == "off":
        if kind is not None:
            raise UsageError(f"`off` ends all faults and takes nothing more, not '{kind}'")
        return None
    if target not in SERVICES:
        raise UsageError(f"'{target}' is no demo service ({', '.join(SERVICES)}); {_USE}")
    if kind == "crash":
        if value is not None:
            raise UsageError(f"`crash` takes no value, not {value:g}")
        return {"service": target, "crash_loop": True}
    limits = {"errors": ("errors", 1.0), "latency": ("latency_seconds", _LONGEST_LATENCY)}
    if kind not in limits:
        raise UsageError(f"'{kind or ''}' is no fault; {_USE}")
    key, most = limits[kind]
    if value is None or not 0 <= value <= most:
        given = "nothing" if value is None else f"{value:g}"
        raise UsageError(f"{kind} takes a number from 0 to {most:g}, not {given}; {_USE}")
    return {"service": target, key: value}


def faults_url(outputs: Outputs) -> str:
    """Where faults are switched.

    Raises:
        UsageError: this stack has no demo services.
    """
    url = outputs.urls.get("faults")
    if not outputs.demo or url is None:
        raise UsageError(f"stack '{outputs.stack}' has no demo services (demo: true): there is nothing to break")
    return url if url.endswith("/faults") else f"{url}/faults"


def _send(method: str, url: str, body: dict[str, object] | None) -> None:
    try:
        answer = requests.request(method, url, json=body, timeout=_SECONDS)
    except requests.RequestException as error:
        raise OpsError(f"the demo's switchboard at {url} doesn't answer: {plain_reason(error)}") from None
    if not answer.ok:
        raise OpsError(f"the demo's switchboard answers {answer.status_code}: {' '.join(answer.text.split())}")


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
