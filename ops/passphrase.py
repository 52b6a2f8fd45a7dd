"""The passphrase that encrypts the local backend's secrets: made once, kept in one file."""

import secrets
from pathlib import Path

from ops.errors import OpsError
from ops.private_file import private_folder, write_private
from ops.project import Project


def ensure_passphrase(project: Project) -> Path:
    """The passphrase file (0600), generated when there is none.

    Raises:
        OpsError: secrets exist that were encrypted with a passphrase that is gone.
    """
    private_folder(project.state)
    path = project.state / "passphrase"
    if path.is_file():
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        return path
    if any((project.state / "backend").glob(f".pulumi/stacks/{project.name}/*.json")):
        raise OpsError(
            "the passphrase .state/passphrase is gone, so the secrets in .state/backend can't be read; "
            "put the file back, or move .state away and remove this stack's containers to start afresh"
        )
    write_private(path, secrets.token_urlsafe(32))
    return path
