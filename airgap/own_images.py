"""Images of the programs that live in this repository: their code and locked dependencies on top of a Python image."""

import compileall
import contextlib
import os
import platform
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import IO

import docker
from docker.errors import BuildError, ImageNotFound

from airgap.children import Children
from airgap.docker_client import connected
from airgap.errors import KitError
from airgap.images.ensure import KIT_LABEL, ImageResult, ensure_images
from airgap.places import REPO, cache_dir
from airgap.report import Report, Silent, step
from airgap.tools import locked
from config.images import own_reference, reference
from config.settings.base import AIRGAP_REGISTRY

# glibc versions up to the one of the base image (Debian 12: 2.36) that wheels name
_GLIBC_MINORS = (17, 24, 26, 27, 28, 31, 34, 35, 36)
_PYTHON = (3, 11)


def ensure_own_image(
    name: str,
    *,
    airgap: bool,
    docker_host: str | None = None,
    report: Report | None = None,
    cache: Path | None = None,
    repo: Path = REPO,
) -> ImageResult:
    """Have the image of one of our own programs on the engine.

    Args:
        name: one of `config.images.OWN`, and the folder that its code is in.
        airgap: base it on the kit's Python image instead of the official one.
        docker_host: address of the engine; None as the environment says.
        report: told of every step.
        cache: the build cache; None for this machine's.
        repo: the clone with the folder.

    Raises:
        KitError: no engine, dependencies that can't be had, or a build that failed.
    """
    report, cache = report or Silent(), cache or cache_dir()
    if airgap:
        ensure_images(["python"], docker_host=docker_host, report=report, cache=cache)
    base = reference("python", AIRGAP_REGISTRY if airgap else None)
    wanted = own_reference(name)
    with connected(docker_host) as client:
        key = sha256(f"{wanted} {base} {_id(client, base)}".encode()).hexdigest()[:16]
        result = ImageResult(name=name, reference=wanted, key=key, built=True)
        if _label(client, wanted) == key:
            return ImageResult(name=name, reference=wanted, key=key, built=False)
        report.expect(1)
        with locked(cache, f"{name} image", report), step(report, wanted, "built"):
            packages = dependencies(name, repo / name / "requirements.txt", cache)
            with _context(repo / name, packages) as context:
                if not airgap:
                    client.images.pull(base)
                    key = sha256(f"{wanted} {base} {_id(client, base)}".encode()).hexdigest()[:16]
                    result = ImageResult(name=name, reference=wanted, key=key, built=True)
                _build(client, context, wanted, base, key)
    return result


def _id(client: docker.DockerClient, name: str) -> str | None:
    try:
        return str(client.images.get(name).id)
    except ImageNotFound:
        return None


def _label(client: docker.DockerClient, name: str) -> str | None:
    try:
        return client.images.get(name).labels.get(KIT_LABEL)
    except ImageNotFound:
        return None


def dependencies(name: str, requirements: Path, cache: Path) -> Path:
    """A folder with the locked dependencies, for the image's Python whatever Python this is."""
    machine = platform.machine()
    key = sha256(requirements.read_bytes() + repr((machine, _PYTHON, _GLIBC_MINORS)).encode()).hexdigest()[:16]
    target = cache / "dependencies" / f"{name}-{key}"
    if target.is_dir():
        return target
    unfinished = target.with_name(f".unpacking-{name}-{key}")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(parents=True)
    log = cache / "logs" / f"dependencies-{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    children = Children()
    try:
        children.run(f"installing the dependencies of {name}", _install(requirements, unfinished, machine), log=log)
    finally:
        children.end()
    unfinished.rename(target)
    return target


def _install(requirements: Path, target: Path, machine: str) -> list[str]:
    """With uv, four times as fast, or with pip."""
    newest = f"manylinux_2_{_GLIBC_MINORS[-1]}"
    fast = Path(sys.executable).with_name("uv").exists() and machine in ("x86_64", "aarch64")
    if fast:
        words = [*("-P", str(REPO / "ops" / "fast_pip.py"), "install"), f"--python-platform={machine}-{newest}"]
    else:
        platforms = ["manylinux2014", *(f"manylinux_2_{minor}" for minor in _GLIBC_MINORS)]
        words = [*("-m", "pip", "install", "--disable-pip-version-check", "--no-compile")]
        words += [f"--platform={name}_{machine}" for name in platforms]
    return [
        *(sys.executable, *words, "--no-deps", "--require-hashes", "--only-binary=:all:"),
        *(f"--python-version={_PYTHON[0]}.{_PYTHON[1]}", f"--target={target}", f"--requirement={requirements}"),
    ]


@contextlib.contextmanager
def _context(code: Path, dependencies: Path) -> Iterator[IO[bytes]]:
    """The build context as a tar file, open for reading; gone with the block."""
    with tempfile.TemporaryFile() as file:
        with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=file, mode="w") as tar:
            root = Path(folder)
            shutil.copytree(code, root / code.name, ignore=shutil.ignore_patterns("__pycache__"))
            shutil.copytree(dependencies, root / "deps")
            shutil.copyfile(code / "Dockerfile", root / "Dockerfile")
            if sys.version_info[:2] == _PYTHON:
                _compile(root, code.name)
            tar.add(root, arcname=".", filter=_anonymous)
        file.seek(os.SEEK_SET)
        yield file


def _compile(root: Path, name: str) -> None:
    """Compiled files for the image: its containers can't write any, and start in half the time with them."""
    for part in (name, "deps"):
        compileall.compile_dir(
            root / part, ddir=f"/app/{part}", quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
        )


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Root's and readable by everyone, whatever this machine's umask is; no times, so that layers are found again."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = "root"
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member


def _build(client: docker.DockerClient, context: IO[bytes], name: str, base: str, key: str) -> None:
    try:
        client.images.build(
            fileobj=context,
            custom_context=True,
            tag=name,
            buildargs={"BASE": base},
            labels={KIT_LABEL: key},
            rm=True,
            forcerm=True,
        )
    except BuildError as error:
        raise KitError(f"the image {name} can't be built: {error.msg}; see its Dockerfile") from None
