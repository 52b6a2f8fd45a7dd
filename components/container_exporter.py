"""The container exporter: what every container uses."""

from dataclasses import dataclass

import pulumi

from components.base.container import NOBODY, Limits, ServiceArgs, service
from components.base.networks import Networks
from components.base.stack import Stack
from config import addresses
from config.prometheus.scrapes import STACK_LABEL

# a check that starts Python for a whole HTTP client would cost more than all that is measured
HEALTHY = (
    "import socket; s = socket.create_connection(('127.0.0.1', 8080), 5);"
    r" s.sendall(b'GET /healthz HTTP/1.0\r\n\r\n'); raise SystemExit(b' 200 ' not in s.recv(64))"
)


@dataclass(frozen=True, kw_only=True)
class ContainerExporterArgs:
    """What the exporter needs: the networks, and the container that lets it ask the Docker API."""

    networks: Networks
    docker_api: pulumi.Resource


class ContainerExporter(pulumi.ComponentResource):
    """Listens on 8080 in the monitoring network (`autonomica:monitoring:ContainerExporter`).

    It asks the Docker API through the read-only filter and sees nothing else of the host: no mount, no device, no
    capability. So it works with whatever store, control groups and folders the engine has.
    """

    def __init__(
        self, args: ContainerExporterArgs, *, stack: Stack, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("autonomica:monitoring:ContainerExporter", "container-exporter", {}, opts)
        self.container = service(
            "container-exporter",
            ServiceArgs(
                image="container_exporter",
                limits=Limits(memory_mb=96, cpus=0.5),
                user=NOBODY,
                networks=[args.networks.monitoring("container-exporter")],
                command=[
                    f"--docker={addresses.DOCKER_INSPECTION}",
                    # A label that changes with each replacement would start new series: none but the one that
                    # tells the stacks of a host apart.
                    f"--label={STACK_LABEL}",
                ],
                health=["CMD", "python3", "-I", "-S", "-c", HEALTHY],
                after=[args.docker_api],
            ),
            stack=stack,
            parent=self,
        )
        self.register_outputs({})
