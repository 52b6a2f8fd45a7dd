"""Whether the official downloads can be had, decided in seconds, and the official Pulumi CLI when they can."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import requests
from docker import auth
from docker.errors import DockerException

from airgap.docker_client import connect
from airgap.errors import KitError
from airgap.places import cache_dir
from config.images import reference

_SECONDS = 3.0
_ENGINE_SECONDS = 1.0
# what `pulumi.automation` installs the CLI with; it answers only where the CLI and its plugins can be had
_PULUMI = "https://get.pulumi.com/install.sh"
# the engine's own default registry, by the library's name for it
_REGISTRY = f"https://{auth.INDEX_NAME}/v2/".replace("//docker.io", "//index.docker.io")

Probe = Callable[[float], None]
"""Raises when something can't be had within the seconds."""


@dataclass(frozen=True)
class Mode:
    """internet: whether official downloads are used; why: in words, for a table."""

    internet: bool
    why: str


def has_internet(docker_host: str | None = None, *, env: Mapping[str, str] = os.environ) -> bool:
    """Whether official images, plugins and programs can be downloaded; at most about 3 s.

    Raises:
        KitError: AIRGAP is set to something else than 0 or 1.
    """
    return choose_mode(docker_host, env=env).internet


def choose_mode(
    docker_host: str | None = None,
    *,
    env: Mapping[str, str] = os.environ,
    seconds: float = _SECONDS,
    probes: Mapping[str, Probe] | None = None,
) -> Mode:
    """Like `has_internet`, with the reason. AIRGAP=1 or AIRGAP=0 decides by hand."""
    match env.get("AIRGAP", "").strip():
        case "":
            pass
        case "1":
            return Mode(False, "AIRGAP=1")
        case "0":
            return Mode(True, "AIRGAP=0")
        case other:
            raise KitError(
                f"AIRGAP is {other!r}; set it to 1 (build everything here), 0 (use official downloads) or leave it out"
            )
    failed = _first_failure(probes or _probes(docker_host), seconds)
    if failed:
        return Mode(False, f"no answer from {failed}")
    return Mode(True, "official downloads answer")


def ensure_official_pulumi(cache: Path | None = None) -> Path:
    """The folder of the official Pulumi CLI: the one on PATH, or else downloaded into the cache.

    Raises:
        KitError: it can't be downloaded.
    """
    from pulumi.automation import PulumiCommand  # half a second that nothing else here needs

    if found := shutil.which("pulumi"):
        return Path(found).parent
    root = (cache or cache_dir()) / "pulumi-official"
    root.mkdir(parents=True, exist_ok=True)
    try:
        command = PulumiCommand.install(root=str(root))
    except Exception as error:  # the installer raises whatever its download and its script give
        raise KitError(
            f"the Pulumi CLI can't be downloaded: {' '.join(str(error).split())}; install it yourself "
            "(https://www.pulumi.com/docs/install/), or set AIRGAP=1 to build it here"
        ) from None
    return Path(command.command).parent


def _probes(docker_host: str | None) -> dict[str, Probe]:
    return {
        "the Pulumi downloads": _ask_pulumi,
        "the image registry": lambda seconds: _ask_registry(docker_host, seconds),
    }


def _ask_pulumi(seconds: float) -> None:
    requests.head(_PULUMI, timeout=seconds, allow_redirects=True).raise_for_status()


def _ask_registry(docker_host: str | None, seconds: float) -> None:
    """Ask through the engine, which is what pulls; directly where there is no engine yet."""
    try:
        engine = connect(docker_host, seconds=_ENGINE_SECONDS)
    except (DockerException, requests.RequestException, OSError):
        answer = requests.get(_REGISTRY, timeout=seconds)
        # a filter in between answers too, but not like a registry
        if "docker-distribution-api-version" not in answer.headers:
            raise KitError("not a registry") from None
        return
    engine.api.timeout = max(1, round(seconds))
    engine.images.get_registry_data(reference("prometheus"))


def _first_failure(probes: Mapping[str, Probe], seconds: float) -> str | None:
    """Name of a probe that failed or had no result in time. All run at once; none can hold us up.

    Timeouts of the network don't cover everything (looking up a name, for one), hence threads that are abandoned.
    """
    results: dict[str, bool] = {}
    changed = threading.Condition()

    def run(name: str, probe: Probe) -> None:
        try:
            probe(seconds)
            fine = True
        except Exception:  # whatever it is, this can't be had
            fine = False
        with changed:
            results[name] = fine
            changed.notify()

    for name, probe in probes.items():
        threading.Thread(target=run, args=(name, probe), daemon=True).start()
    deadline = time.monotonic() + seconds
    with changed:
        while len(results) < len(probes) and all(results.values()):
            if not changed.wait(deadline - time.monotonic()):
                break
        failed = [name for name in probes if not results.get(name, False)]
        # one that said no counts before one that hasn't said anything yet
        failed.sort(key=lambda name: name not in results)
        return failed[0] if failed else None
