"""The base of everything that runs: one hardened, limited, health-checked container."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_docker as docker

from components.base.carrier import Carrier, CarrierArgs, config_carrier
from components.base.files import File
from components.base.mounts import Mount, mount_args
from components.base.networks import Attachment
from components.base.stack import Stack, label_args
from config.areas import area
from config.settings.stack import DOCKER_HOST_NAME

FILES_DIRECTORY, NOBODY = area.FILES_DIRECTORY, area.NOBODY

HEALTH_INTERVAL_SECONDS = 10
# where an engine has no `start_interval`: the first check, for which a deployment waits, comes after one interval
_HEALTH_INTERVAL_SECONDS_BEFORE_25 = 5
HEALTH_START_SECONDS = 1  # until it is healthy for the first time


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a container may use: memory in MB (2**20 bytes; swap none), CPUs as a share of one."""

    memory_mb: int
    cpus: float


@dataclass(frozen=True, kw_only=True)
class Published:
    """A port that is reachable on the host, on the address that the settings name."""

    internal: int
    external: int


@dataclass(frozen=True, kw_only=True)
class ContainerArgs:
    """One container.

    Attributes:
        stack: what it belongs to.
        image: name in the image table.
        limits: what it may use.
        user: numeric id that the program runs as.
        networks: where it is attached; none only with `host_network`.
        health: the health check's command, in Docker's form (`CMD …`).
        command: the image's entrypoint gets these arguments.
        entrypoint: instead of the image's own.
        environment: never a secret.
        files: files it reads at its start, below `FILES_DIRECTORY`; a change replaces the container.
        shared_files: instead of files of its own, those of a carrier that others read, too.
        mounts: volumes and host paths.
        devices: the host's devices that it may read.
        writable: paths to have in memory and writable, beside /tmp.
        published: ports on the host.
        capabilities: Linux capabilities to keep; all others are dropped.
        groups: further group ids.
        host_network: sees the host's network instead of its own.
        host_processes: sees the host's processes.
        start_seconds: how long it may take to become healthy before the deployment gives up on it.
        stop_seconds: how long it may take to stop before it is killed.
        after: what must be there before it.
        labels: further labels, as `Stack.labels` takes them.
    """

    stack: Stack
    image: str
    limits: Limits
    user: int
    health: Sequence[str]
    networks: Sequence[Attachment] = ()
    command: Sequence[pulumi.Input[str]] = ()
    entrypoint: Sequence[str] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[File] = ()
    shared_files: Carrier | None = None
    mounts: Sequence[Mount] = ()
    devices: Sequence[str] = ()
    writable: Sequence[str] = ()
    published: Sequence[Published] = ()
    capabilities: Sequence[str] = ()
    groups: Sequence[int] = ()
    host_network: bool = False
    host_processes: bool = False
    start_seconds: int = 120
    stop_seconds: int = 30
    after: Sequence[pulumi.Resource] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


