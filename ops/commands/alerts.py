"""`monitor alerts`: what the alerts of a running stack can and can't tell."""

import typer

from ops.console import emit_json, say
from ops.errors import OpsError
from ops.health.http_api import fetch_json
from ops.options import DEFAULT_STACK, Json, StackName
from ops.outputs import read_outputs
from ops.session import Session
from ops.unmeasured import unmeasured as look

app = typer.Typer(no_args_is_help=True, help="The alerts of a stack.")


@app.callback()
def _alerts() -> None:
    """Alerts of a stack."""


@app.command()
def unmeasured(stack: StackName = DEFAULT_STACK, json: Json = False) -> None:
    """List the alerts that have no data here, and the metrics they lack."""
    url = read_outputs(Session.open_deployed(stack).pulumi).prometheus_url
    try:
        found, count = look(url, fetch_json)
    except OpsError as error:
        raise OpsError(f"Prometheus {error}") from None
    if json:
        emit_json(
            {
                "stack": stack,
                "alerts": count,
                "unmeasured": [
                    {"alert": each.alert, "severities": each.severities, "missing": each.missing} for each in found
                ],
            }
        )
        return
    width = max((len(each.alert) for each in found), default=0)
    for each in found:
        say(f"{each.alert:<{width}}  {', '.join(each.severities):<17}  {', '.join(each.missing)}")
    say(f"{len({each.alert for each in found})} of {count} alerts have no data in this installation")
