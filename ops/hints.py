"""What errors mean and what to do about them. Patterns are words of the Docker engine, its provider and Pulumi."""

import re
from collections.abc import Mapping

# what Pulumi and the provider's libraries put around a message: whose it is, a count, the line of their log
_FRAME = re.compile(
    r"^\s*(?:\d+ errors? occurred:\s*\*\s*|(?:creating|updating|deleting|reading|refreshing) urn:pulumi:\S+:\s+"
    r"|[\w./-]+\.go:\d+: [\w.-]+:\s+|Error response from daemon: )|(?:: provider=[\w-]+@\S+|: timestamp=\S+)+\s*$"
)
_WHO = re.compile(r"(?:^Unable to (?:create|start|read|upload)[\w ]*: )?Error response from daemon: ")
_LEFT_OVER = "if it is a left-over, else choose another stack name or host, and run it again"

# pattern, what it means (None: what it says is clear), what to do; with what the pattern captured, and `name`: the
# container, network or volume that it is about
_STEPS: tuple[tuple[re.Pattern[str], str | None, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), meaning, step)
    for pattern, meaning, step in (
        (
            r"Bind for (?P<ip>\S+):(?P<port>\d+) failed: port is already allocated",
            "port {port} on {ip} is taken by another container",
            "`docker ps --filter publish={port}` shows it; free the port, or choose another in the stack's file "
            "(e.g. prometheus.port), and run it again",
        ),
        (
            r"(?:listen tcp4?|host port (?:for )?)\s*(?P<ip>[\d.]+):(?P<port>\d+)\S* .*address already in use",
            "port {port} on {ip} is taken by another program of the host",
            "`ss -ltnp sport = :{port}` shows it; free the port, or choose another in the stack's file "
            "(e.g. prometheus.port), and run it again",
        ),
        (
            r"(?:listen tcp4?|host port (?:for )?)\s*(?P<ip>[\d.]+):(?P<port>\d+)\S* .*cannot assign requested address",
            "port {port} can't be published on {ip}: the engine's machine has no such address",
            "set `publishAddress` in the stack's file to one of `ip -br address`",
        ),
        (
            r'container name "/(?P<taken>[^"]+)" is already in use',
            "there is a container {taken} already, which this stack doesn't know",
            f"`docker rm -f {{taken}}` {_LEFT_OVER}",
        ),
        (
            r"network with name (?P<taken>\S+) already exists",
            "there is a network {taken} already, which this stack doesn't know",
            f"`docker network rm {{taken}}` {_LEFT_OVER}",
        ),
        (
            r"selinux|relabel|avc: +denied|error setting label",
            None,
            "SELinux refuses it: `ausearch -m avc -ts recent` names what; files that containers read need the type "
            "container_file_t (`chcon -Rt container_file_t PATH`)",
        ),
        (
            r"permission denied.*docker.*\.sock|docker.*\.sock.*permission denied",
            None,
            "you may not use the Docker engine: join its group (`sudo usermod -aG docker $USER`, then log in again)",
        ),
        (
            r"range of CPUs is from",
            None,
            "the engine has fewer CPUs than are asked for: `make up` finds out how many, or set `dockerCpus`",
        ),
        (
            r"minimum memory limit allowed is (?P<least>\w+)",
            "its memory limit is below {least}, the least that the engine gives",
            "raise its `memoryMb` in the stack's file",
        ),
        (
            r"pool overlaps with other one",
            "another Docker network has addresses of its subnet",
            "set `subnet` in the stack's file to a free one (`docker network inspect $(docker network ls -q)`)",
        ),
        (
            r"network (?P<missing>\S+) not found",
            "there is no Docker network {missing}",
            "bring up the application whose network it is, or correct `networks` in the stack's file",
        ),
        (
            r'(?:bind source path does not exist: |custom device ")(?P<path>[^\s"]+)',
            "the engine's machine has no {path}",
            "create it there, or take what needs it out of the stack's file",
        ),
        (
            r"unable to derive the IP value for host-gateway",
            None,
            "the engine runs without its default bridge, or set `host-gateway-ip` in its daemon.json",
        ),
        (
            r"failed to be in healthy state|container exited immediately",
            "{name} doesn't become healthy",
            "`docker logs --tail 50 {name}` says why; then run it again",
        ),
        (
            r"cannot connect to the docker daemon at (?P<host>\S+?)\.? Is the docker",
            "no Docker engine answers at {host}",
            "start the Docker engine (`systemctl start docker`, or `make up` as root on Debian), then run it again",
        ),
        (
            r"error during connect: .*(?:EOF|reset by peer|broken pipe)",
            "the Docker engine went away meanwhile",
            "start it (`systemctl start docker`) and run this again: that puts right what was half done",
        ),
        (
            r"error during connect|connection aborted|connect.*docker.*\.sock|docker.*\.sock.*connect",
            None,
            "start the Docker engine (`systemctl start docker`, or `make up` as root on Debian), then run it again",
        ),
        (
            r"state to become 'removed' \(last state: '(?:in_use|pending)'|has active endpoints|volume is in use",
            "{name} isn't removed: a container that isn't this stack's uses it",
            "`docker ps -a --filter {kind}={name}` shows which; stop it, then run it again",
        ),
        (
            r"cannot be deleted because it is protected",
            "{name} holds data and is protected",
            "`make down` keeps it, `make destroy` removes it",
        ),
        (
            r"rpc error: code = (?:Unavailable|Canceled)|plugin .* exited|transport is closing",
            "Pulumi's plugin ended before its time",
            "run it again: that puts right what was half done",
        ),
        (
            r"no basic auth credentials|unauthorized|authentication required",
            None,
            "the registry asks for a login: `docker login REGISTRY`, as the user who runs this, then run it again",
        ),
        (
            r"manifest for \S+@sha256:\w+ not found",
            None,
            "the registry doesn't have the bytes that `digest` in config/images.yaml names; `monitor images lock` "
            "shows and writes those that it has for the tag: first find out why they are others",
        ),
        (
            r"/v2/\S*\"?: (dial tcp|net/http|context deadline|EOF)",
            None,
            "the registry doesn't answer: check `imageRegistry` and the way there from the engine's machine",
        ),
        (
            r"invalid reference format",
            None,
            "check `imageRegistry` and the names in config/images.yaml: small letters, no scheme",
        ),
        (
            r"no such image|pull access denied|manifest unknown|image .* not found",
            None,
            "`make images` builds the images locally; with a private registry check `imageRegistry`",
        ),
        (
            r"stack is currently locked",
            None,
            "another run is at work; wait for it, or `monitor pulumi -- cancel --yes` if it is gone",
        ),
        (
            r"incorrect passphrase|passphrase must be set",
            None,
            "give this backend's passphrase through PULUMI_CONFIG_PASSPHRASE_FILE",
        ),
        (r"no space left on device", None, "free disk space (`docker system df` shows what Docker holds)"),
    )
)
# the provider says three times that it couldn't pull
_PULLED = re.compile(
    r"^Unable to .*?: unable to pull image (?P<image>\S+): (?:error pulling image \S+: )?(?P<reason>.*)$"
)
_LOOKED_UP = re.compile(
    r'^Unable to .*?: error looking up local image "(?P<image>[^"]+)": .*?no such image: (?P<reason>.*)$'
)


