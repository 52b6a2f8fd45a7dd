"""Files that the program puts into containers."""

from collections.abc import Iterable
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker


@dataclass(frozen=True, kw_only=True)
class File:
    """A file by absolute path.

    Attributes:
        path: where it lies in the container; it must be on a mounted volume.
        content: its text; a secret stays one in the state and is on no command line and in no environment.
        owner: numeric user id that owns it. A secret is readable for that user alone, anything else for all.
        secret: whether the content is to be kept from other users and from the state.
    """

    path: str
    content: pulumi.Input[str]
    owner: int = 0
    secret: bool = False


def uploads(files: Iterable[File]) -> list[docker.ContainerUploadArgs]:
    """The files as the provider uploads them, in the order given."""
    return [
        docker.ContainerUploadArgs(
            file=file.path,
            content=pulumi.Output.secret(file.content) if file.secret else file.content,
            owner=str(file.owner),
            group=str(file.owner),
            permissions="0400" if file.secret else "0444",
        )
        for file in files
    ]
