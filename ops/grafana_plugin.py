"""The plugin of Grafana's official provider: whether it is here, and from where it can be had."""

import os
import platform
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from ops.console import say
from ops.errors import OpsError, UsageError
from ops.pulumi_cli import Pulumi

NAME = "grafana"
VERSION = version("pulumiverse-grafana")  # each version of the package asks for the plugin of the same one
OVERRIDES = "PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES"
_PROGRAM = f"pulumi-resource-{NAME}"
_SERVER = "github://api.github.com/pulumiverse"  # as the package says itself (pulumi-plugin.json)
_URL = f"{_SERVER}/pulumi-{NAME}"  # what Pulumi compares overrides with
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class NotAvailable(OpsError):
    """No way to the plugin works."""


def archive_name() -> str:
    """The name that the plugin's archive has where it is released, for this machine."""
    system, machine = platform.system().lower(), platform.machine().lower()
    return f"{_PROGRAM}-v{VERSION}-{system}-{_MACHINES.get(machine, machine)}.tar.gz"


def is_here(env: Mapping[str, str]) -> bool:
    """Whether Pulumi finds the plugin without a download: among its plugins, or on PATH."""
    home = Path(env.get("PULUMI_HOME") or Path(env.get("HOME", "~")).expanduser() / ".pulumi")
    installed = home / "plugins" / f"resource-{NAME}-v{VERSION}"
    # a download that was cut short leaves a mark beside the folder
    if (installed / _PROGRAM).is_file() and not installed.with_name(f"{installed.name}.partial").exists():
        return True
    folders = env.get("PATH", os.defpath).split(os.pathsep)
    return any(os.access(Path(folder) / _PROGRAM, os.X_OK) for folder in folders if folder)


def source(env: Mapping[str, str], *, download: bool, folder: Path) -> str | None:
    """Where `obtain` would try to get the plugin from first, in words; None: nowhere. Nothing is changed."""
    if is_here(env):
        return "it is here"
    if _overridden(env):
        return f"downloaded ({OVERRIDES})"
    if download:
        return "downloaded"
    archive = _archive(folder)
    return f"{folder.name}/{archive.name}" if archive else None


def obtain(pulumi: Pulumi, *, download: bool, folder: Path) -> None:
    """Have the plugin: it is here already; a download, from a mirror where one is set; an archive.

    Args:
        pulumi: of the stack.
        download: whether the internet is asked; a mirror is asked all the same.
        folder: where the archives are.

    Raises:
        NotAvailable: there is none.
        OpsError: an archive is damaged, or of another version.
    """
    if is_here(pulumi.env):
        return
    archive = _archive(folder)
    # else a later version that another program has would do, which this one doesn't ask for
    install = ["plugin", "install", "resource", NAME, VERSION, "--exact"]
    if download or _overridden(pulumi.env):
        say(f"  downloading the plugin {NAME} {VERSION}")
        try:
            pulumi.run([*install, "--server", _SERVER])
        except OpsError as error:
            if archive is None:
                raise NotAvailable(f"the plugin {NAME} {VERSION} can't be downloaded: {error}") from None
        else:
            return
    if archive is None:
        raise NotAvailable(f"no plugin {NAME} {VERSION}")
    say(f"  installing {folder.name}/{archive.name}")
    try:
        pulumi.run([*install, "--file", str(archive)])
    except OpsError as error:
        raise OpsError(
            f"{folder.name}/{archive.name} can't be installed: {error}; download it again, or remove it"
        ) from None
    if not is_here(pulumi.env):
        raise OpsError(f"{folder.name}/{archive.name} holds no program {_PROGRAM}; download it again, or remove it")


def _overridden(env: Mapping[str, str]) -> bool:
    """Whether a mirror is set for this plugin: `REGEX=URL`, several with commas between them, as Pulumi reads it."""
    pairs = (each.partition("=") for each in env.get(OVERRIDES, "").split(","))
    try:
        return any(url and re.search(pattern, _URL) for pattern, _, url in pairs)
    except re.error as error:
        raise UsageError(f"{OVERRIDES} holds no regular expression that can be used: {error}") from None


def _archive(folder: Path) -> Path | None:
    wanted = folder / archive_name()
    if wanted.is_file():
        return wanted
    other = next(iter(sorted(folder.glob(f"{_PROGRAM}-v*"))), None)
    if other is not None:
        raise OpsError(f"{folder.name}/{other.name} isn't the plugin that is needed here, {wanted.name}; remove it")
    return None
