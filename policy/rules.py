"""The policies: each looks at one stack's content and names what is against it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from delivery.content import Content

EXCEPTIONS_KEY = "policy:exceptions"
# the reason of each is in docs/architecture.md, "Networks and trust"
PUBLISHING = frozenset({"prometheus", "alertmanager", "grafana", "viewer", "demo-frontend", "demo-load", "demo-sink"})
HOST_NAMESPACES = frozenset({"node-exporter", "docker-metrics"})
SOCKET = frozenset({"docker-api"})
CAPABILITIES = frozenset({"CAP_NET_BIND_SERVICE"})

_SECRET_NAME = re.compile(r"passw|secret|token|api_?key|private_?key|credential", re.IGNORECASE)
_SECRET_FILE = re.compile(r"(_|-|\.)?(file|path|dir)$", re.IGNORECASE)
_FILES = ("/", "$__file{")  # the latter is Grafana's way to name one
_CREDENTIALS_IN_URL = re.compile(r"://[^/\s:@]*:[^/\s@]+@")

Found = Iterator[tuple[str, str]]
Policy = Callable[[Content, bool], Found]


@dataclass(frozen=True)
class Violation:
    """One thing that is against a policy. `what` never holds a value that may be secret."""

    policy: str
    name: str
    what: str


def _running(content: Content) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Containers that are started; a carrier of files never is."""
    return ((name, inputs) for name, inputs in sorted(content.containers.items()) if inputs.get("start") is not False)


def _image_pinned(content: Content, require_digests: bool) -> Found:
    for name, reference in sorted(content.images.items()):
        path, _, digest = reference.partition("@")
        tag = path.rpartition("/")[2].partition(":")[2]
        own = reference.startswith("airgap.local/")  # named by its content, and built on the spot
        if tag in {"", "latest"} and not digest:
            yield name, f"its image {reference} has no version; give it a tag in config/images.yaml"
        elif require_digests and not digest and not own:
            yield name, f"its image {reference} has no digest, which requireDigests demands: `monitor images lock`"


def _no_plain_secret(content: Content, _: bool) -> Found:
    for name, inputs in sorted(content.containers.items()):
        labels = [f"{label['label']}={label['value']}" for label in inputs.get("labels") or ()]
        texts = {"its environment": inputs.get("envs"), "its labels": labels}
        texts |= {"its command": [*(inputs.get("entrypoints") or ()), *(inputs.get("command") or ())]}
        for place, items in texts.items():
            for item in items or ():
                # a value that the program itself marks as secret isn't a text any more here
                key, _sign, value = item.partition("=") if isinstance(item, str) else (place, "", "")
                sounds = bool(_SECRET_NAME.search(key)) and not _SECRET_FILE.search(key)
                named = sounds and value != "" and not value.startswith(_FILES)
                if not isinstance(item, str) or named or _CREDENTIALS_IN_URL.search(item):
                    what = key.lstrip("-") if _SECRET_NAME.search(key) else "a value"
                    yield name, f"{place} holds a secret ({what}); give it as a file: `docker inspect` shows the rest"


def _limits(content: Content, _: bool) -> Found:
    for name, inputs in _running(content):
        missing = [key for key in ("memory", "cpus") if not float(inputs.get(key) or 0)]
        if missing:
            yield name, f"it has no limit on {' and '.join(missing)}; set `limits`"


def _health_check(content: Content, _: bool) -> Found:
    for name, inputs in _running(content):
        tests = (inputs.get("healthcheck") or {}).get("tests") or []
        if not tests or tests[0] == "NONE":
            yield name, "it has no health check, so that a deployment doesn't wait for it; set `health`"


def _read_only(content: Content, _: bool) -> Found:
    for name, inputs in _running(content):
        if inputs.get("readOnly") is not True:
            yield name, "its root filesystem can be written to; set read_only, and `writable` for what has to be"


def _ports(content: Content, _: bool) -> Found:
    for name, inputs in sorted(content.containers.items()):
        for port in inputs.get("ports") or ():
            published = port.get("external") or port.get("internal")
            if name not in PUBLISHING:
                yield name, f"it publishes port {published} on the host; only {', '.join(sorted(PUBLISHING))} may"
            elif not port.get("ip"):
                yield name, f"it publishes port {published} on every address; say which (publishAddress)"
        if inputs.get("publishAllPorts"):
            yield name, "it publishes all its ports; name those that are needed"


