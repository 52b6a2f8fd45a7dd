"""The inputs of a container, and what a change of each does (the official provider's `ForceNew`).

`restart` to `cpuSet` are what the engine can change on a container. `healthcheck`, `tmpfs` and `init` can't be changed
on a container, yet the official plugin counts them as updates: it writes the new value into the state and does nothing.
So they are updates here too, with a warning; `replace_on_changes` turns them into replacements.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final

from airgap.plugins.docker import labels
from airgap.plugins.docker.container.durations import problem as not_a_duration
from airgap.plugins.protocol.schema import (
    Change,
    Field,
    Schema,
    an_object,
    at_least,
    boolean,
    integer,
    mapping,
    objects,
    one_of,
    text,
    texts,
)

UPDATE: Final = Change.UPDATE
LIMIT: Final = Change.REPLACE_WHEN_REMOVED


def _port(value: int) -> str | None:
    return None if 0 <= value <= 65535 else f"must be a port (0 to 65535), not {value}"


def _cpus(value: str) -> str | None:
    return (
        None if re.fullmatch(r"\d+(\.\d+)?|\.\d+", value) else f"must be a number of CPUs such as '1.5', not {value!r}"
    )


def _cpu_set(value: str) -> str | None:
    return None if re.fullmatch(r"\d+([,-]\d+)*", value) else f"must be CPUs such as '0-1' or '0,2', not {value!r}"


def _permissions(value: str) -> str | None:
    return None if re.fullmatch(r"0[0-7]{3}", value) else f"must be a file mode such as '0644', not {value!r}"


def _numeric_id(value: str) -> str | None:
    # the official plugin also takes names, of this machine's users, which rarely are the container's
    return None if re.fullmatch(r"\d+", value) else f"must be a numeric id such as '65534', not {value!r}"


def _base64(value: str) -> str | None:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return "must be base64"
    return None


def _absolute(value: str) -> str | None:
    return None if value.startswith("/") else f"must be an absolute path, not {value!r}"


def _command(value: list[str]) -> str | None:
    return None if all(value) else "must not have empty texts"


FIELDS: Final[dict[str, Field]] = {
    "name": text(required=True),
    "image": text(required=True),
    # What runs
    "command": texts(ordered=True, valid=_command),
    "entrypoints": texts(ordered=True),
    "envs": texts(),
    "user": text(),
    "groupAdds": texts(),
    "workingDir": text(),
    "init": boolean(change=UPDATE),
    "tty": boolean(default=False),
    "stdinOpen": boolean(default=False),
    "stopSignal": text(),
    "stopTimeout": integer(unit="seconds"),
    "healthcheck": an_object(
        {
            "tests": texts(ordered=True, required=True),
            "interval": text(default="0s", valid=not_a_duration),
            "timeout": text(default="0s", valid=not_a_duration),
            "startPeriod": text(default="0s", valid=not_a_duration),
            "startInterval": text(default="0s", valid=not_a_duration),
            "retries": integer(default=0, valid=at_least(0)),
        },
        change=UPDATE,
    ),
    # Its life
    "restart": text(change=UPDATE, default="no", valid=one_of("no", "on-failure", "always", "unless-stopped")),
    "maxRetryCount": integer(change=UPDATE, valid=at_least(0)),
    "start": boolean(change=UPDATE, default=True),
    "mustRun": boolean(change=UPDATE, default=True),
    "attach": boolean(change=UPDATE, default=False),
    "logs": boolean(change=UPDATE, default=False),
    "rm": boolean(change=UPDATE, default=False),
    "wait": boolean(change=UPDATE, default=False),
    "waitTimeout": integer(change=UPDATE, default=60, unit="seconds", valid=at_least(1)),
    "destroyGraceSeconds": integer(change=UPDATE, unit="seconds", valid=at_least(0)),
    "removeVolumes": boolean(change=UPDATE, default=True),
    "containerReadRefreshTimeoutMilliseconds": integer(change=UPDATE, default=15000, unit="milliseconds"),
    # What it may use
    "memory": integer(change=LIMIT, unit="MB", valid=at_least(0)),
    # Taken away, it goes back to what the engine makes of it: twice the memory.
    "memorySwap": integer(change=UPDATE, unit="MB, -1 for no limit", valid=at_least(-1)),
    "memoryReservation": integer(change=LIMIT, unit="MB", valid=at_least(0)),
    "cpuShares": integer(change=LIMIT, valid=at_least(0)),
    "cpuSet": text(change=LIMIT, valid=_cpu_set),
    "cpus": text(valid=_cpus),
    "shmSize": integer(unit="MB", valid=at_least(0)),
    "ulimits": objects(
        {"name": text(required=True), "soft": integer(required=True), "hard": integer(required=True)},
        identity=("name",),
    ),
    # What it may do
    "capabilities": an_object({"adds": texts(), "drops": texts()}),
    "securityOpts": texts(),
    "readOnly": boolean(default=False),
    "privileged": boolean(),
    "sysctls": mapping(),
    "pidMode": text(),
    "ipcMode": text(),
    "usernsMode": text(),
    "cgroupnsMode": text(valid=one_of("private", "host")),
    "runtime": text(),
    "devices": objects(
        {"hostPath": text(required=True), "containerPath": text(), "permissions": text()}, identity=("hostPath",)
    ),
    # Its network
    "hostname": text(),
    "domainname": text(),
    "networkMode": text(default="bridge"),
    "networksAdvanced": objects(
        {"name": text(required=True), "aliases": texts(), "ipv4Address": text()}, identity=("name",)
    ),
    # A list in the official schema too, but one whose order it disregards.
    "ports": objects(
        {
            "internal": integer(required=True, valid=_port),
            "external": integer(valid=_port),
            "ip": text(default="0.0.0.0"),  # noqa: S104 - the official plugin's default
            "protocol": text(default="tcp", valid=one_of("tcp", "udp", "sctp")),
        },
        identity=("internal", "protocol"),
    ),
    "publishAllPorts": boolean(),
    "hosts": objects({"host": text(required=True), "ip": text(required=True)}, identity=("host", "ip")),
    "dns": texts(),
    "dnsOpts": texts(),
    "dnsSearches": texts(),
    # Its files
    "volumes": objects(
        {
            "containerPath": text(required=True, valid=_absolute),
            "volumeName": text(),
            "hostPath": text(valid=_absolute),
            "readOnly": boolean(),
        },
        identity=("containerPath",),
    ),
    "mounts": objects(
        {
            "target": text(required=True, valid=_absolute),
            "type": text(required=True, valid=one_of("bind", "volume", "tmpfs")),
            "source": text(),
            "readOnly": boolean(),
            "bindOptions": an_object(
                {"propagation": text(valid=one_of("private", "rprivate", "shared", "rshared", "slave", "rslave"))}
            ),
            "volumeOptions": an_object(
                {
                    "noCopy": boolean(),
                    "labels": labels.LABELS,
                    "driverName": text(),
                    "driverOptions": mapping(),
                }
            ),
            "tmpfsOptions": an_object({"sizeBytes": integer(unit="bytes"), "mode": integer()}),
        },
        identity=("target",),
    ),
    "tmpfs": mapping(change=UPDATE),
    "uploads": objects(
        {
            "file": text(required=True, valid=_absolute),
            "content": text(),
            "contentBase64": text(valid=_base64),
            "source": text(),
            "sourceHash": text(),
            "executable": boolean(default=False),
            "permissions": text(valid=_permissions),
            "owner": text(valid=_numeric_id),
            "group": text(valid=_numeric_id),
        },
        identity=("file",),
    ),
    # What is known of it
    "labels": labels.LABELS,
    "logDriver": text(),
    "logOpts": mapping(),
}

# Written into the state but not applied to the container, as in the official plugin.
NOT_APPLIED: Final = ("healthcheck", "tmpfs", "init")


def _combinations(inputs: dict[str, Any]) -> list[tuple[str, str]]:
    """What the engine, or the official plugin, would refuse only halfway through."""
    problems = []
    if inputs.get("mustRun") and inputs.get("start") is False:
        problems.append(("mustRun", "is true (its default) but 'start' is false; set mustRun to false"))
    if inputs.get("mustRun") and inputs.get("attach"):
        problems.append(
            ("mustRun", "is true (its default) but 'attach' waits for the container's end; set mustRun to false")
        )
    if inputs.get("wait") and inputs.get("start") is False:
        problems.append(("wait", "is true but 'start' is false, so the container never gets healthy"))
    for index, upload in enumerate(inputs.get("uploads", [])):
        given = [key for key in ("content", "contentBase64", "source") if upload.get(key)]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            path = f"uploads[{index}]"
            problems.append(
                (
                    path,
                    f"({upload['file']}) must have one of content, contentBase64 or source, not empty; it has {found}",
                )
            )
    return problems


SCHEMA: Final = Schema(
    token="docker:index/container:Container",  # noqa: S106 - a type token
    fields=FIELDS,
    autonamed=True,
    delete_before_replace=True,
    valid=_combinations,
)
