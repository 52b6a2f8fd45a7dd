"""Postgres exporter: connections and performance of the database."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.base.container import FILES_DIRECTORY, NOBODY, Limits, ServiceArgs, service
from components.base.files import File
from components.base.networks import Attachment, Networks
from components.base.stack import Stack
from config import health_checks
from config.areas.postgres.model import PostgresSettings

_PASSWORD_FILE = f"{FILES_DIRECTORY}/password"
# off unless asked for: the age of transaction ids, and when a replica heard from its primary last
_COLLECTORS = ("database_wraparound", "stat_wal_receiver")
# shorter than any scrape: PostgreSQL that can't be reached is to be an answer, not a failed scrape
_CONNECT_SECONDS = 2


@dataclass(frozen=True, kw_only=True)
class PostgresExporterArgs:
    """Which server, and how it is reached."""

    server: PostgresSettings
    password: pulumi.Output[str]
    networks: Networks
    database_networks: Sequence[pulumi.Input[str]]


class PostgresExporter(pulumi.ComponentResource):
    """Listens on 9187 in the monitoring network (`autonomica:monitoring:PostgresExporter`)."""

    def __init__(self, args: PostgresExporterArgs, *, stack: Stack, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:PostgresExporter", "postgres-exporter", {}, opts)
        server = args.server
        self.container = service(
            "postgres-exporter",
            ServiceArgs(
                image="postgres_exporter",
                limits=Limits(memory_mb=128, cpus=0.25),
                user=NOBODY,
                networks=[
                    args.networks.monitoring("postgres-exporter"),
                    args.networks.exporters(),
                    *(Attachment(network=network) for network in args.database_networks),
                ],
                command=[f"--collector.{name}" for name in _COLLECTORS],
                environment={
                    "DATA_SOURCE_URI": f"{server.address}/{server.database}"
                    f"?sslmode={server.ssl_mode}&connect_timeout={_CONNECT_SECONDS}",
                    "DATA_SOURCE_USER": server.user,
                    "DATA_SOURCE_PASS_FILE": _PASSWORD_FILE,
                },
                files=[File(path=_PASSWORD_FILE, content=args.password, owner=NOBODY, secret=True)],
                health=health_checks.http_get(9187, "/"),
            ),
            stack=stack,
            parent=self,
        )
        self.register_outputs({})
