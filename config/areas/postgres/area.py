"""PostgreSQL: connections and performance."""

from collections.abc import Iterator

from config.areas.area import CA_FILE, FILES_DIRECTORY, Area, Exporter, SecretFile
from config.areas.postgres.dashboard import postgres
from config.settings.base import own_certificates
from config.settings.stack import Settings

_PASSWORD_FILE = f"{FILES_DIRECTORY}/password"
# off unless asked for: the age of transaction ids, and when a replica heard from its primary last
_COLLECTORS = ("database_wraparound", "stat_wal_receiver")
# shorter than any scrape: PostgreSQL that can't be reached is to be an answer, not a failed scrape
_CONNECT_SECONDS = 2


def _exporters(settings: Settings) -> Iterator[Exporter]:
    for server in settings.postgres:
        own_ca = own_certificates(server.ca)
        yield Exporter(
            part=f"postgres-exporter{server.suffix}",
            image="postgres_exporter",
            port=9187,
            memory_mb=128,
            networks=["exporters", "databases"],
            command=[f"--collector.{name}" for name in _COLLECTORS],
            environment={
                "DATA_SOURCE_URI": f"{server.address}/{server.database}"
                f"?sslmode={server.ssl_mode}&connect_timeout={_CONNECT_SECONDS}"
                + (f"&sslrootcert={CA_FILE}" if own_ca else ""),
                "DATA_SOURCE_USER": server.user,
                "DATA_SOURCE_PASS_FILE": _PASSWORD_FILE,
            },
            files={CA_FILE: own_ca} if own_ca else {},
            secrets=[SecretFile(path=_PASSWORD_FILE, secret=server.secret_keys[0])],
            job="postgres",
        )


AREA = Area(dashboard=postgres, exporters=_exporters, alerts="Postgres")