def _data_protected(content: Content, _: bool) -> Found:
    for docker_name, name in sorted(content.data_volumes.items()):
        if not content.options[name]["protect"]:
            yield name, f"the volume {docker_name} holds data and isn't protected; make it with data_volume()"


def _no_privileges(content: Content, _: bool) -> Found:
    for name, inputs in sorted(content.containers.items()):
        capabilities = inputs.get("capabilities") or {}
        wrong = ["it is privileged"] if inputs.get("privileged") else []
        wrong += [f"it keeps {each}" for each in sorted(set(capabilities.get("adds") or ()) - CAPABILITIES)]
        if inputs.get("start") is not False:
            if "ALL" not in (capabilities.get("drops") or ()):
                wrong.append("it doesn't drop all capabilities")
            if "no-new-privileges:true" not in (inputs.get("securityOpts") or ()):
                wrong.append("its processes can gain privileges")
        if name not in HOST_NAMESPACES:
            wrong += [f"{key} is host" for key in ("networkMode", "pidMode", "ipcMode") if inputs.get(key) == "host"]
        yield from ((name, f"{each}; take that away") for each in wrong)


def _no_docker_socket(content: Content, _: bool) -> Found:
    for name, inputs in sorted(content.containers.items()):
        if name in SOCKET:
            continue
        mounts = [mount.get("source") for mount in inputs.get("mounts") or ()]
        mounts += [volume.get("hostPath") for volume in inputs.get("volumes") or ()]
        # a folder that holds it gives it away, too
        if any(re.fullmatch(r"(/var)?/run(/docker(\.sock)?)?/?|.*/docker\.sock", str(path)) for path in mounts):
            yield name, "it mounts the Docker socket, which is root on the host; ask docker-api instead"


POLICIES: Mapping[str, Policy] = {
    "image-pinned": _image_pinned,
    "no-plain-secret": _no_plain_secret,
    "limits": _limits,
    "health-check": _health_check,
    "read-only": _read_only,
    "ports": _ports,
    "data-protected": _data_protected,
    "no-privileges": _no_privileges,
    "no-docker-socket": _no_docker_socket,
}


def violations(content: Content, *, require_digests: bool) -> list[Violation]:
    """Everything in a stack that is against a policy."""
    return [
        Violation(policy, name, what)
        for policy, check in POLICIES.items()
        for name, what in check(content, require_digests)
    ]


def judged(content: Content, settings: Mapping[str, Any]) -> list[str]:
    """One line per violation that a stack doesn't except, and per exception that is wrong or needed no more.

    Args:
        content: the stack.
        settings: what its file holds, by key; exceptions under `policy:exceptions`: policy -> name -> reason.
    """
    exceptions = settings.get(EXCEPTIONS_KEY) or {}
    problems = [f"{EXCEPTIONS_KEY}: {line}" for line in _exception_problems(exceptions)]
    if problems:
        return problems
    found = violations(content, require_digests=settings.get("requireDigests") in (True, "true"))
    excepted = {(policy, name) for policy, names in exceptions.items() for name in names}
    against = [each for each in found if (each.policy, each.name) not in excepted]
    unused = sorted(excepted - {(each.policy, each.name) for each in found})
    return [
        *(f"policy {each.policy}: {each.name}: {each.what}" for each in against),
        *(
            f"{EXCEPTIONS_KEY}.{policy}.{name}: nothing is against this policy there; remove it"
            for policy, name in unused
        ),
    ]


def _exception_problems(exceptions: object) -> Iterator[str]:
    shape = "must be policy: {name: reason}, such as limits: {demo-load: it stops by itself}"
    if not isinstance(exceptions, dict):
        yield f"{shape}, not a {type(exceptions).__name__}"
        return
    for policy, names in exceptions.items():
        if policy not in POLICIES:
            meant = get_close_matches(str(policy), POLICIES, 1)
            yield f"there is no policy '{policy}'; " + (
                f"is '{meant[0]}' meant?" if meant else f"there are: {', '.join(POLICIES)}"
            )
        elif not isinstance(names, dict):
            yield f"{policy} {shape}"
        else:
            for name, reason in names.items():
                if not isinstance(reason, str) or len(reason.split()) < 2:
                    yield f"{policy}.{name} needs a reason in words, so that a reviewer can judge it"
