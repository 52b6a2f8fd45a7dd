"""Limits of the PostgreSQL alerts."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from config.settings.base import SYSTEM_CA, Certificates, MemoryDays, Percent, Seconds, ServerSettings, Thresholds

Count = Annotated[int, Field(ge=1, examples=[3])]
WindowMinutes = Annotated[int, Field(ge=1, le=1440, examples=[15])]


class PostgresThresholds(Thresholds):
    """Connections, transactions, replication of PostgreSQL, and for how many seconds a limit has to be broken.

    Attributes:
        connection_failure_percent: of the new connections that the exporter opens, one per scrape.
        flaps: how many times within `flap_window_minutes` it may stop answering or answer again.
        connections: open connections, however many the server allows; left out, only its share counts.
        connections_warning_percent: of the connections that the server allows ordinary users.
        replica_memory_days: for how long a primary's replicas are missed.
        dead_rows_minimum: smaller tables are vacuumed in a moment.
        rollback_percent: of a database's transactions, where there are `minimum_transactions_per_second`.
        wraparound_warning_percent: of the 2**31 transaction ids, or multixact ids, between freeze and wraparound.
    """

    jobs = ("postgres",)
    rising = (
        ("connections_warning_percent", "connections_critical_percent"),
        ("wraparound_warning_percent", "wraparound_critical_percent"),
    )

    down_seconds: Seconds = 60
    connection_failure_percent: Percent = 20.0
    flaps: Annotated[int, Field(ge=2, examples=[4])] = 4
    flap_window_minutes: WindowMinutes = 15
    exporter_error_seconds: Seconds = 300
    connections: Count | None = None
    connections_warning_percent: Percent = 80.0
    connections_critical_percent: Percent = 95.0
    connections_seconds: Seconds = 120
    long_transaction_seconds: Seconds = 600
    deadlocks: Count = 3
    deadlock_window_minutes: WindowMinutes = 10
    rollback_percent: Percent = 50.0
    rollback_seconds: Seconds = 300
    minimum_transactions_per_second: Annotated[float, Field(ge=0, examples=[1.0])] = 1.0
    replication_lag_seconds: Seconds = 60
    replication_seconds: Seconds = 120
    slot_unused_seconds: Seconds = 900
    replica_memory_days: MemoryDays = 7
    archive_seconds: Seconds = 300
    lock_waits: Count = 5
    lock_wait_seconds: Seconds = 120
    dead_rows_percent: Percent = 30.0
    dead_rows_minimum: Count = 100_000
    dead_rows_seconds: Seconds = 3600
    wraparound_warning_percent: Percent = 40.0
    # the server itself begins to cut corners at 1.6 of 2.1 billion, 75 % (vacuum_failsafe_age)
    wraparound_critical_percent: Percent = 70.0


class PostgresSettings(ServerSettings):
    """A PostgreSQL server; its password is the secret `postgresPassword`. `ca`: as in `tls` of other servers."""

    secrets = ("postgresPassword",)

    user: Annotated[str, StringConstraints(min_length=1), Field(examples=["monitoring"])]
    database: Annotated[str, StringConstraints(pattern=r"^[^\s/?#%&]+$"), Field(examples=["postgres"])] = "postgres"
    ssl_mode: Literal["disable", "require", "verify-ca", "verify-full"] = "require"
    ca: Certificates = SYSTEM_CA

    @model_validator(mode="after")
    def _authority_is_asked(self) -> Self:
        if "ca" in self.model_fields_set and not self.ssl_mode.startswith("verify"):
            raise ValueError(
                f"ca is only looked at with sslMode verify-ca or verify-full, and sslMode is {self.ssl_mode}"
            )
        return self
