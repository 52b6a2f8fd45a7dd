"""What a person wants to know once the stack is up."""

from ops.console import say
from ops.dev_secrets import NAMES
from ops.grafana_choice import absent
from ops.options import DEFAULT_STACK
from ops.outputs import Outputs
from ops.project import Stack


def show_guide(outputs: Outputs, stack: Stack) -> None:
    """Where things are, where the logins are kept (never what they are), what to try."""
    option = "" if stack.name == DEFAULT_STACK else f" --stack {stack.name}"
    monitor = ".venv/bin/monitor"
    width = max(len(part) for part in outputs.urls)
    say(f"stack {stack.name} is up and well")
    for part, url in sorted(outputs.urls.items()):
        say(f"  {part:<{width}}  {url}")
    for part, words in absent(stack, outputs.urls).items():
        say(f"  {part:<{width}}  {words}")
    say("passwords are kept encrypted in the stack's configuration; to see one:")
    for name in NAMES:
        if name.startswith("grafana") and outputs.grafana_api_url is None:
            continue
        say(f"  {monitor} pulumi{option} -- config get {name}")
    say("next:")
    steps = {f"{monitor} health{option}": "is everything well?"}
    if outputs.demo:
        steps |= {
            f"{monitor} fault{option} api errors 0.5": "half of the API's answers fail: an alert within two minutes",
            f"{monitor} messages{option}": "what arrived in mailbox, Slack channel and webhook",
            f"{monitor} fault{option} off": "all is well again; resolved messages follow",
        }
    steps[f"make down{_make(stack)}"] = "stop and remove everything but the data"
    for command, meaning in steps.items():
        say(f"  {command:<{max(map(len, steps))}}  {meaning}")


def _make(stack: Stack) -> str:
    return "" if stack.name == DEFAULT_STACK else f" STACK={stack.name}"
