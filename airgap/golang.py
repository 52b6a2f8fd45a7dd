"""The Go toolchain of this machine: which one it is, and one build with it."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from airgap.catalog import ModuleFile, Tool
from airgap.errors import KitError
from airgap.places import KIT

TOOLCHAIN = KIT / "toolchain"
# go.mod's `tool` lines, which name what is built, came with 1.24
OLDEST_GO = (1, 24)
_FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false")

Run = Callable[[Sequence[str], Path, dict[str, str]], None]
"""Runs a command in a folder with an environment; raises when it fails."""


@dataclass(frozen=True)
class Go:
    """Go as installed: version such as "go1.26.8", platform such as "linux/amd64"."""

    version: str
    platform: str


def find_go() -> Go:
    """What `go` on PATH is.

    Raises:
        KitError: none there, too old, or for another system than Linux.
    """
    if shutil.which("go") is None:
        raise KitError(
            "Go isn't installed; put go (1.26 or newer) on PATH, or set AIRGAP=0 to download the official programs"
        )
    asked = subprocess.run(
        ["go", "env", "GOVERSION", "GOOS", "GOARCH"], cwd=KIT, capture_output=True, text=True, check=False
    )
    if asked.returncode != 0:
        raise KitError(f"`go env` fails: {asked.stderr.strip()}")
    version, system, arch = asked.stdout.split()
    number = re.match(r"go(\d+)\.(\d+)", version)
    if number and (int(number[1]), int(number[2])) < OLDEST_GO:
        raise KitError(f"{version} is too old to build the kit; install Go 1.26 or newer")
    if system != "linux":
        raise KitError(
            f"the air-gapped kit builds on Linux only, this is {system}; set AIRGAP=0 to download the official programs"
        )
    return Go(version, f"{system}/{arch}")


def key(tool: Tool, go: Go) -> str:
    """16 hex digits over all that decides what a build gives."""
    digest = sha256()
    folders = {tool.name, *(file.toolchain for file in tool.files)}
    for path in sorted(path for folder in folders for path in (TOOLCHAIN / folder).iterdir()):
        digest.update(f"{path.relative_to(TOOLCHAIN)}\0".encode() + path.read_bytes() + b"\0")
    digest.update(repr((tool, go, _FLAGS)).encode())
    return digest.hexdigest()[:16]


def build(tool: Tool, into: Path, run: Run, *, parallel: int) -> None:
    """Build every program of the tool into an existing empty folder."""
    stamp = " ".join(["-s", "-w", *(f"-X {variable}={tool.version}" for variable in tool.stamp)])
    source = TOOLCHAIN / tool.name
    scratch = into / ".tmp"
    scratch.mkdir()
    command = ["go", "build", f"-p={parallel}", *_FLAGS, f"-ldflags={stamp}", f"-o={into}/", *tool.packages]
    run(command, source, _environment(scratch))
    for file in tool.files:
        shutil.copyfile(_fetch(file, scratch, run), into / Path(file.path).name)
    shutil.rmtree(scratch)
    for program in tool.programs:
        (into / program).chmod(0o755)


def _fetch(file: ModuleFile, scratch: Path, run: Run) -> Path:
    """Where the module cache holds the file; the module is downloaded and checked against go.sum when needed."""
    folder = TOOLCHAIN / file.toolchain
    environment = _environment(scratch)
    run(["go", "mod", "download", file.module], folder, environment)
    listed = subprocess.run(
        ["go", "list", "-mod=readonly", "-m", "-json=Dir", file.module],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(str(json.loads(listed.stdout)["Dir"])) / file.path


def _environment(scratch: Path) -> dict[str, str]:
    """The caller's environment without what would change the result behind the key's back."""
    kept = {name: value for name, value in os.environ.items() if name not in ("GOFLAGS", "GOEXPERIMENT", "GOWORK")}
    return {**kept, "CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "", "GOTMPDIR": str(scratch)}
