"""One image's file system as a tar stream that is the same whenever the same goes in."""

import io
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO

_CAPABILITY = "SCHILY.xattr.security.capability"


class Layer:
    """Writes files into a tar; directories above them are made as needed. The first file of a name wins."""

    def __init__(self, output: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed below
        self._names: set[str] = set()

    def close(self) -> None:
        """Write the tar's end."""
        self._tar.close()

    def directory(self, path: str, *, owner: int = 0, mode: int = 0o755) -> None:
        """A directory with the owner (user and group)."""
        self._add(_entry(path, tarfile.DIRTYPE, mode, owner))

    def file(self, path: str, content: bytes | Path, *, mode: int = 0o644, capability: str | None = None) -> None:
        """A file of root's; `capability` is a value of the extended attribute security.capability."""
        entry = _entry(path, tarfile.REGTYPE, mode, 0)
        if capability is not None:
            entry.pax_headers = {_CAPABILITY: capability}
        if isinstance(content, bytes):
            entry.size = len(content)
            self._add(entry, io.BytesIO(content))
            return
        entry.size = content.stat().st_size
        with content.open("rb") as source:
            self._add(entry, source)

    def link(self, path: str, target: str) -> None:
        """A symbolic link."""
        entry = _entry(path, tarfile.SYMTYPE, 0o777, 0)
        entry.linkname = target
        self._add(entry)

    def merge(self, tar: Path) -> None:
        """Everything in another tar."""
        with tarfile.open(tar) as source:
            for member in source:
                member.mtime = 0
                self._add(member, source.extractfile(member) if member.isreg() else None)

    def _add(self, entry: tarfile.TarInfo, content: IO[bytes] | None = None) -> None:
        if entry.name in self._names:
            return
        for parent in reversed(PurePosixPath(entry.name).parents[:-1]):
            if str(parent) not in self._names:
                self.directory(f"/{parent}")
        self._names.add(entry.name)
        self._tar.addfile(entry, content)


def _entry(path: str, kind: bytes, mode: int, owner: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path.strip("/"))
    entry.type, entry.mode, entry.uid, entry.gid = kind, mode, owner, owner
    return entry
