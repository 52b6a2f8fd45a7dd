"""Facts: what only the Docker engine's machine knows.

`monitor up` finds them out and hands them over as the setting `facts`. The program exports them, so that the stack
keeps them, wherever its state is: a preview on another machine, plain `pulumi` or a pull request's preview has no
engine to ask and uses what the last update used.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pulumi
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import get_monitor

from config.settings.errors import SettingsError

KEY = "facts"
# Settings that can be facts, the keys of a structure joined by dots.
FACTS = frozenset(
    {
        "dockerCpus",
        "dockerHost",
        "dockerMetricsPort",
        "dockerSocketGroup",
        "dockerVersion",
        "grafana.enabled",
        "imageRegistry",
    }
)


def kept_facts() -> dict[str, Any]:
    """The facts that this stack's last update exported; none of a stack that wasn't deployed yet."""
    monitor = get_monitor()
    if monitor is None:
        return {}  # not run by Pulumi
    request = resource_pb2.ResourceInvokeRequest(tok="pulumi:pulumi:readStackOutputs")
    request.args.update({"name": f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"})
    # not `pulumi.runtime.invoke`: it turns the event loop that the program runs in, and the stack's outputs get lost
    with ThreadPoolExecutor(1) as thread:
        try:
            response = thread.submit(monitor.Invoke, request).result()
        except grpc.RpcError as error:
            details = getattr(error, "details", None)
            reason = details() if details else error
            raise SettingsError([f"{KEY}: what this stack keeps can't be read: {reason}"]) from None
    answer: dict[str, Any] = MessageToDict(getattr(response, "return"))  # type: ignore[no-untyped-call]
    facts = answer.get("outputs", {}).get(KEY)
    if not isinstance(facts, dict):
        return {}
    # on its way here every number is a float
    return {
        key: int(value) if isinstance(value, float) and value.is_integer() else value for key, value in facts.items()
    }


def with_facts(document: Mapping[str, Any], facts: Mapping[str, object]) -> dict[str, Any]:
    """Settings completed by facts: what the stack's file says takes precedence.

    Args:
        document: settings as in a stack's file.
        facts: settings of the same names, the keys of a structure joined by dots (`grafana.enabled`). Unknown ones are
            left out: an earlier version of this program may have kept them.
    """
    merged = dict(document)
    for path in sorted(FACTS & facts.keys()):
        *structures, key = path.split(".")
        place = merged
        for structure in structures:
            inner = place.get(structure, {})
            if not isinstance(inner, dict):
                break  # not a structure: the check of the settings says so
            place[structure] = place = dict(inner)
        else:
            place.setdefault(key, facts[path])
    return merged
