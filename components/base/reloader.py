"""Sees to it that a server runs the configuration that was carried to it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.base.container import ContainerArgs, Limits, container
from components.base.mounts import Mount
from components.base.networks import Attachment
from components.base.stack import Stack
from config import health_checks


@dataclass(frozen=True, kw_only=True)
class ReloaderArgs:
    """Which server, and how it is asked.

    Attributes:
        stack: what it belongs to.
        image: an image with a shell and wget: the server's own.
        user: numeric user id.
        status_url: answers with the configuration that the server has loaded.
        metrics_url: answers with its metrics, one of which tells whether it took all of that.
        revision: what must be found in the answer, as `revisions/<revision>/`.
        reload_url: is sent a POST until the revision is there; None for a server that reloads by itself.
        network: where the server is found.
        after: the config carrier. Not the server: until that runs the revision, the reloader isn't healthy either.
        hourly: a shell command of the server's upkeep.
        mounts: the volumes that it needs.
    """

    stack: Stack
    image: str
    user: int
    status_url: str
    metrics_url: str
    revision: str
    reload_url: str | None
    network: Attachment
    after: Sequence[pulumi.Resource]
    hourly: str | None = None
    mounts: Sequence[Mount] = ()


def config_reloader(name: str, args: ReloaderArgs, opts: pulumi.ResourceOptions) -> docker.Container:
    """A tiny sidecar, replaced with every revision.

    It asks the server to reload and is healthy as long as the server runs this revision; so a deployment is done
    only when the new configuration is in effect, and `docker ps` shows at any time whether it still is.
    """
    return container(
        name,
        ContainerArgs(
            stack=args.stack,
            image=args.image,
            limits=Limits(memory_mb=16, cpus=0.2),
            user=args.user,
            networks=[args.network],
            entrypoint=["/bin/sh", "-c"],
            command=[_script(args)],
            mounts=args.mounts,
            health=health_checks.running_config(args.status_url, args.metrics_url, args.revision),
            stop_seconds=2,
            after=args.after,
            labels={"role": "reloader"},
        ),
        opts,
    )


def _script(args: ReloaderArgs) -> str:
    # a shell that is process 1 ends on SIGTERM only where it says so, and only while it waits
    rest = f"while :; do {args.hourly or ':'}; sleep 3600 & wait $!; done"
    if args.reload_url is None:
        return f"trap 'exit 0' TERM; {rest}"
    check = f"timeout 5 wget -q -O - {args.status_url} | grep -qF revisions/{args.revision}/"
    reload = f"timeout 5 wget -q -O /dev/null --post-data= {args.reload_url}"
    return f"trap 'exit 0' TERM; until {check}; do {reload}; sleep 1 & wait $!; done; {rest}"
