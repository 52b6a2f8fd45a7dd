"""Images that others have built: pulled, or loaded from archives of `docker save` in the folder images/.

The archives are for engines that reach no registry. Any image of config/images.yaml can come from one.
"""

import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import docker
import requests
from docker.errors import APIError, DockerException, ImageLoadError, ImageNotFound
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from airgap.docker_client import connected, reason
from airgap.errors import KitError
from airgap.places import REPO
from airgap.report import Report, Silent, step
from config.images import official_name, reference, table

FOLDER = REPO / "images"
PLUGINS = "pulumi-resource-"  # archives of Pulumi's plugins lie in the same folder
_ENDINGS = (".tar", ".tar.gz", ".tgz")
_MANIFEST = "manifest.json"
_LARGEST_DOCUMENT = 1 << 20
_DEFAULT_REGISTRY = "docker.io/"


class _Saved(BaseModel):
    """An image in an archive's manifest."""

    config: str = Field(alias="Config")
    tags: tuple[str, ...] | None = Field(alias="RepoTags", default=None)
    layers: tuple[str, ...] = Field(alias="Layers", default=())


class _Platform(BaseModel):
    """What an image's configuration says of the machines that it runs on."""

    os: str = "linux"
    architecture: str

    def __str__(self) -> str:
        return f"{self.os}/{self.architecture}"


@dataclass(frozen=True)
class Archive:
    """An archive of `docker save`: its path, and the platform of each image in it by the image's name."""

    path: Path
    images: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Obtained:
    """Where an image came from, in words; None: from nowhere, and `problem` is what the last try ended with."""

    source: str | None
    problem: str = ""


def archives(folder: Path = FOLDER) -> list[Path]:
    """The archives of images in a folder, which need not exist."""
    files = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in files if path.name.endswith(_ENDINGS) and not path.name.startswith(PLUGINS))


def obtain_images(
    names: Iterable[str],
    *,
    mirror: str | None,
    pull: bool,
    docker_host: str | None = None,
    report: Report | None = None,
    folder: Path = FOLDER,
) -> dict[str, Obtained]:
    """Have images of the table on the engine, under the names that the stack uses.

    In this order: the engine has it; a registry, the mirror's or the image's own; an archive.

    Args:
        names: images of config/images.yaml.
        mirror: the stack's `imageRegistry`.
        pull: whether a registry is asked.
        docker_host: address of the engine; None as the environment says.
        report: is told of every step.
        folder: where the archives are.

    Raises:
        KitError: no engine, or an archive that is damaged, of another image or for other machines.
    """
    report = report or Silent()
    obtained: dict[str, Obtained] = {}
    with connected(docker_host) as client:
        for name in names:
            if _is_there(client, reference(name, mirror)):
                obtained[name] = Obtained(source="the engine has it")
            elif pull:
                obtained[name] = _pulled(client, reference(name, mirror), report)
            else:
                obtained[name] = Obtained(source=None)
        lacking = [name for name, found in obtained.items() if found.source is None]
        # what is loaded has no digest that could be compared with the table's
        by_name_alone = [name for name in lacking if "@" not in reference(name, mirror)]
        for name, path in _loaded(client, by_name_alone, mirror, report, folder).items():
            obtained[name] = Obtained(source=shown(path))
    return obtained


def image_source(
    name: str, *, mirror: str | None, pull: bool, docker_host: str | None = None, folder: Path = FOLDER
) -> str | None:
    """Where `obtain_images` would try to get an image from first, in words; None: nowhere. Nothing is changed.

    Raises:
        KitError: no engine, or an archive that is damaged.
    """
    with connected(docker_host) as client:
        if _is_there(client, reference(name, mirror)):
            return "the engine has it"
    if pull:
        return f"pulled from {mirror}" if mirror else "pulled from its registry"
    official = official_name(name, mirror)
    return next((shown(path) for path in archives(folder) if official in read_archive(path).images), None)


def shown(path: Path) -> str:
    """An archive's path as people write it in the checkout."""
    return f"{path.parent.name}/{path.name}"


