"""Limits of the Redis alerts."""

from config.models import Model, Seconds


class RedisThresholds(Model):
    """Memory, evictions, persistence, replication of Redis."""

    down_seconds: Seconds = 60