def container(name: str, args: ContainerArgs, opts: pulumi.ResourceOptions) -> docker.Container:
    """A running part of the stack: its container and, where it reads files, their carrier.

    The root filesystem is read-only, no process gains privileges, all capabilities are dropped but those asked for,
    logs are rotated, and a deployment waits until the health check is content.
    """
    stack, files = args.stack, args.shared_files
    if args.files:
        files = config_carrier(
            f"{name}-files", CarrierArgs(stack=stack, directory=FILES_DIRECTORY, files=args.files), opts
        )
    mounts = [*args.mounts, *([files.mount] if files else [])]
    # Programs written in Go clean up sooner near this, rather than being killed at the limit; others don't read it.
    environment = {"GOMEMLIMIT": f"{args.limits.memory_mb * 9 // 10}MiB", **args.environment}
    carriers: list[pulumi.Resource] = [files.container] if files else []
    # it touches what belongs to the host, with the rights that its user has there
    on_host = args.host_network or args.host_processes or any(mount.host_path for mount in args.mounts)
    running = docker.Container(
        name,
        name=stack.name(name),
        image=stack.images.image_id(args.image),
        command=list(args.command) or None,
        entrypoints=list(args.entrypoint) if args.entrypoint else None,
        envs=[f"{key}={value}" for key, value in sorted(environment.items())],
        user=f"{args.user}:{args.user}",
        group_adds=[str(group) for group in args.groups] or None,
        network_mode="host" if args.host_network else "bridge",
        networks_advanced=_networks(args.networks),
        pid_mode="host" if args.host_processes else None,
        # an engine that maps users (userns-remap) refuses the host's network and processes without it
        userns_mode="host" if on_host else None,
        hosts=_hosts(args),
        ports=[
            docker.ContainerPortArgs(
                internal=port.internal,
                external=port.external,
                ip=str(stack.settings.publish_address),
                protocol="tcp",
            )
            for port in args.published
        ]
        or None,
        mounts=[mount_args(mount) for mount in mounts] or None,
        devices=[
            docker.ContainerDeviceArgs(host_path=path, container_path=path, permissions="r") for path in args.devices
        ]
        or None,
        tmpfs=dict.fromkeys(("/tmp", *args.writable), "rw,noexec,nosuid,nodev,size=64m,mode=1777"),  # noqa: S108
        read_only=True,
        capabilities=docker.ContainerCapabilitiesArgs(
            drops=["ALL"], adds=[f"CAP_{name}" for name in sorted(args.capabilities)] or None
        ),
        # SELinux keeps containers from the host's files and sockets, whoever their user is. With the host's processes
        # the engine adds it by itself: not asked for, that would be a change at every update.
        security_opts=["no-new-privileges:true", *(["label=disable"] if on_host else [])],
        memory=args.limits.memory_mb,
        memory_swap=args.limits.memory_mb,  # equal: no swap; unset it would show a change for ever
        cpus=_cpus(min(args.limits.cpus, stack.settings.docker_cpus)),
        restart="unless-stopped",
        healthcheck=_health_check(args),
        wait=True,
        wait_timeout=args.start_seconds,
        destroy_grace_seconds=args.stop_seconds,
        log_driver="json-file",
        log_opts={"max-file": "3", "max-size": "10m"},
        labels=label_args(stack.labels(name, **args.labels)),
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                depends_on=[*args.after, *carriers],
                # it reads its files when it starts: other files, another container
                replace_with=carriers,
                delete_before_replace=True,  # its name and its ports are taken as long as it is there
                # the official provider takes a change of these for done without doing anything
                replace_on_changes=["healthcheck", "tmpfs"],
            ),
        ),
    )
    stack.parts[name] = running
    return running


def _health_check(args: ContainerArgs) -> docker.ContainerHealthcheckArgs:
    """Durations are written as the engine gives them back: otherwise they would be changes."""
    often = args.stack.settings.health_checks_start_often
    return docker.ContainerHealthcheckArgs(
        tests=list(args.health),
        interval=f"{HEALTH_INTERVAL_SECONDS if often else _HEALTH_INTERVAL_SECONDS_BEFORE_25}s",
        timeout="10s",
        start_period=_duration(args.start_seconds) if often else "0s",
        start_interval=f"{HEALTH_START_SECONDS}s" if often else "0s",
        retries=3,
    )


def _cpus(cpus: float) -> str:
    """Spelt as the provider reads it back from the engine, `10.` for one: otherwise it would be a change."""
    text = f"{cpus:.9f}"
    return f"{cpus:.1f}" if text.count("0") == 9 else text.rstrip("0")


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def _hosts(args: ContainerArgs) -> list[docker.ContainerHostArgs] | None:
    """A name for the host, where the settings use it: an engine without the default bridge knows no address for it."""
    if args.host_network or not args.stack.settings.names_docker_host:
        return None
    return [docker.ContainerHostArgs(host=DOCKER_HOST_NAME, ip="host-gateway")]


def _networks(attachments: Sequence[Attachment]) -> list[docker.ContainerNetworksAdvancedArgs] | None:
    return [
        docker.ContainerNetworksAdvancedArgs(name=place.network, aliases=sorted(place.aliases) or None)
        for place in attachments
    ] or None
