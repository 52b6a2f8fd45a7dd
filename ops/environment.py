"""The environment Pulumi runs in: what is on PATH, which state, which passphrase file. No secret is in it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ops.backend import Backend
from ops.project import Project


def pulumi_environment(
    project: Project,
    backend: Backend,
    env: Mapping[str, str],
    *,
    airgap: bool,
    passphrase_file: Path | None,
    home: Path | None = None,
) -> dict[str, str]:
    """The variables of every Pulumi command.

    Args:
        env: what the command line was started with.
        airgap: put the built CLI and plugin in front, and keep Pulumi off the network.
        passphrase_file: given for the local backend only; another backend's passphrase is the person's affair.
        home: Pulumi's own folder, where it isn't the person's.
    """
    child = dict(env)
    python = Path(sys.prefix) / "bin"  # the language host runs the program with the first python on PATH
    inherited = [folder for folder in env.get("PATH", os.defpath).split(os.pathsep) if folder]
    if airgap:
        folders = [python, project.state / "bin", *inherited]
        child["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
    else:
        folders = [python, *inherited]
    child["PATH"] = os.pathsep.join(str(folder) for folder in folders)
    child["PULUMI_SKIP_UPDATE_CHECK"] = "1"
    child["PULUMI_BACKEND_URL"] = backend.url
    if backend.local:
        # the state knows how it was encrypted: a lost generated file costs nothing
        child["PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER"] = "true"
    if passphrase_file is not None:
        child.pop("PULUMI_CONFIG_PASSPHRASE", None)
        child["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(passphrase_file)
    if home is not None:
        child["PULUMI_HOME"] = str(home)
    return child


def with_first_on_path(env: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The same variables with one more folder in front of PATH."""
    return {**env, "PATH": os.pathsep.join([str(folder), env.get("PATH", "")])}
