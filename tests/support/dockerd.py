"""A current Docker engine for the tests, built from its Go module: only tests use it."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from airgap.places import cache_dir

VERSION = "28.5.2"
_MODULE = f"github.com/docker/docker@v{VERSION}+incompatible"
# what the module was when this was written: its own requirements are pinned by the go.sum in it
_SUM = "h1:DBX0Y0zAjZbSrm1uzOkdr1onVghKaftjlSWt4AFexzM="
_GO = "go1.27.3"
_TAGS = ",".join(f"exclude_graphdriver_{driver}" for driver in ("btrfs", "devicemapper", "zfs"))
_PACKAGES = ("./cmd/dockerd", "./cmd/docker-proxy")


class CantBuildError(Exception):
    """Why there is no such engine."""


def dockerd() -> Path:
    """The folder with dockerd and docker-proxy; built where it isn't cached, which takes some 3 minutes on 2 cores.

    Raises:
        CantBuildError: no Go, no module, or the build fails.
    """
    folder = cache_dir() / "tools" / f"dockerd-{VERSION}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-dockerd-") as scratch:
        source, built = Path(scratch, "source"), Path(scratch, "built")
        downloaded = json.loads(go(["mod", "download", "-json", _MODULE], Path(scratch)))
        if downloaded["Sum"] != _SUM:
            raise CantBuildError(f"{_MODULE} isn't what it was: {downloaded['Sum']} instead of {_SUM}")
        shutil.copytree(downloaded["Dir"], source)
        subprocess.run(["chmod", "-R", "u+w", str(source)], check=True)
        # before 29 the module is developed without a go.mod; these are what its own build uses
        (source / "vendor.mod").rename(source / "go.mod")
        (source / "vendor.sum").rename(source / "go.sum")
        shutil.rmtree(source / "vendor", ignore_errors=True)
        stamp = f"-X github.com/docker/docker/dockerversion.Version={VERSION}"
        flags = ["-mod=mod", "-trimpath", "-buildvcs=false", f"-tags={_TAGS}", f"-ldflags=-s -w {stamp}"]
        go(["build", *flags, "-o", f"{built}/", *_PACKAGES], source)
        built.rename(folder)
    return folder


def go(words: list[str], folder: Path, **environment: str) -> str:
    """Run `go WORDS` in a folder, with further variables; what it says.

    Raises:
        CantBuildError: it fails.
    """
    if shutil.which("go") is None:
        raise CantBuildError("Go isn't installed; it builds what the tests need")
    environment = os.environ | {"GOTOOLCHAIN": _GO, "CGO_ENABLED": "0", "GOFLAGS": ""} | environment
    done = subprocess.run(["go", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CantBuildError(f"`go {words[0]}` fails: {(done.stderr or done.stdout)[-500:].strip()}")
    return done.stdout
