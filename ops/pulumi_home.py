"""Pulumi's home folder, made for a local backend: no run leaves anything outside the checkout, nor a log."""

from collections.abc import Mapping
from pathlib import Path

from ops.backend import Backend
from ops.private_file import private_folder, write_private
from ops.project import Project

# Pulumi logs every run to a folder of this name, every property of every resource in it: a third of the time a
# preview with many dashboards takes, megabytes each. No option turns that off; that it can't make the folder does.
_LOGS = "logs"
_INSTEAD = """\
Where Pulumi would keep a folder with a log of every run, with everything in it that it was given.
To have these logs, set PULUMI_HOME to a folder of your own.
"""


def ensure_pulumi_home(project: Project, backend: Backend, env: Mapping[str, str], *, airgap: bool) -> Path | None:
    """The home to give Pulumi; None: the person's, who has logins or downloaded plugins in it, or chose one.

    Args:
        airgap: the plugins are in the checkout.
    """
    if not (airgap and backend.local) or env.get("PULUMI_HOME"):
        return None
    home = private_folder(project.state / "pulumi")
    if not (home / _LOGS).exists():
        write_private(home / _LOGS, _INSTEAD)
    return home
