"""An engine in a network and a mount namespace of its own: what is done to its host is done to nothing else."""

import io
import os
import shutil
import signal
import subprocess
import tarfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import DockerException
from requests.exceptions import RequestException

_HERE = Path(__file__).parent
_SECONDS = 60


@dataclass(frozen=True)
class Host:
    """An engine's host: its socket, and how to run commands there."""

    socket: Path
    pid: int

    @property
    def url(self) -> str:
        """The engine's address."""
        return f"unix://{self.socket}"

    def run(self, *command: str) -> str:
        """Run a command in the engine's namespaces; returns what it prints."""
        enter = ["nsenter", f"--target={self.pid}", "--mount", "--net", "--"]
        return subprocess.run([*enter, *command], capture_output=True, text=True, check=True).stdout


@contextmanager
def host(folder: Path, *options: str, wrapper: Sequence[str] = (), mounts: str = "rshared") -> Iterator[Host]:
    """A host with an engine; ended, with its containers, afterwards.

    Args:
        folder: where it keeps everything.
        options: further ones of dockerd.
        wrapper: a command that starts it, such as `taskset -c 0`.
        mounts: how `/` is mounted: rshared, rprivate.
    """
    socket = folder / "docker.sock"
    engine = [
        *(*wrapper, "dockerd", f"--host=unix://{socket}", f"--exec-root={folder}/exec", f"--pidfile={folder}/pid"),
        *(() if any(option.startswith("--data-root") for option in options) else (f"--data-root={folder}/data",)),
        *options,
    ]
    script = f'ip link set lo up; mount --make-{mounts} /; mount -t tmpfs tmpfs /run; exec "$@"'
    command = ["unshare", "--net", "--mount", "sh", "-c", script, "sh", *engine]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(f"unix://{socket}", folder / "log")
        yield Host(socket, process.pid)
        client = docker.DockerClient(base_url=f"unix://{socket}")
        for container in client.containers.list(all=True):
            container.remove(force=True)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_SECONDS)


def server_image(address: str, folder: Path) -> str:
    """Build the image with the tests' server; returns its id."""
    environment = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}
    go = shutil.which("go") or "/usr/local/go/bin/go"
    subprocess.run([go, "build", f"-o={folder}/server", "."], cwd=_HERE / "server", env=environment, check=True)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add(folder / "server", "server")
    api = docker.APIClient(base_url=address)
    api.import_image_from_data(archive.getvalue(), repository="server", changes=['ENTRYPOINT ["/server"]'])
    return str(docker.DockerClient(base_url=address).images.get("server").id)


def _wait(address: str, log: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            docker.DockerClient(base_url=address, timeout=5).ping()
        except (DockerException, RequestException):
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.2)
        else:
            return
