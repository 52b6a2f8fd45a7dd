"""Blackbox exporter: asks the services from outside, as a user would."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.base.container import FILES_DIRECTORY, NOBODY, Limits, ServiceArgs, service
from components.base.files import File
from components.base.networks import Attachment, Networks
from components.base.stack import Stack
from config import health_checks
from config.areas.probes.blackbox import blackbox_config

_CONFIG_FILE = f"{FILES_DIRECTORY}/blackbox.yml"


@dataclass(frozen=True, kw_only=True)
class BlackboxExporterArgs:
    """Where it probes from: the edge, and the services' networks."""

    networks: Networks
    service_networks: Sequence[pulumi.Input[str]]


class BlackboxExporter(pulumi.ComponentResource):
    """Listens on 9115 in the monitoring network (`autonomica:monitoring:BlackboxExporter`)."""

    def __init__(self, args: BlackboxExporterArgs, *, stack: Stack, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:BlackboxExporter", "blackbox-exporter", {}, opts)
        self.container = service(
            "blackbox-exporter",
            ServiceArgs(
                image="blackbox_exporter",
                limits=Limits(memory_mb=64, cpus=0.25),
                user=NOBODY,
                networks=[
                    args.networks.monitoring("blackbox-exporter"),
                    args.networks.edge(),
                    *(Attachment(network=network) for network in args.service_networks),
                ],
                command=[f"--config.file={_CONFIG_FILE}"],
                files=[File(path=_CONFIG_FILE, content=blackbox_config(), owner=NOBODY)],
                health=health_checks.http_get(9115, "/-/healthy"),
            ),
            stack=stack,
            parent=self,
        )
        self.register_outputs({})
