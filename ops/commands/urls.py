"""`monitor urls`: where things are."""

from ops.console import emit_json, say
from ops.options import DEFAULT_STACK, Json, StackName
from ops.outputs import read_outputs
from ops.session import Session


def urls(stack: StackName = DEFAULT_STACK, json: Json = False) -> None:
    """Print where the web pages and APIs are."""
    outputs = read_outputs(Session.open_deployed(stack).pulumi)
    if json:
        emit_json({"stack": stack, "urls": dict(outputs.urls)})
        return
    width = max(len(part) for part in outputs.urls)
    for part, url in sorted(outputs.urls.items()):
        say(f"{part:<{width}}  {url}")
