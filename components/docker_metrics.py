"""The Docker daemon's own metrics."""

import pulumi

from components.base.container import FILES_DIRECTORY, NOBODY, Limits, ServiceArgs, service
from components.base.files import File
from components.base.networks import Networks
from components.base.stack import Stack
from config import addresses, health_checks
from config.areas.containers import caddyfiles

_CADDYFILE = f"{FILES_DIRECTORY}/Caddyfile"


class DockerMetrics(pulumi.ComponentResource):
    """Makes the daemon's metrics scrapable (`autonomica:monitoring:DockerMetrics`).

    The daemon serves them on 127.0.0.1 of the host, where no container on a bridge can read them. This proxy
    listens on the host's address in the monitoring network and passes on `/metrics`, nothing else.
    """

    def __init__(
        self,
        port: int,
        networks: Networks,
        *,
        stack: Stack,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("autonomica:monitoring:DockerMetrics", "docker-metrics", {}, opts)
        address = stack.settings.gateway
        self.container = service(
            "docker-metrics",
            ServiceArgs(
                image="caddy",
                limits=Limits(memory_mb=64, cpus=0.25),
                user=NOBODY,
                host_network=True,
                entrypoint=["caddy"],
                command=["run", "--config", _CADDYFILE, "--adapter", "caddyfile"],
                environment={"XDG_CONFIG_HOME": "/tmp", "XDG_DATA_HOME": "/tmp"},  # noqa: S108
                files=[File(path=_CADDYFILE, content=caddyfiles.docker_metrics(address, port))],
                capabilities=["NET_BIND_SERVICE"],  # as for the Docker API's proxy
                health=health_checks.http_get(addresses.DOCKER_METRICS_PORT, "/metrics", host=address),
                after=[networks],  # the address comes with the network
            ),
            stack=stack,
            parent=self,
        )
        self.register_outputs({"address": f"{address}:{addresses.DOCKER_METRICS_PORT}"})