def explain(message: str, urn: str = "") -> tuple[str, str | None]:
    """What an error says, without what is put around it, and what to do about it where that is known.

    Args:
        urn: of the resource that it is about.
    """
    before = None
    while message != before:
        before, message = message, _FRAME.sub("", message).strip()
    if "$" in urn or "docker:" in urn:
        message = " ".join(message.split())  # the program's own messages have their lines
    message = _WHO.sub("", message)
    for wrapped in (_PULLED, _LOOKED_UP):
        message = wrapped.sub(r"image '\g<image>' can't be pulled: \g<reason>", message)
    for pattern, meaning, step in _STEPS:
        if found := pattern.search(message):
            words = {**_names(urn), **found.groupdict()}
            return meaning.format(**words) if meaning else message, step.format(**words)
    return message, None


# of what a wrong rule file entails, the cause is logged first
_REFUSAL = re.compile(
    r'level=ERROR .*?msg="(?:loading groups failed|Loading configuration file failed|Error (?:re)?loading config)".*?'
    r' err="((?:[^"\\]|\\.)*)"'
)


def refusal(log: str) -> str | None:
    """Why Prometheus or Alertmanager didn't take a configuration, as its log says; None if it took each."""
    found = _REFUSAL.search(log)
    return re.sub(r"\\(.)", r"\1", found[1]) if found else None


def _names(urn: str) -> Mapping[str, str]:
    """What the engine calls a resource, by the rule of components/base/stack.py, and its kind."""
    stack, _, part = urn.removeprefix("urn:pulumi:").partition("::")
    kind, _, name = part.rpartition("::")[2].partition("-") if ":Container::" not in urn else ("", "", "")
    return {"kind": kind, "name": f"autonomica-{stack}-{name or part.rpartition('::')[2]}" if urn else "it"}
