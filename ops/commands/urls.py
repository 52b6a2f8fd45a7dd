"""`monitor urls`: where things are."""

from ops.console import emit_json, say
from ops.grafana_choice import absent
from ops.options import DEFAULT_STACK, Json, StackName
from ops.outputs import read_outputs
from ops.session import Session


def urls(stack: StackName = DEFAULT_STACK, json: Json = False) -> None:
    """Print where the web pages and APIs are."""
    session = Session.open_deployed(stack)
    outputs = read_outputs(session.pulumi)
    lacking = absent(session.stack, outputs.urls)
    if json:
        emit_json({"stack": stack, "urls": dict(outputs.urls), "absent": lacking})
        return
    width = max(len(part) for part in [*outputs.urls, *lacking])
    for part, url in sorted(outputs.urls.items()):
        say(f"{part:<{width}}  {url}")
    for part, words in lacking.items():
        say(f"{part:<{width}}  {words}")
