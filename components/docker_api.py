"""The filtered way to the Docker API."""

import pulumi

from components.base.container import FILES_DIRECTORY, NOBODY, Limits, ServiceArgs, service
from components.base.files import File
from components.base.mounts import Mount
from components.base.networks import Networks
from components.base.stack import Stack
from config import health_checks
from config.areas.containers import caddyfiles

_CADDYFILE = f"{FILES_DIRECTORY}/Caddyfile"
_SOCKET = "/var/run/docker.sock"


class DockerApi(pulumi.ComponentResource):
    """Lets Prometheus discover containers, and the container exporter measure them, without the Docker socket.

    (`autonomica:monitoring:DockerApi`.) Whoever holds the raw socket holds the host; this proxy passes on a few
    reading requests and refuses everything else. Only it has the socket, and only the monitoring network has it.
    """

    def __init__(self, networks: Networks, *, stack: Stack, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:DockerApi", "docker-api", {}, opts)
        group = stack.settings.docker_socket_group
        self.container = service(
            "docker-api",
            ServiceArgs(
                image="caddy",
                limits=Limits(memory_mb=64, cpus=0.25),  # with 100 containers: 22 MB, 0.1 s of CPU at a scrape
                # the socket belongs to root and a group: without knowing the group, root (without capabilities)
                user=0 if group is None else NOBODY,
                groups=[] if group is None else [group],
                networks=[networks.monitoring("docker-api")],
                entrypoint=["caddy"],
                command=["run", "--config", _CADDYFILE, "--adapter", "caddyfile"],
                environment={"XDG_CONFIG_HOME": "/tmp", "XDG_DATA_HOME": "/tmp"},  # noqa: S108
                files=[File(path=_CADDYFILE, content=caddyfiles.docker_api(_SOCKET))],
                mounts=[Mount(target=_SOCKET, host_path=_socket_on_host(stack))],
                # the official binary carries this one as a file capability and doesn't start without
                capabilities=["NET_BIND_SERVICE"],
                health=health_checks.http_get(2375, "/_ping"),
            ),
            stack=stack,
            parent=self,
        )
        self.register_outputs({})


def _socket_on_host(stack: Stack) -> str:
    host = stack.settings.docker_host
    return host.removeprefix("unix://") if host.startswith("unix://") else _SOCKET
