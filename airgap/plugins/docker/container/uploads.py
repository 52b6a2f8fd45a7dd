"""Files that go into a container before it starts."""

from __future__ import annotations

import base64
import io
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from airgap.plugins.protocol.errors import PluginError
from airgap.plugins.protocol.values import Properties


def archives(inputs: Properties) -> Iterator[tuple[str, bytes]]:
    """The uploads as (folder in the container, tar archive to unpack there).

    Files for a volume are unpacked at the volume itself: that is where the engine allows writing even when the
    container's root filesystem is read-only.

    Raises:
        PluginError: a `source` can't be read.
    """
    folders: dict[str, list[dict[str, Any]]] = {}
    targets = _writable_targets(inputs)
    for upload in inputs.get("uploads", []):
        folders.setdefault(_folder(upload["file"], targets), []).append(upload)
    for folder, uploads in folders.items():
        yield folder, _archive(folder, uploads)


def _writable_targets(inputs: Properties) -> list[str]:
    volumes = [item["containerPath"] for item in inputs.get("volumes", []) if not item.get("readOnly")]
    mounts = [
        item["target"] for item in inputs.get("mounts", []) if not item.get("readOnly") and item["type"] != "tmpfs"
    ]
    return sorted([*volumes, *mounts], key=len, reverse=True)


def _folder(file: str, targets: list[str]) -> str:
    path = PurePosixPath(file)
    return next((target for target in targets if path.is_relative_to(target)), "/")


def _archive(folder: str, uploads: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for upload in uploads:
            content = _content(upload)
            entry = tarfile.TarInfo(str(PurePosixPath(upload["file"]).relative_to(folder)))
            entry.size = len(content)
            entry.mode = _mode(upload)
            entry.uid, entry.gid = int(upload.get("owner") or 0), int(upload.get("group") or 0)
            entry.mtime = int(time.time())
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _mode(upload: dict[str, Any]) -> int:
    if upload.get("permissions"):
        return int(upload["permissions"], 8)
    return 0o744 if upload.get("executable") else 0o644


def _content(upload: dict[str, Any]) -> bytes:
    if upload.get("source"):
        try:
            return Path(upload["source"]).read_bytes()
        except OSError as error:
            raise PluginError(
                f"can't read {upload['source']}, the source of the upload {upload['file']}: {error.strerror}"
            ) from None
    if upload.get("contentBase64"):
        return base64.b64decode(upload["contentBase64"])
    return str(upload.get("content", "")).encode()
