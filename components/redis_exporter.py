"""Redis exporter: memory and operations of Redis."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.base.container import FILES_DIRECTORY, Limits, ServiceArgs, service
from components.base.files import File
from components.base.networks import Attachment, Networks
from components.base.stack import Stack
from config import health_checks
from config.areas.redis.model import RedisSettings

_PASSWORD_FILE = f"{FILES_DIRECTORY}/passwords.json"
_USER = 59000  # the image's own


@dataclass(frozen=True, kw_only=True)
class RedisExporterArgs:
    """Which server, and how it is reached."""

    server: RedisSettings
    password: pulumi.Output[str]
    networks: Networks
    database_networks: Sequence[pulumi.Input[str]]


class RedisExporter(pulumi.ComponentResource):
    """Listens on 9121 in the monitoring network (`autonomica:monitoring:RedisExporter`)."""

    def __init__(self, args: RedisExporterArgs, *, stack: Stack, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:RedisExporter", "redis-exporter", {}, opts)
        url = f"{'rediss' if args.server.tls else 'redis'}://{args.server.address}"
        self.container = service(
            "redis-exporter",
            ServiceArgs(
                image="redis_exporter",
                limits=Limits(memory_mb=64, cpus=0.25),
                user=_USER,
                networks=[
                    args.networks.monitoring("redis-exporter"),
                    args.networks.exporters(),
                    *(Attachment(network=network) for network in args.database_networks),
                ],
                command=[
                    f"--redis.addr={url}",
                    f"--redis.password-file={_PASSWORD_FILE}",
                    # shorter than any scrape: Redis that is gone is to be an answer, not a failed scrape
                    "--connection-timeout=2s",
                ],
                files=[
                    File(
                        path=_PASSWORD_FILE,
                        # the exporter looks the password up by the address it connects to
                        content=args.password.apply(lambda password: json.dumps({url: password})),
                        owner=_USER,
                        secret=True,
                    )
                ],
                health=health_checks.http_get(9121, "/health"),
            ),
            stack=stack,
            parent=self,
        )
        self.register_outputs({})