def read_archive(path: Path) -> Archive:
    """What is in an archive, read to its end.

    Raises:
        KitError: it is damaged, or nothing that `docker save` writes.
    """
    documents: dict[str, bytes] = {}
    members = set()
    try:
        with tarfile.open(path, "r|*") as tar:
            for member in tar:
                members.add(member.name)
                file = tar.extractfile(member) if member.isfile() and member.size <= _LARGEST_DOCUMENT else None
                if file is not None:
                    documents[member.name] = file.read()
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise KitError(
            f"{shown(path)} is damaged or no archive: {reason(error)}; save it again, or remove it"
        ) from None
    try:
        entries = TypeAdapter(list[_Saved]).validate_json(documents[_MANIFEST])
        platforms = {each.config: str(_Platform.model_validate_json(documents[each.config])) for each in entries}
    except (KeyError, ValidationError):
        raise KitError(
            f"{shown(path)} holds no image that Docker can load; write it with `docker save`, or remove it"
        ) from None
    for entry in entries:
        if lost := [layer for layer in entry.layers if layer not in members]:
            raise KitError(f"{shown(path)} is cut short: it lacks {lost[0]}; save it again, or remove it")
    return Archive(path, {_familiar(tag): platforms[each.config] for each in entries for tag in each.tags or ()})


def _familiar(name: str) -> str:
    """A name as the engine shows it: other programs than Docker write the default registry in front."""
    return name.removeprefix(_DEFAULT_REGISTRY).removeprefix("library/") if name.startswith(_DEFAULT_REGISTRY) else name


def _is_there(client: docker.DockerClient, name: str) -> bool:
    try:
        client.images.get(name)
    except ImageNotFound:
        return False
    return True


def _pulled(client: docker.DockerClient, name: str, report: Report) -> Obtained:
    try:
        with step(report, name, "pulled"):
            client.images.pull(name)
    except (APIError, requests.RequestException, DockerException) as error:
        problem = getattr(error, "explanation", None) or error
        return Obtained(source=None, problem=" ".join(str(problem).split()))
    return Obtained(source="pulled")


def _loaded(
    client: docker.DockerClient, names: Iterable[str], mirror: str | None, report: Report, folder: Path
) -> dict[str, Path]:
    """Load what archives have of these images; name -> archive."""
    wanted = {official_name(name, mirror): name for name in names}
    loaded: dict[str, Path] = {}
    strange: list[str] = []
    for path in archives(folder) if wanted else ():
        archive = read_archive(path)
        here = wanted.keys() & archive.images.keys()
        if not here and (problem := _strange(archive, wanted.values(), mirror)):
            strange.append(problem)
        if not here:
            continue
        _refuse_other_machines(client, archive, here)
        with step(report, shown(path), "loaded"):
            _load(client, path)
        for official in here:
            name = wanted[official]
            loaded[name] = path
            local = reference(name, mirror)
            if local != official:
                repository, _, tag = local.rpartition(":")
                client.images.get(official).tag(repository, tag)
            elif not _is_there(client, local):
                raise KitError(f"{shown(path)} was loaded, but {local} isn't on the engine; save it by that name")
    if strange and wanted.keys() - {official_name(name, mirror) for name in loaded}:
        raise KitError(strange[0])
    return loaded


def _strange(archive: Archive, names: Iterable[str], mirror: str | None) -> str | None:
    """Why an archive that has nothing of what is lacking looks like a mistake."""
    if not archive.images:
        return f"{shown(archive.path)} holds an image without a name; save it by its name, or remove it"
    known = {official_name(name, mirror) for name in table()}
    if any(image in known for image in archive.images):
        return None  # the engine has that one already
    [first, *_] = archive.images
    repository = first.rpartition(":")[0]
    for expected in (official_name(name, mirror) for name in names):
        if expected.rpartition(":")[0] == repository:
            return (
                f"{shown(archive.path)} holds {first}, but config/images.yaml has {expected}; "
                "save that one, or remove it"
            )
    return f"{shown(archive.path)} holds {first}, which is no image of config/images.yaml; remove it"


def _refuse_other_machines(client: docker.DockerClient, archive: Archive, images: Iterable[str]) -> None:
    version = client.version()
    needed = f"{version.get('Os', 'linux')}/{version.get('Arch', 'amd64')}"
    for image in images:
        if (platform := archive.images[image]) != needed:
            raise KitError(
                f"{shown(archive.path)} holds {image} for {platform}, but the engine needs {needed}; "
                f"`docker pull --platform {needed} {image}` and save it again"
            )


def _load(client: docker.DockerClient, path: Path) -> None:
    try:
        with path.open("rb") as file:
            client.images.load(file)
    except (ImageLoadError, APIError, OSError) as error:
        problem = getattr(error, "explanation", None) or error
        raise KitError(f"the Docker engine can't load {shown(path)}: {' '.join(str(problem).split())}") from None
