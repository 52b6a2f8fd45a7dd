"""Limits of the Redis alerts."""

from typing import Annotated

from pydantic import Field, StringConstraints

from config.settings.base import MemoryDays, Percent, Seconds, ServerSettings, Thresholds, Tls


class RedisThresholds(Thresholds):
    """Memory, evictions, persistence, replication of Redis, and for how many seconds a limit has to be broken.

    Attributes:
        memory_warning_percent: of `maxmemory`, where it is set.
        memory_critical_percent: likewise, where the eviction policy lets Redis refuse writes.
        evictions_per_second: keys dropped for want of memory.
        replica_memory_days: for how long a master's replicas are missed.
        flaps: how many times within `flap_window_minutes` it may stop answering or answer again.
        clients_percent: of `maxclients`.
        rejected_connections: within 5 minutes, because `maxclients` were there.
    """

    jobs = ("redis",)
    rising = (("memory_warning_percent", "memory_critical_percent"),)

    down_seconds: Seconds = 60
    memory_warning_percent: Percent = 85.0
    memory_critical_percent: Percent = 95.0
    memory_seconds: Seconds = 300
    evictions_per_second: Annotated[float, Field(ge=0, examples=[1.0])] = 1.0
    eviction_seconds: Seconds = 300
    rejected_connections: Annotated[int, Field(ge=0, examples=[0])] = 0
    save_failed_seconds: Seconds = 60
    replication_seconds: Seconds = 120
    replica_memory_days: MemoryDays = 7
    flaps: Annotated[int, Field(ge=2, examples=[4])] = 4
    flap_window_minutes: Annotated[int, Field(ge=1, le=1440, examples=[15])] = 15
    clients_percent: Percent = 80.0
    clients_seconds: Seconds = 300
    save_overdue_seconds: Seconds = 86400
    fragmentation_ratio: Annotated[float, Field(gt=1, examples=[1.5])] = 1.5


class RedisSettings(ServerSettings):
    """A Redis server; its password is the secret `redisPassword`. `user`: an ACL's, of Redis 6 and newer."""

    secrets = ("redisPassword",)

    user: Annotated[str, StringConstraints(pattern=r"^[^\s:@/?#%]+$"), Field(examples=["monitoring"])] | None = None
    tls: Tls = None
