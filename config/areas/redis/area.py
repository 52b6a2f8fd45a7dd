"""Redis: memory and operations."""

import json
from collections.abc import Iterator
from functools import partial

from config.areas.area import FILES_DIRECTORY, Area, Exporter, SecretFile, tls_files
from config.areas.redis.dashboard import redis
from config.settings.stack import Settings

_PASSWORD_FILE = f"{FILES_DIRECTORY}/passwords.json"


def _exporters(settings: Settings) -> Iterator[Exporter]:
    for server in settings.redis:
        scheme = "rediss" if server.tls else "redis"
        files, (ca, name, skip) = tls_files(server.tls)
        # the exporter looks the password up by the address it connects to, and the user
        login = f"{scheme}://{server.user}@{server.address}" if server.user else f"{scheme}://{server.address}"
        yield Exporter(
            part=f"redis-exporter{server.suffix}",
            image="redis_exporter",
            port=9121,
            health="/health",
            user=59000,  # the image's own
            networks=["exporters", "databases"],
            command=[
                f"--redis.addr={scheme}://{server.address}",
                f"--redis.password-file={_PASSWORD_FILE}",
                # shorter than any scrape: Redis that is gone is to be an answer, not a failed scrape
                "--connection-timeout=2s",
                *([f"--redis.user={server.user}"] if server.user else []),
                *([f"--tls-ca-cert-file={ca}"] if ca else []),
                *([f"--tls-server-name={name}"] if name else []),
                *(["--skip-tls-verification"] if skip else []),
            ],
            files=files,
            secrets=[
                SecretFile(
                    path=_PASSWORD_FILE,
                    secret=server.secret_keys[0],
                    content=partial(_passwords, login),
                )
            ],
            job="redis",
        )


def _passwords(login: str, password: str) -> str:
    return json.dumps({login: password} if password else {})


AREA = Area(dashboard=redis, exporters=_exporters, alerts="Redis")
