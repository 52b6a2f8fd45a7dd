"""What only this machine knows and the program needs: asked for, never guessed."""

from collections.abc import Mapping
from pathlib import Path

import requests

from ops.project import DEFAULT_DOCKER_HOST, Stack

LOCAL_IMAGES = "airgap.local"
DAEMON_METRICS_PORT = 9323
_PROBE_SECONDS = 1.0


def machine_settings(stack: Stack, env: Mapping[str, str], *, airgap: bool) -> dict[str, object]:
    """Settings of this machine, key without namespace -> value. The committed file's own values go before."""
    docker_host = stack.docker_host(env)
    found: dict[str, object] = {}
    if airgap:
        found["imageRegistry"] = LOCAL_IMAGES
    if docker_host != DEFAULT_DOCKER_HOST:
        found["dockerHost"] = docker_host
    group = socket_group(docker_host)
    if group is not None:
        found["dockerSocketGroup"] = group
        if daemon_exports_metrics():
            found["dockerMetricsPort"] = DAEMON_METRICS_PORT
    return found


def socket_group(docker_host: str) -> int | None:
    """Group id that owns the Docker socket; None for an engine elsewhere or a socket that isn't there."""
    if not docker_host.startswith("unix://"):
        return None
    try:
        return Path(docker_host.removeprefix("unix://")).stat().st_gid
    except OSError:
        return None


def daemon_exports_metrics(port: int = DAEMON_METRICS_PORT) -> bool:
    """Whether the Docker daemon of this machine answers on its metrics port."""
    try:
        answer = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=_PROBE_SECONDS)
    except requests.RequestException:
        return False
    return answer.ok and "engine_daemon_" in answer.text
