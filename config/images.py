"""Image references from the table in images.yaml."""

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from config.settings.base import AIRGAP_REGISTRY

# programs that live in this repository, each in the folder of that name
OWN = ("container_exporter", "demo", "viewer")
_OWN_REPOSITORY = "autonomica"
TABLE = Path(__file__).with_name("images.yaml")
_ROOT = Path(__file__).parents[1]


class GoProgram(BaseModel):
    """How the kit builds a program that is a Go module of its own, with the versions that its go.sum pins.

    Attributes:
        sum: the module's hash, as in a go.sum, at the version of the row's tag.
        program: where the official image has it.
        user: whom it runs as there; port: where it listens.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sum: Annotated[str, Field(pattern=r"^h1:[A-Za-z0-9+/]{43}=$")]
    program: Annotated[str, Field(pattern=r"^/")]
    user: str = ""
    port: int


class Image(BaseModel):
    """A row of the table; images.yaml says what each field is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    registry: str | None = None
    repository: str
    tag: str
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] | None = None
    airgap_tag: str | None = None
    licence: str
    source: str
    go: GoProgram | None = None

    @property
    def in_kit(self) -> bool:
        """Whether the air-gapped kit builds it: nothing under the AGPL is built or shipped here."""
        return "AGPL" not in self.licence.upper()


@cache
def table() -> Mapping[str, Image]:
    """Every image by name."""
    rows = yaml.safe_load(TABLE.read_text())
    return MappingProxyType(TypeAdapter(dict[str, Image]).validate_python(rows))


def reference(name: str, mirror: str | None = None) -> str:
    """What the engine is asked for.

    Args:
        name: a name in the table.
        mirror: a registry that holds the whole table under the same repositories, or None for where each
            image comes from. The air-gapped kit's registry gives the versions that the kit builds, and no
            digests: a local image has none. What the kit doesn't build keeps its official name there.
    """
    image = table()[name]
    if mirror == AIRGAP_REGISTRY:
        local = f"{mirror}/{image.repository}:{image.airgap_tag or image.tag}"
        return local if image.in_kit else official_name(name)
    return tagged(name, mirror) + (f"@{image.digest}" if image.digest else "")


def tagged(name: str, mirror: str | None = None) -> str:
    """Where an image is, without its digest."""
    image = table()[name]
    registry = mirror or image.registry
    return f"{registry}/{image.repository}:{image.tag}" if registry else f"{image.repository}:{image.tag}"


def with_digests(text: str, digests: Mapping[str, str]) -> str:
    """The table's text with these digests, each below its row's tag; all else stays as it is, comments too.

    Args:
        text: content of images.yaml.
        digests: name -> digest.
    """
    lines: list[str] = []
    row = ""
    for line in text.splitlines(keepends=True):
        if heading := re.match(r"(\w+):", line):
            row = heading[1]
        if row in digests and line.startswith("  digest:"):
            continue
        lines.append(line)
        if row in digests and line.startswith("  tag:"):
            lines.append(f"  digest: {digests[row]}\n")
    return "".join(lines)


def official_name(name: str, mirror: str | None = None) -> str:
    """What an image is called where it comes from, and so in an archive of `docker save`: without a digest.

    Args:
        name: a name in the table.
        mirror: as for `reference`; the kit's registry has versions of its own.
    """
    image = table()[name]
    of_kit = mirror == AIRGAP_REGISTRY and image.in_kit
    tag = image.airgap_tag if image.airgap_tag and of_kit else image.tag
    return f"{image.registry}/{image.repository}:{tag}" if image.registry else f"{image.repository}:{tag}"


def own_reference(name: str) -> str:
    """The image of one of our own programs: always built on the spot, so named by what it is built from."""
    return f"{AIRGAP_REGISTRY}/{_OWN_REPOSITORY}/{name}:{own_tag(name)}"


@cache
def own_tag(name: str) -> str:
    """12 hex digits that change when a file of the program does."""
    sources = _ROOT / name
    digest = hashlib.sha256()
    for path in sorted(sources.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(sources)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
