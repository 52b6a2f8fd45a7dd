"""`monitor messages`: what the demo's notification sink has received. Dev stacks only."""

from datetime import datetime
from typing import Annotated, Literal

import typer

from ops.console import emit_json, say
from ops.errors import OpsError, UsageError
from ops.health.http_api import fetch_json
from ops.options import DEFAULT_STACK, Json, StackName
from ops.outputs import read_outputs
from ops.session import Session

Channel = Literal["email", "slack", "webhook", "pagerduty", "teams", "telegram", "discord"]


def messages(
    stack: StackName = DEFAULT_STACK,
    channel: Annotated[Channel | None, typer.Option(help="Only this channel.")] = None,
    json: Json = False,
) -> None:
    """Show what the demo's notification sink got."""
    outputs = read_outputs(Session.open_deployed(stack).pulumi)
    url = outputs.urls.get("sink")
    if not outputs.demo or url is None:
        raise UsageError(f"stack '{stack}' has no notification sink: its messages go to real people")
    try:
        answer = fetch_json(f"{url}/messages", {"channel": channel} if channel else {})
    except OpsError as error:
        raise OpsError(f"the notification sink {error}") from None
    found = [message for message in answer if isinstance(message, dict)] if isinstance(answer, list) else []
    if json:
        emit_json({"stack": stack, "messages": found})
        return
    for message in found:
        say(one_line(message))
    if not found:
        say("nothing has arrived yet")


def one_line(message: dict[str, object]) -> str:
    """A message as `time  channel  recipients  subject`."""
    received = message.get("receivedAt")
    when = (
        datetime.fromtimestamp(received).astimezone().strftime("%H:%M:%S") if isinstance(received, float | int) else "?"
    )
    to = message.get("to")
    whom = ", ".join(str(one) for one in to) if isinstance(to, list) else ""
    subject = str(message.get("subject") or message.get("text") or "").strip().split("\n", 1)[0]
    return f"{when}  {message.get('channel', '?'):<8} {whom:<24} {subject}"
