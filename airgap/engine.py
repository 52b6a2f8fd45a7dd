"""The Docker engine: found, or on Debian as root installed and started."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import requests
from docker.errors import DockerException

from airgap import daemon
from airgap.children import Children
from airgap.docker_client import connect, reason
from airgap.errors import KitError
from airgap.images.debian import install
from airgap.places import cache_dir, state_dir
from airgap.report import Report, Silent, step

DEFAULT_HOST = "unix:///var/run/docker.sock"
_PROBE_SECONDS = 3.0
_START_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class EngineInfo:
    """A Docker engine that answers.

    host: its address, or "default" when the environment says.
    actions: what was done to have it, in words ("installed docker.io", "started dockerd"); empty when it was there.
    """

    host: str
    version: str
    actions: tuple[str, ...] = ()


def find_engine(docker_host: str | None = None) -> EngineInfo | None:
    """The engine at the address (None: as the environment says), or None when none answers in a few seconds."""
    try:
        client = connect(docker_host, seconds=_PROBE_SECONDS)
        with contextlib.closing(client):
            version = str(client.version()["Version"])
    except (DockerException, requests.RequestException, OSError):
        return None
    return EngineInfo(host=docker_host or os.environ.get("DOCKER_HOST") or DEFAULT_HOST, version=version)


def ensure_engine(
    docker_host: str | None = None,
    *,
    report: Report | None = None,
    state: Path | None = None,
    options: Sequence[str] = (),
) -> EngineInfo:
    """Have an engine answer at the address.

    On Debian, as root, a missing engine is installed (package docker.io) and a stopped one started: by systemd where
    that runs, else by hand, detached, with log and pid in `<state>/engine`.

    Args:
        docker_host: such as unix:///var/run/docker.sock; None as the environment says.
        report: told of what is done.
        state: the clone's folder for generated files.
        options: further options of a dockerd that is started by hand.

    Raises:
        KitError: none answers and none can be started here; says what to do.
    """
    if found := find_engine(docker_host):
        return found
    report = report or Silent()
    host = docker_host or os.environ.get("DOCKER_HOST") or DEFAULT_HOST
    socket = _startable(host)
    actions: list[str] = []
    if shutil.which("dockerd") is None:
        report.expect(1)
        with step(report, "docker.io", "installed"):
            _install()
        actions.append("installed docker.io")
        if found := find_engine(host):  # the package may start it
            return replace(found, actions=tuple(actions))
    report.expect(1)
    with step(report, "Docker engine", "started"):
        if Path("/run/systemd/system").is_dir() and host == DEFAULT_HOST:
            _systemctl_start()
            actions.append("started docker.service")
            log = "`journalctl -u docker`"
            started = None
        else:
            folder = _folder(state)
            if daemon.share_mounts():
                report.note(
                    "made the mounts below / shared (mount --make-rshared /): containers see later mounts of the host"
                )
                actions.append("made / a shared mount")
            started = daemon.start(socket, folder, options)
            actions.append("started dockerd by hand")
            log = str(daemon.log_file(folder))
        found = _wait(host, started, log)
    return replace(found, actions=tuple(actions))


def stop_engine(state: Path | None = None) -> bool:
    """Stop the engine that `ensure_engine` started by hand for this clone; any other is left alone.

    Returns:
        Whether there was one to stop.

    Raises:
        KitError: it doesn't end.
    """
    return daemon.stop(_folder(state))


def docker_socket_gid(docker_host: str | None = None) -> int | None:
    """Number of the group that may use the engine's socket; None for an engine that isn't on this machine."""
    host = docker_host or os.environ.get("DOCKER_HOST") or DEFAULT_HOST
    if not host.startswith("unix://"):
        return None
    with contextlib.suppress(OSError):
        return Path(host.removeprefix("unix://")).stat().st_gid
    return None


def _folder(state: Path | None) -> Path:
    return (state or state_dir()) / "engine"


def _startable(host: str) -> Path:
    """The socket of an engine that we may start; says what to do otherwise."""
    cause = _cause(host)
    if not host.startswith("unix://"):
        raise KitError(f"no Docker engine answers at {host} ({cause}); start it there, or correct dockerHost")
    socket = Path(host.removeprefix("unix://"))
    if socket.exists() and not os.access(socket, os.W_OK):
        raise KitError(f"you may not use the Docker engine at {host}; join its group: sudo usermod -aG docker $USER")
    if os.geteuid() != 0:
        how = "sudo systemctl start docker" if shutil.which("dockerd") else "https://docs.docker.com/engine/install/"
        raise KitError(f"no Docker engine answers at {host} ({cause}); start or install it: {how}")
    if shutil.which("dockerd") is None and not (_is_debian() and shutil.which("apt-get")):
        raise KitError(
            f"no Docker engine is installed and only Debian's can be installed from here; see "
            f"https://docs.docker.com/engine/install/, then run again (looked for it at {host})"
        )
    return socket


def _cause(host: str) -> str:
    try:
        connect(host, seconds=_PROBE_SECONDS).close()
    except (DockerException, requests.RequestException, OSError) as error:
        return reason(error)
    return "it only just answered"


def _is_debian(release: Path = Path("/etc/os-release")) -> bool:
    with contextlib.suppress(OSError):
        return "ID=debian" in release.read_text().splitlines()
    return False


def _install() -> None:
    log = cache_dir() / "logs" / "docker.io.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    children = Children()
    try:
        install(("docker.io",), log, children)
    finally:
        children.end()


def _systemctl_start() -> None:
    done = subprocess.run(["systemctl", "start", "docker"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise KitError(f"`systemctl start docker` fails: {done.stderr.strip()}; see `journalctl -u docker`")


def _wait(host: str, started: subprocess.Popen[bytes] | None, log: str) -> EngineInfo:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if started is not None and started.poll() is not None:
            raise KitError(f"dockerd ended with exit code {started.returncode}; the reason is at the end of {log}")
        if found := find_engine(host):
            return found
        time.sleep(0.2)
    raise KitError(
        f"the Docker engine was started but doesn't answer at {host} after {_START_SECONDS:.0f} s; see {log}"
    )
