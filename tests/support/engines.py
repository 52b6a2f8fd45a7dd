"""Docker engines to test on, each in network and mount namespaces of its own: it thinks that it is alone here.

`python -m tests.support.engines [--images] 28.5 COMMAND ...` runs a command with one: it finds that engine at the
default address, and its containers' ports on 127.0.0.1. Nothing is left of it afterwards.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.dockerd import VERSION, CantBuildError, dockerd

_START_SECONDS = 60.0
_STOP_SECONDS = 90.0
_STORE: dict[str, object] = {"features": {"containerd-snapshotter": True}}
# name -> its version, and its daemon.json
MATRIX: dict[str, tuple[str, dict[str, object]]] = {
    "20.10": ("20.10", {}),
    "28.5": (VERSION, {}),
    # the image store that is Docker 29's default
    "28.5-containerd": (VERSION, _STORE),
}
# what is mounted is seen by the engine and what runs with it, and gone with the last of them; its network is a
# host's, with a card
_INIT = """
set -e
mount --make-rprivate /
mount --make-rshared /
mount -t tmpfs tmpfs /run
mkdir -p /run/lock /var/lib/docker
mount --bind "$1/lib" /var/lib/docker
ip link set lo up
ip link add eth0 type veth peer name veth-far
ip link set eth0 up
ip link set veth-far up
shift
exec "$@"
"""


class NoEngineError(Exception):
    """Why an engine of the matrix can't be had here."""


@dataclass(frozen=True)
class Engine:
    """A running engine; `pid` is its daemon's."""

    name: str
    pid: int

    def command(self, *words: str, network: bool = True) -> list[str]:
        """A command line that runs with this engine; without its network it reaches what this machine reaches."""
        namespaces = ["--mount", *(["--net"] if network else [])]
        return ["nsenter", f"--target={self.pid}", *namespaces, f"--wd={Path.cwd()}", "--", *words]


def unavailable(name: str) -> str | None:
    """Why this engine can't be had here, found out without building anything; None if it can."""
    if name not in MATRIX:
        return f"there is no engine {name!r}; there are: {', '.join(MATRIX)}"
    if os.geteuid() != 0:
        return "an engine of its own needs root"
    if missing := [program for program in ("containerd", "runc", "ip", "nsenter") if shutil.which(program) is None]:
        return f"{missing[0]} isn't installed"
    tried = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        return f"no network namespaces here: {tried.stderr.strip()}"
    if MATRIX[name][0] == VERSION:
        return None if shutil.which("go") else "Go isn't installed; it builds the engine"
    installed = _installed()
    return None if installed.startswith(name) else f"the installed engine is {installed or 'none'}, not {name}"


@contextlib.contextmanager
def running(name: str) -> Iterator[Engine]:
    """An engine of the matrix, empty at first. It ends with the block, and with it all that runs in its namespaces.

    Raises:
        NoEngineError: it can't be had here; says why.
    """
    if reason := unavailable(name):
        raise NoEngineError(reason)
    version, configuration = MATRIX[name]
    search = os.environ["PATH"]
    if version == VERSION:
        try:
            search = f"{dockerd()}:{search}"
        except CantBuildError as error:
            raise NoEngineError(str(error)) from None
    folder = Path(tempfile.mkdtemp(prefix=f"engine-{name}-", dir="/var/tmp"))
    try:
        (folder / "lib").mkdir()
        (folder / "daemon.json").write_text(json.dumps(configuration))
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    *("unshare", "--net", "--mount", "sh", "-c", _INIT, "sh", str(folder), "dockerd"),
                    *(f"--config-file={folder}/daemon.json", "--metrics-addr=127.0.0.1:9323", "--experimental"),
                ],
                env=os.environ | {"PATH": search},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        engine = Engine(name, process.pid)
        namespace = None
        try:
            _wait(engine, process, folder / "log")
            namespace = _mounts(process.pid)
            yield engine
        finally:
            _end(process, namespace)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def provide_images(engine: Engine) -> None:
    """Have the kit's images and our own on the engine. What isn't cached is fetched: only the engine has no way out.

    Raises:
        subprocess.CalledProcessError: the kit failed, and said why.
    """
    for what in ("images", "own-images"):
        words = engine.command(sys.executable, "-m", "airgap", what, network=False)
        subprocess.run(words, check=True, env=os.environ | {"AIRGAP": "1"})


def _wait(engine: Engine, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if subprocess.run(engine.command("docker", "version"), capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.3)
    last = " / ".join(log.read_text(errors="replace").splitlines()[-3:])
    raise NoEngineError(f"the engine {engine.name} doesn't start: {last}")


def _end(process: "subprocess.Popen[bytes]", namespace: str | None) -> None:
    """End the daemon, which stops its containers, and then whatever is left in its namespaces."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    deadline = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < deadline and (left := _inside(namespace)):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)
    if process.poll() is None:
        process.kill()
        process.wait()


def _mounts(pid: int) -> str | None:
    try:
        return str(Path(f"/proc/{pid}/ns/mnt").readlink())
    except OSError:
        return None


def _inside(namespace: str | None) -> set[int]:
    """Processes in a mount namespace that only an engine of ours can be in, and those that they started: containers."""
    if namespace is None or namespace == _mounts(os.getpid()):
        return set()
    parents = dict(filter(None, map(_parent, Path("/proc").glob("[0-9]*"))))
    found = {pid for pid in parents if _mounts(pid) == namespace}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _parent(process: Path) -> tuple[int, int] | None:
    """A process and the one that started it; None when it has ended."""
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else (int(process.name), int(fields[1]))


def _installed() -> str:
    """Version of the dockerd on PATH, or nothing."""
    if shutil.which("dockerd") is None:
        return ""
    told = subprocess.run(["dockerd", "--version"], capture_output=True, text=True, check=False).stdout
    return told.partition("version ")[2].partition(",")[0]


def main(words: list[str]) -> int:
    """Run a command with an engine; its exit code, or 0 where there can't be such an engine, which is said.

    Args:
        words: an engine's name and a command; `--images` before them has the images on the engine first.
    """
    images = words[:1] == ["--images"]
    if len(words) < 2 + images:
        sys.stderr.write(f"engines: name an engine ({', '.join(MATRIX)}) and a command\n")
        return 2
    name, *command = words[images:]
    if name not in MATRIX:
        sys.stderr.write(f"engines: {unavailable(name)}\n")
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with running(name) as engine:
            if images:
                provide_images(engine)
            return subprocess.run(engine.command(*command), check=False).returncode
    except subprocess.CalledProcessError as error:
        return error.returncode
    except NoEngineError as error:
        sys.stdout.write(f"skipped on {name}: {error}\n")
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
