"""What to do about messages people meet. Patterns are the Docker engine's and Pulumi's own words."""

import re

_STEPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"port is already allocated|address already in use", re.IGNORECASE),
        "free that host port, or choose another in the stack's file (e.g. prometheus.port), and run it again",
    ),
    (
        re.compile(r"container name .* is already in use|name .* already exists|Conflict\.", re.IGNORECASE),
        "a container this stack doesn't own has that name: `docker rm -f` it if it is a left-over, then run it again",
    ),
    (
        re.compile(r"selinux|relabel|avc: +denied|error setting label", re.IGNORECASE),
        "SELinux refuses it: `ausearch -m avc -ts recent` names what; files that containers read need the type "
        "container_file_t (`chcon -Rt container_file_t PATH`)",
    ),
    (
        re.compile(r"permission denied.*docker.*\.sock|docker.*\.sock.*permission denied", re.IGNORECASE),
        "you may not use the Docker engine: join its group (`sudo usermod -aG docker $USER`, then log in again)",
    ),
    (
        re.compile(r"range of CPUs is from", re.IGNORECASE),
        "the engine has fewer CPUs than are asked for: `make up` finds out how many, or set `dockerCpus`",
    ),
    (
        re.compile(r"pool overlaps with other one", re.IGNORECASE),
        "another Docker network has the subnet: set `subnet` in the stack's file to a free one",
    ),
    (
        re.compile(r"unable to derive the IP value for host-gateway", re.IGNORECASE),
        "the engine runs without its default bridge, or set `host-gateway-ip` in its daemon.json",
    ),
    (
        re.compile(
            r"cannot connect to the docker daemon|connect.*docker.*\.sock|docker.*\.sock.*connect|connection aborted",
            re.IGNORECASE,
        ),
        "start the Docker engine (`systemctl start docker`, or `make up` as root on Debian), then run it again",
    ),
    (
        re.compile(r"no basic auth credentials|unauthorized|authentication required", re.IGNORECASE),
        "the registry asks for a login: `docker login REGISTRY`, as the user who runs this, then run it again",
    ),
    (
        re.compile(r"manifest for \S+@sha256:\w+ not found", re.IGNORECASE),
        "the registry doesn't have the bytes that `digest` in config/images.yaml names; `monitor images lock` shows "
        "and writes those that it has for the tag: first find out why they are others",
    ),
    (
        re.compile(r"/v2/\S*\"?: (dial tcp|net/http|context deadline|EOF)", re.IGNORECASE),
        "the registry doesn't answer: check `imageRegistry` and the way there from the engine's machine",
    ),
    (
        re.compile(r"no such image|pull access denied|manifest unknown|image .* not found", re.IGNORECASE),
        "`make images` builds the images locally; with a private registry check `imageRegistry`",
    ),
    (
        re.compile(r"stack is currently locked", re.IGNORECASE),
        "another run is at work; wait for it, or `monitor pulumi -- cancel --yes` if it is gone",
    ),
    (
        re.compile(r"incorrect passphrase|passphrase must be set", re.IGNORECASE),
        "give this backend's passphrase through PULUMI_CONFIG_PASSPHRASE_FILE",
    ),
    (
        re.compile(r"no space left on device", re.IGNORECASE),
        "free disk space (`docker system df` shows what Docker holds)",
    ),
)


def next_step(message: str) -> str | None:
    """Advice for an error message, or None when there is nothing better than the message itself."""
    return next((advice for pattern, advice in _STEPS if pattern.search(message)), None)
