"""A dockerd started by hand, for machines without systemd, and ended again without touching any other."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from airgap.errors import KitError

METRICS_ADDRESS = "127.0.0.1:9323"
# dockerd gives each container its own time to stop (10 s unless the container says otherwise)
_STOP_SECONDS = 120.0


def log_file(folder: Path) -> Path:
    """What the dockerd of this folder says."""
    return folder / "dockerd.log"


def start(socket: Path, folder: Path, options: Sequence[str] = ()) -> "subprocess.Popen[bytes]":
    """Start dockerd in a session of its own, so that it outlives this program and its terminal.

    Metrics are on, on the loopback address; 20.10 calls them experimental.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = ["dockerd", f"--host=unix://{socket}", "--experimental"]
    if not any(option.startswith("--metrics-addr") for option in options):
        command.append(f"--metrics-addr={METRICS_ADDRESS}")
    with log_file(folder).open("wb") as log:
        child = subprocess.Popen(
            [*command, *options], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    _note(folder).write_text(json.dumps({"pid": child.pid, "started": _start_time(child.pid)}))
    return child


def stop(folder: Path) -> bool:
    """End the dockerd of this folder, and with it its containers and its containerd.

    Returns:
        Whether one was running.

    Raises:
        KitError: it doesn't end.
    """
    note = _note(folder)
    if not note.is_file():
        return False
    known = json.loads(note.read_text())
    pid, started = int(known["pid"]), known["started"]
    # a number alone could belong to another process by now
    if _start_time(pid) != started:
        note.unlink()
        return False
    helpers = [(child, _start_time(child)) for child in _children(pid)]
    os.kill(pid, signal.SIGTERM)
    for process, since in [(pid, started), *helpers]:
        _wait_for_end(process, since)
    note.unlink()
    return True


def share_mounts() -> bool:
    """Make the mounts below / propagate into containers, as systemd does at boot.

    Returns:
        Whether that had to be done. Mounts of the host into containers with propagation `rslave` need it.
    """
    root = next(
        line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines() if line.split()[4] == "/"
    )
    if any(field.startswith("shared:") for field in root[6 : root.index("-")]):
        return False
    done = subprocess.run(["mount", "--make-rshared", "/"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise KitError(f"`mount --make-rshared /` fails: {done.stderr.strip()}; run as root outside of a container")
    return True


def _note(folder: Path) -> Path:
    return folder / "dockerd.json"


def _wait_for_end(pid: int, started: str | None) -> None:
    deadline = time.monotonic() + _STOP_SECONDS
    while started is not None and _start_time(pid) == started:
        if time.monotonic() > deadline:
            raise KitError(
                f"process {pid} of the Docker engine hasn't ended after {_STOP_SECONDS:.0f} s; look at it, then end it"
            )
        time.sleep(0.1)


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/<pid>/stat from the third (state) on; None when the process has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields


def _start_time(pid: int) -> str | None:
    fields = _stat(pid)
    return fields[19] if fields else None


def _children(pid: int) -> list[int]:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [child for child in pids if (fields := _stat(child)) and fields[1] == str(pid)]
