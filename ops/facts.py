"""Facts: what only the Docker engine's machine knows (config/settings/facts.py). Never guessed."""

from collections.abc import Mapping
from pathlib import Path

import requests

from ops.docker_context import DEFAULT_DOCKER_HOST
from ops.errors import OpsError
from ops.health.docker_engine import DockerEngine

KEY = "facts"
LOCAL_IMAGES = "airgap.local"
DAEMON_METRICS_PORT = 9323
_PROBE_SECONDS = 1.0


def find_facts(engine: DockerEngine, *, airgap: bool) -> dict[str, object]:
    """Settings that this machine and its engine determine; a committed setting of the same name takes precedence.

    Of an engine that doesn't answer only what is known without it.
    """
    facts: dict[str, object] = {}
    if airgap:
        facts["imageRegistry"] = LOCAL_IMAGES
    if engine.host != DEFAULT_DOCKER_HOST:
        facts["dockerHost"] = engine.host
    try:
        info = engine.info()
    except OpsError:
        return facts
    facts |= {"dockerVersion": info.version, "dockerCpus": info.cpus}
    group = socket_group(engine.host)
    # of an engine without root, the socket belongs to who is root in its containers
    if group is not None and not info.rootless:
        facts["dockerSocketGroup"] = group
    if group is not None and daemon_exports_metrics():
        facts["dockerMetricsPort"] = DAEMON_METRICS_PORT
    return facts


def kept_facts(outputs: Mapping[str, object]) -> Mapping[str, object] | None:
    """The facts among a stack's outputs; None of a stack that wasn't deployed, or by a version that kept none."""
    facts = outputs.get(KEY)
    return facts if isinstance(facts, dict) else None


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
