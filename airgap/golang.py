"""The Go toolchain of this machine: which one it is, and one build with it."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from airgap.catalog import ModuleCopy, Tool
from airgap.errors import KitError
from airgap.places import KIT

Run = Callable[[Sequence[str], Path, dict[str, str]], None]
"""Runs a command in a folder with an environment; raises when it fails."""

TOOLCHAIN = KIT / "toolchain"
# The Go that builds everything. An installed one of 1.21 or newer fetches it, as a module, where it is another.
GO = "go1.27.3"
# of the packages that the servers' pages are built with
OLDEST_NODE = 20
_FLAGS = ("-trimpath", "-buildvcs=false")


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
        ["go", "env", "GOVERSION", "GOOS", "GOARCH"],
        cwd=KIT,
        env={**os.environ, "GOTOOLCHAIN": GO},
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        raise KitError(f"Go can't become {GO}, which builds the kit: {asked.stderr.strip()}")
    version, system, arch = asked.stdout.split()
    if version != GO:  # it is too old to know of other toolchains
        raise KitError(f"{version} is too old to build the kit; install Go 1.26 or newer")
    if system != "linux":
        raise KitError(
            f"the air-gapped kit builds on Linux only, this is {system}; set AIRGAP=0 to download the official programs"
        )
    return Go(version, f"{system}/{arch}")


def require_node(tools: Iterable[Tool]) -> None:
    """Say so before anything is built when one of the tools can't be.

    Raises:
        KitError: there are web pages in one of them, and no Node.js, or one that is too old.
    """
    names = [tool.name for tool in tools if tool.pages]
    if not names:
        return
    way_out = f"install Node.js {OLDEST_NODE} or newer with npm, or set AIRGAP=0 to download the official programs"
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise KitError(f"{names[0]}'s web pages can't be built without Node.js; {way_out}")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0] or 0) < OLDEST_NODE:
        raise KitError(f"{names[0]}'s web pages can't be built with Node.js {version}; {way_out}")


def key(tool: Tool, go: Go) -> str:
    """16 hex digits over all that decides what a build gives, but for Node.js' version."""
    digest = sha256()
    folders = {tool.name, *(file.toolchain for file in tool.files)}
    for path in sorted(path for folder in folders for path in (TOOLCHAIN / folder).rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(TOOLCHAIN)}\0".encode() + path.read_bytes() + b"\0")
    digest.update(repr((tool, go, _FLAGS)).encode())
    return digest.hexdigest()[:16]


def build(tool: Tool, into: Path, run: Run, *, parallel: int) -> None:
    """Build every program of the tool into an existing empty folder."""
    scratch = into / ".tmp"
    scratch.mkdir()
    environment = _environment(scratch)
    source = scratch / "source"
    has_folder = (TOOLCHAIN / tool.name).is_dir()
    if has_folder:
        shutil.copytree(TOOLCHAIN / tool.name, source)
    else:
        source.mkdir()
    if tool.copy is not None:
        _copy_module(tool.copy, source, environment, run)
    where = source if has_folder else source / "module"
    tags = [f"-tags={','.join(tool.tags)}"] if tool.tags else []
    link = " ".join(["-s", "-w", *(f"-X {variable}={tool.version}" for variable in tool.stamp)])
    flags = ["-mod=readonly", *_FLAGS, *tags, f"-ldflags={link}"]
    for package in tool.packages:
        program = tool.name if package == "." else package.rpartition("/")[2]
        run(["go", "build", f"-p={parallel}", *flags, f"-o={into / program}", package], where, environment)
    for file in tool.files:
        run(["go", "mod", "download", file.module], TOOLCHAIN / file.toolchain, environment)
        listed = _json(["go", "list", "-mod=readonly", "-m", "-json=Dir", file.module], file.toolchain, environment)
        shutil.copyfile(Path(listed["Dir"]) / file.path, into / Path(file.path).name)
    # what npm unpacks and what came from the module cache may be read-only
    run(["chmod", "-R", "u+w", str(scratch)], into, environment)
    shutil.rmtree(scratch)
    for program in tool.programs:
        (into / program).chmod(0o755)


def _copy_module(copy: ModuleCopy, source: Path, environment: dict[str, str], run: Run) -> None:
    """Put the module into source/module, with what the toolchain folder adds to it.

    Raises:
        KitError: it can't be had, or isn't what it was when it was pinned.
    """
    name = f"{copy.module}@{copy.version}"
    run(["go", "mod", "download", name], source, {**environment, "GOFLAGS": "-mod=mod"})
    module = _json(["go", "mod", "download", "-json", name], source.name, {**environment, "GOFLAGS": "-mod=mod"})
    if module["Sum"] != copy.sum:
        raise KitError(f"{name} has the hash {module['Sum']}, but {copy.sum} is pinned for it")
    target = source / "module"
    shutil.copytree(module["Dir"], target)
    run(["chmod", "-R", "u+w", str(target)], source, environment)
    if (source / "add").is_dir():
        shutil.copytree(source / "add", target, dirs_exist_ok=True)
    if (source / "prepare.sh").is_file():
        run(["sh", "-eu", "../prepare.sh"], target, environment)


def _json(command: Sequence[str], folder: str, environment: dict[str, str]) -> dict[str, str]:
    asked = subprocess.run(
        command,
        cwd=TOOLCHAIN / folder if (TOOLCHAIN / folder).is_dir() else KIT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(asked.stdout))


def _environment(scratch: Path) -> dict[str, str]:
    """The caller's environment without what would change the result behind the key's back."""
    kept = {name: value for name, value in os.environ.items() if name not in ("GOFLAGS", "GOEXPERIMENT", "GOWORK")}
    build = {"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "", "GOTOOLCHAIN": GO, "GOTMPDIR": str(scratch)}
    return {**kept, **build}
