"""The local backend's files: is a stack there, and has something that is gone left a lock on it."""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from ops.project import Stack


@dataclass(frozen=True)
class Lock:
    """A lock on the stack: `held` while the process that took it lives, or may live on another machine."""

    pid: int
    hostname: str
    held: bool

    @property
    def here(self) -> bool:
        """Whether it was taken on this machine."""
        return self.hostname == socket.gethostname()


def exists(stack: Stack) -> bool:
    """Whether the local backend knows the stack."""
    return (_pulumi(stack) / "stacks" / stack.project.name / f"{stack.name}.json").is_file()


def locks(stack: Stack) -> tuple[Lock, ...]:
    """The locks on the stack in the local backend."""
    folder = _pulumi(stack) / "locks" / "organization" / stack.project.name / stack.name
    return tuple(lock for file in sorted(folder.glob("*.json")) if (lock := _read(file)) is not None)


def _pulumi(stack: Stack) -> Path:
    return stack.project.state / "backend" / ".pulumi"


def _read(file: Path) -> Lock | None:
    try:
        document = json.loads(file.read_text())
        pid, hostname = int(document["pid"]), str(document["hostname"])
    except FileNotFoundError:
        return None  # released between listing and reading
    except (OSError, ValueError, KeyError, TypeError):
        return Lock(pid=0, hostname="?", held=False)  # cut short while it was written: nobody holds it
    return Lock(pid=pid, hostname=hostname, held=hostname != socket.gethostname() or is_pulumi(pid))


def is_pulumi(pid: int) -> bool:
    """Whether `pid` is a Pulumi process: the number may have been given to another program since."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's process: its name is still readable
    try:
        # "PID (NAME) STATE ...": a zombie has ended and only waits for its parent to notice
        name, _, rest = (Path("/proc") / str(pid) / "stat").read_text().partition("(")[2].rpartition(")")
    except OSError:
        return True  # no /proc to ask: alive is enough
    return name.startswith("pulumi") and rest.split()[0] not in ("Z", "X")
