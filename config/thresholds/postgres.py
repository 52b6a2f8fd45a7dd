"""Limits of the PostgreSQL alerts."""

from config.models import Model, Seconds


class PostgresThresholds(Model):
    """Connections, transactions, replication of PostgreSQL."""

    down_seconds: Seconds = 60
