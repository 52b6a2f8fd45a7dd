"""Has the local images on the engine: what is there with the right content stays, the rest is put together."""

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import docker
from docker.errors import APIError, ImageNotFound

from airgap import golang
from airgap.catalog import TOOLS
from airgap.children import Children
from airgap.docker_client import connected
from airgap.errors import KitError
from airgap.images import debian
from airgap.images.assemble import assemble
from airgap.images.recipes import BASE, RECIPES, Debian, Recipe, content
from airgap.places import cache_dir
from airgap.report import Report, Silent, step
from airgap.tools import locked, tool_folders
from config.images import reference
from config.settings.base import AIRGAP_REGISTRY

KIT_LABEL = "ai.autonomica.monitoring.kit"
# changes when the code that assembles images does so differently
_FORMAT = "2"


@dataclass(frozen=True, kw_only=True)
class ImageResult:
    """An image on the engine. built: whether this run made it, or it was there already."""

    name: str
    reference: str
    key: str
    built: bool


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    name: str
    recipe: Recipe
    reference: str
    key: str


def ensure_images(
    names: Iterable[str] | None = None,
    *,
    docker_host: str | None = None,
    report: Report | None = None,
    cache: Path | None = None,
    rebuild: bool = False,
) -> list[ImageResult]:
    """Have the local images on the engine, building the tools in them as needed.

    Args:
        names: images of config/images.yaml; None for all the kit has a recipe for.
        docker_host: address of the engine; None as the environment says.
        report: told of every step.
        cache: the build cache; None for this machine's.
        rebuild: put Debian's newest packages in, even where an image is there.

    Raises:
        KitError: an unknown name, no engine, a build that failed.
        KeyboardInterrupt: passed on after what ran was ended; nothing half-made is left.
    """
    report, cache = report or Silent(), cache or cache_dir()
    wanted = [_want(name) for name in (RECIPES if names is None else dict.fromkeys(names))]
    with connected(docker_host) as client:
        missing = [image for image in wanted if rebuild or not _is_right(client, image)]
        if missing:
            with locked(cache, "images", report):
                _make(client, missing, report, cache, fresh=rebuild)
    return [
        ImageResult(name=image.name, reference=image.reference, key=image.key, built=image in missing)
        for image in wanted
    ]


def _want(name: str) -> _Wanted:
    if name not in RECIPES:
        raise KitError(f"the kit has no image called {name!r}; it has: {', '.join(sorted(RECIPES))}")
    recipe = RECIPES[name]
    digest = sha256(content(recipe) + _FORMAT.encode() + debian.key(BASE).encode())
    if recipe.tool is not None:
        digest.update(golang.key(TOOLS[recipe.tool], golang.find_go()).encode())
    if recipe.debian is not None:
        digest.update(debian.key(recipe.debian).encode())
    return _Wanted(name=name, recipe=recipe, reference=reference(name, AIRGAP_REGISTRY), key=digest.hexdigest()[:16])


def _is_right(client: docker.DockerClient, image: _Wanted) -> bool:
    """Whether the engine has it: of the right content, or given by somebody, as an archive is loaded."""
    try:
        return bool(client.images.get(image.reference).labels.get(KIT_LABEL, image.key) == image.key)
    except ImageNotFound:
        return False


def _make(client: docker.DockerClient, missing: Sequence[_Wanted], report: Report, cache: Path, *, fresh: bool) -> None:
    packages = {"base": BASE} | {image.name: image.recipe.debian for image in missing if image.recipe.debian}
    if fresh:
        for name, wanted in packages.items():
            (cache / "rootfs" / f"{name}-{debian.key(wanted)}.tar").unlink(missing_ok=True)
    report.expect(len(missing))
    children = Children()
    # packages are downloaded while the processors are busy with the Go programs
    with ThreadPoolExecutor(max_workers=1) as pool:
        try:
            unpacking = pool.submit(_unpack, packages, cache, children)
            tools = {image.recipe.tool for image in missing if image.recipe.tool}
            folders = tool_folders(tools, report=report, cache=cache) if tools else {}
            tars = unpacking.result()
        finally:
            children.end()
    for image in missing:
        with step(report, image.reference, "packed"):
            tool = image.recipe.tool
            with tempfile.TemporaryFile(dir=cache) as tar:
                assemble(
                    image.recipe,
                    tar,
                    base=tars["base"],
                    programs=folders[tool] if tool else None,
                    packages=tars.get(image.name),
                )
                tar.seek(os.SEEK_SET)
                _load(client, image, tar)


def _unpack(packages: dict[str, Debian], cache: Path, children: Children) -> dict[str, Path]:
    debian.ensure_mmdebstrap(cache, children)
    return {name: debian.unpacked(wanted, name, cache, children) for name, wanted in packages.items()}


def _load(client: docker.DockerClient, image: _Wanted, tar: object) -> None:
    """Hand the file system to the engine; the image gets its name when the engine has all of it."""
    try:
        former = client.images.get(image.reference).id
    except ImageNotFound:
        former = None
    answer = client.api.import_image(src=tar, changes=image.recipe.changes({KIT_LABEL: image.key}))
    lines = [json.loads(line) for line in answer.splitlines()]
    if failure := next((line["error"] for line in lines if "error" in line), None):
        raise KitError(f"the Docker engine can't take the image {image.reference}: {failure}")
    loaded = client.images.get(lines[-1]["status"])
    if image.recipe.stop_signal:  # an import can't set it
        dockerfile = f"FROM {loaded.id}\nSTOPSIGNAL {image.recipe.stop_signal}\n"
        loaded, _ = client.images.build(fileobj=io.BytesIO(dockerfile.encode()), rm=True)
    repository, _, tag = image.reference.rpartition(":")
    loaded.tag(repository, tag)
    if former and former != loaded.id:
        with contextlib.suppress(APIError):  # a container still uses it
            client.images.remove(former)
