"""The Go toolchain of this machine: which one it is, and one build with it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from airgap.catalog import Tool
from airgap.errors import KitError
from airgap.module_files import Run, copy_share, fetch
from airgap.places import KIT

TOOLCHAIN = KIT / "toolchain"
# go.mod's `tool` lines, which name what is built, came with 1.24
OLDEST_GO = (1, 24)
_FLAGS = ("-trimpath", "-buildvcs=false")
_WIRE = "github.com/google/wire/cmd/wire"


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


def require_c_compiler(tools: Iterable[Tool]) -> None:
    """Say so before anything is built when one of the tools can't be.

    Raises:
        KitError: there is C in one of them, and no compiler.
    """
    compiler = os.environ.get("CC") or "gcc"
    if needy := [tool.name for tool in tools if tool.c_code and shutil.which(compiler) is None]:
        raise KitError(
            f"{needy[0]} can't be built without a C compiler ({compiler}); install one "
            "(on Debian: apt-get install gcc libc6-dev), or set AIRGAP=0 to download the official programs"
        )


def key(tool: Tool, go: Go) -> str:
    """16 hex digits over all that decides what a build gives, but for the C compiler's version."""
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
    environment = _environment(scratch, c_code=tool.c_code)
    source, modules = TOOLCHAIN / tool.name, "readonly"
    if tool.wired is not None:
        source, modules = _wired(tool, scratch, run, environment), "vendor"
    flags = [f"-mod={modules}", *_FLAGS, *([f"-tags={','.join(tool.tags)}"] if tool.tags else [])]
    command = ["go", "build", f"-p={parallel}", *flags, f"-ldflags={_link_flags(tool)}", f"-o={into}/", *tool.packages]
    run(command, source, environment)
    for file in tool.files:
        module = fetch(TOOLCHAIN / file.toolchain, file.module, environment, run)
        shutil.copyfile(module / file.path, into / Path(file.path).name)
    if tool.share is not None:
        copy_share(tool.share, fetch(TOOLCHAIN / tool.name, tool.share.module, environment, run), into / "share")
    shutil.rmtree(scratch)
    for program in tool.programs:
        (into / program).chmod(0o755)


def _link_flags(tool: Tool) -> str:
    flags = ["-s", "-w", *(f"-X {variable}={tool.version}" for variable in tool.stamp)]
    if tool.c_code:
        flags += ["-linkmode=external", "-extldflags=-static"]
    return " ".join(flags)


def _wired(tool: Tool, scratch: Path, run: Run, environment: dict[str, str]) -> Path:
    """A copy of the tool's folder that holds the code of all its modules, with the generated code in it.

    The module cache can't take the generated file: what is in there is checked against its hash.
    """
    assert tool.wired is not None  # noqa: S101 - called for such tools only
    source = scratch / "source"
    shutil.copytree(TOOLCHAIN / tool.name, source)
    run(["go", "mod", "vendor"], source, environment)
    generator = ["go", "run", "-mod=readonly", "-modfile=wire/go.mod", _WIRE]
    run([*generator, "gen", f"-tags={' '.join(tool.tags)}", tool.wired], source, environment)
    return source


def _environment(scratch: Path, *, c_code: bool = False) -> dict[str, str]:
    """The caller's environment without what would change the result behind the key's back."""
    kept = {name: value for name, value in os.environ.items() if name not in ("GOFLAGS", "GOEXPERIMENT", "GOWORK")}
    return {**kept, "CGO_ENABLED": str(int(c_code)), "GOWORK": "off", "GOFLAGS": "", "GOTMPDIR": str(scratch)}
