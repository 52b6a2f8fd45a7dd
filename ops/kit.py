"""The air-gapped kit as the command line uses it: the one place that knows the kit's functions.

Its modules are imported when they are needed: a health check has no use for them and would wait for them.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ops.console import out
from ops.errors import OpsError
from ops.project import Project

OLDEST_CLI = (3, 200, 0)
_PULUMI_TOOLS = ("pulumi", "pulumi-language-python", "pulumi-resource-docker")
_ONLY_IN_DEMOS = frozenset({"postgres", "redis", "python"})


class Kit(Protocol):
    """What preparing a stack needs from the kit. Everything raises OpsError with the way out."""

    def internet(self, docker_host: str) -> tuple[bool, str]:
        """Whether the official plugins and images can be had, and why; takes seconds at most."""

    def pulumi(self, *, airgap: bool) -> Path:
        """Build the Pulumi CLI, or download the official one; the folder to put first on PATH."""

    def image_source(self, docker_host: str, name: str, *, mirror: str | None, pull: bool) -> str | None:
        """Where an image of the table would come from, in words; None: nowhere. Nothing is changed."""

    def obtain_image(self, docker_host: str, name: str, *, mirror: str | None, pull: bool) -> str | None:
        """Have an image that isn't built here on the engine; None when it is there, else why it isn't."""

    def images(self, docker_host: str, *, airgap: bool, mirror: str | None, servers: bool, demo: bool) -> None:
        """Load the images that the engine lacks from archives, and build those that are built here.

        Args:
            airgap: base our own programs' images on a Python built here, instead of the official one.
            mirror: the registry that the stack takes its images from.
            servers: build the servers' images, too; else they come from a registry.
            demo: build what only the demo uses, too.
        """

    def engine(self, docker_host: str) -> None:
        """Have a Docker engine answer there, installing one where that is possible."""


class RealKit:
    """The kit in `airgap/`, its errors turned into the command line's."""

    def internet(self, docker_host: str) -> tuple[bool, str]:
        """Whether the official plugins and images can be had, and why; takes seconds at most."""
        from airgap.online import choose_mode

        with _errors():
            mode = choose_mode(docker_host)
        return mode.internet, mode.why

    def pulumi(self, *, airgap: bool) -> Path:
        """Build the Pulumi CLI, or download the official one; the folder to put first on PATH."""
        from airgap.online import ensure_official_pulumi
        from airgap.report import reporting
        from airgap.tools import ensure_tools

        with _errors(), reporting(out, "Pulumi CLI") as report:
            return ensure_tools(_PULUMI_TOOLS, report=report) if airgap else ensure_official_pulumi()

    def image_source(self, docker_host: str, name: str, *, mirror: str | None, pull: bool) -> str | None:
        """Where an image of the table would come from, in words; None: nowhere. Nothing is changed."""
        from airgap.images.archives import image_source

        with _errors():
            return image_source(name, mirror=mirror, pull=pull, docker_host=docker_host)

    def obtain_image(self, docker_host: str, name: str, *, mirror: str | None, pull: bool) -> str | None:
        """Have an image that isn't built here on the engine; None when it is there, else why it isn't."""
        from airgap.images.archives import obtain_images
        from airgap.report import reporting

        with _errors(), reporting(out, "images") as progress:
            obtained = obtain_images([name], mirror=mirror, pull=pull, docker_host=docker_host, report=progress)[name]
        return None if obtained.source else obtained.problem

    def images(self, docker_host: str, *, airgap: bool, mirror: str | None, servers: bool, demo: bool) -> None:
        """Load the images that the engine lacks from archives, and build those that are built here.

        Args:
            airgap: base our own images on a Python built here, instead of the official one.
            mirror: the registry that the stack takes its images from.
            servers: build the servers' images, too; else they come from a registry.
            demo: build what only the demo uses, too.
        """
        from airgap.images import ensure_images
        from airgap.images.archives import archives, obtain_images
        from airgap.images.recipes import RECIPES
        from airgap.own_images import ensure_own_image
        from airgap.report import reporting

        names = set(RECIPES) if demo else set(RECIPES) - _ONLY_IN_DEMOS
        own = ["container_exporter", "viewer", *(["demo"] if demo else [])]
        with _errors(), reporting(out, "images") as progress:
            if archives():
                # before the kit builds one; a registry is only asked where there is something to fall back on
                obtain_images(sorted(names), mirror=mirror, pull=not servers, docker_host=docker_host, report=progress)
            if servers:
                ensure_images(sorted(names), docker_host=docker_host, report=progress)
            for name in own:
                ensure_own_image(name, airgap=airgap, docker_host=docker_host, report=progress)

    def engine(self, docker_host: str) -> None:
        """Have a Docker engine answer there, installing one where that is possible."""
        from airgap.engine import ensure_engine
        from airgap.report import reporting

        with _errors(), reporting(out, "Docker engine") as report:
            engine = ensure_engine(docker_host, report=report)
        for action in engine.actions:
            out.print(f"  Docker engine: {action}", markup=False)


@contextmanager
def _errors() -> Iterator[None]:
    from airgap.errors import KitError

    try:
        yield
    except KitError as error:
        raise OpsError(str(error)) from None


@dataclass(frozen=True)
class Cli:
    """The Pulumi CLI a run uses. `installed`: the person's own, else one the kit provides.

    `version` is None where nobody has asked for it; `ready` is False while the kit has yet to provide it.
    """

    installed: bool
    version: str | None
    path: Path
    ready: bool


def choose_cli(project: Project, path: str, *, airgap: bool) -> Cli:
    """An installed CLI goes before a built one; air-gapped, where a built one is at hand, that goes first.

    Args:
        path: PATH as the person has it.
    """
    built = project.state / "bin" / "pulumi"
    found = None if airgap and built.exists() else _installed(path)
    return found or Cli(installed=False, version=None, path=built, ready=airgap and built.exists())


def _installed(path: str) -> Cli | None:
    found = shutil.which("pulumi", path=path)
    if found is None:
        return None
    try:
        done = subprocess.run([found, "version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = done.stdout.strip().removeprefix("v")
    try:
        numbers = tuple(int(part) for part in version.split("-")[0].split(".")[:3])
    except ValueError:
        return None
    if numbers < OLDEST_CLI:
        return None
    return Cli(installed=True, version=version, path=Path(found), ready=True)
