"""Puts an image's file system together from its recipe."""

import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from airgap.images.layer import Layer
from airgap.images.recipes import FILES, NOBODY, Recipe, bind_low_ports

_CERTIFICATES = "usr/share/ca-certificates/mozilla/"


def assemble(recipe: Recipe, output: IO[bytes], *, base: Path, programs: Path | None, packages: Path | None) -> None:
    """Write the file system as a tar.

    Args:
        recipe: what goes in.
        output: where the tar goes.
        base: tar with busybox and certificates, as `recipes.BASE` gives it.
        programs: folder with the recipe's programs.
        packages: tar with the files of the recipe's Debian packages.
    """
    layer = Layer(output)
    for path, directory in recipe.directories.items():
        layer.directory(path, owner=directory.owner, mode=directory.mode)
    layer.directory("/tmp", mode=0o1777)  # noqa: S108 - a directory of the image
    layer.directory("/root", mode=0o700)
    for name, text in _accounts({"root": 0, **recipe.users, "nobody": NOBODY}).items():
        layer.file(name, text.encode())
    for program, path in recipe.programs.items():
        assert programs is not None  # noqa: S101 - a recipe with programs names its tool
        capability = bind_low_ports() if path in recipe.capability else None
        layer.file(path, programs / program, mode=0o755, capability=capability)
    for name, path in recipe.files.items():
        layer.file(path, FILES / name, mode=0o755 if name.endswith(".sh") else 0o644)
    for path, target in recipe.links.items():
        layer.link(path, target)
    if packages is not None:
        layer.merge(packages)
    _add_base(layer, base)
    layer.close()


def _accounts(users: Mapping[str, int]) -> dict[str, str]:
    homes = {"root": "/root", "nobody": "/tmp"}  # noqa: S108 - a directory of the image
    passwd = [f"{name}:x:{number}:{number}::{homes.get(name, '/tmp')}:/bin/sh" for name, number in users.items()]  # noqa: S108
    group = [f"{name}:x:{number}:" for name, number in users.items()]
    return {
        "/etc/passwd": "".join(f"{line}\n" for line in passwd),
        "/etc/group": "".join(f"{line}\n" for line in group),
        "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    }


def _add_base(layer: Layer, base: Path) -> None:
    certificates = []
    with tarfile.open(base) as tar:
        for member in tar:
            source = tar.extractfile(member) if member.isreg() else None
            if source is None:
                continue
            if member.name == "bin/busybox":
                busybox = source.read()
            elif member.name.startswith(_CERTIFICATES):
                certificates.append((member.name, source.read()))
            elif member.name.startswith("usr/share/doc/"):
                layer.file(member.name, source.read())
    layer.file("/etc/ssl/certs/ca-certificates.crt", b"".join(text for _, text in sorted(certificates)))
    layer.link("/usr/lib/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt")  # where Debian's OpenSSL looks
    layer.file("/bin/busybox", busybox, mode=0o755)
    for applet in _applets(busybox):
        layer.link(applet, "/bin/busybox")


def _applets(busybox: bytes) -> list[str]:
    """Where busybox wants its links, as it says itself."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "busybox"
        program.write_bytes(busybox)
        program.chmod(0o755)
        listed = subprocess.run([program, "--list-full"], capture_output=True, text=True, check=True)
    return [path for path in listed.stdout.split() if path not in ("bin/busybox", "linuxrc")]
