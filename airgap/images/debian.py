"""Files out of Debian packages, without a Debian: mmdebstrap downloads and unpacks, a pattern decides what stays."""

import os
import platform
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path, PurePosixPath

from airgap.children import Children
from airgap.errors import KitError
from airgap.images.recipes import Debian
from airgap.images.sources import SUITE, host_sources

_ALWAYS = ("lib/*.so*", "lib64/*", "usr/lib/*/lib*.so*", "usr/lib/*/gconv/UTF*", "usr/share/doc/*/copyright")


def key(debian: Debian) -> str:
    """16 hex digits over all that is asked for; what the archive holds at the time isn't part of it."""
    return sha256(repr((debian, _ALWAYS, SUITE, platform.machine())).encode()).hexdigest()[:16]


def unpacked(debian: Debian, name: str, cache: Path, children: Children) -> Path:
    """The chosen files as a tar file in the cache, made when it isn't there.

    Raises:
        KitError: no mmdebstrap, or the packages can't be had.
    """
    target = cache / "rootfs" / f"{name}-{key(debian)}.tar"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    log = cache / "logs" / f"debian-{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    everything, chosen = target.with_suffix(".all"), target.with_suffix(".part")
    sources = target.with_suffix(".list")
    try:
        sources.write_text(host_sources())
        children.run(f"unpacking Debian's {', '.join(debian.packages)}", _command(debian, everything, sources), log=log)
        with tarfile.open(everything) as whole, tarfile.open(chosen, "w") as part:
            for member in _chosen(whole, debian):
                part.addfile(member, whole.extractfile(member) if member.isreg() else None)
        chosen.rename(target)
    finally:
        for leftover in (everything, chosen, sources):
            leftover.unlink(missing_ok=True)
    return target


def ensure_mmdebstrap(cache: Path, children: Children) -> None:
    """Have the program that unpacks packages.

    Raises:
        KitError: it isn't there and can't be installed.
    """
    if shutil.which("mmdebstrap"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise KitError("mmdebstrap isn't installed; install it (on Debian: apt-get install mmdebstrap)")
    log = cache / "logs" / "mmdebstrap.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    install(("mmdebstrap",), log, children)


def install(packages: tuple[str, ...], log: Path, children: Children) -> None:
    """Install packages of the host's distribution; the lists are refreshed when they don't know them."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    environment: Mapping[str, str] = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    what = f"installing {', '.join(packages)}"
    try:
        children.run(what, command, log=log, env=environment)
    except KitError:
        children.run("apt-get update", ["apt-get", "update"], log=log, env=environment)
        children.run(what, command, log=log, env=environment)


def _command(debian: Debian, target: Path, sources: Path) -> list[str]:
    packages = ",".join(debian.packages)
    return [
        "mmdebstrap",
        "--variant=extract",
        f"--include={packages}",
        "--format=tar",
        SUITE,
        str(target),
        str(sources),
    ]


def _chosen(whole: tarfile.TarFile, debian: Debian) -> Iterator[tarfile.TarInfo]:
    """Members to keep, under clean names, owned by root and without set-user bits."""
    for member in whole:
        name = str(PurePosixPath(member.name))
        if member.isdir() or member.isdev() or not _wanted(name, debian):
            continue
        member.name = name
        if member.islnk():
            member.linkname = str(PurePosixPath(member.linkname))
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mode &= 0o755
        yield member


def _wanted(name: str, debian: Debian) -> bool:
    if any(fnmatch(name, pattern) for pattern in debian.drop):
        return False
    return any(fnmatch(name, pattern) for pattern in (*_ALWAYS, *debian.keep))
