"""Redis: memory and operations."""

import json
from collections.abc import Iterator

from config.areas.area import FILES_DIRECTORY, Area, Exporter, SecretFile
from config.areas.redis.dashboard import redis
from config.settings.stack import Settings

_PASSWORD_FILE = f"{FILES_DIRECTORY}/passwords.json"


def _exporters(settings: Settings) -> Iterator[Exporter]:
    server = settings.redis
    if server is None:
        return
    url = f"{'rediss' if server.tls else 'redis'}://{server.address}"
    yield Exporter(
        part="redis-exporter",
        image="redis_exporter",
        port=9121,
        health="/health",
        user=59000,  # the image's own
        networks=["exporters", "databases"],
        command=[
            f"--redis.addr={url}",
            f"--redis.password-file={_PASSWORD_FILE}",
            # shorter than any scrape: Redis that is gone is to be an answer, not a failed scrape
            "--connection-timeout=2s",
        ],
        # the exporter looks the password up by the address it connects to
        secrets=[
            SecretFile(
                path=_PASSWORD_FILE,
                secret="redisPassword",  # noqa: S106 - its key
                content=lambda password: json.dumps({url: password}),
            )
        ],
        job="redis",
    )


AREA = Area(dashboard=redis, exporters=_exporters, alerts="Redis")
