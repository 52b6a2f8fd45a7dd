"""What every component needs to know of the stack it belongs to: names, labels, images."""

from dataclasses import dataclass, field

import pulumi_docker as docker

from components.base.images import Images
from config.labels import LABEL, STACK_LABEL
from config.settings.load import Secrets
from config.settings.stack import Settings


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Handed to each component.

    Attributes:
        settings: the checked settings.
        images: where image ids come from.
        secrets: those that the settings make use of.
        parts: part -> its container; each running part enters itself, so that others can wait for it, and the
            operator's tools miss one that is gone.
    """

    settings: Settings
    images: Images
    secrets: Secrets
    parts: dict[str, docker.Container] = field(default_factory=dict)

    def name(self, part: str) -> str:
        """The Docker object's name of a part: `autonomica-<stack>-<part>`."""
        return f"{self.settings.prefix}-{part}"

    def labels(self, part: str, **more: str) -> dict[str, str]:
        """Labels by which the operator's tools find the part."""
        return {STACK_LABEL: self.settings.stack, f"{LABEL}.part": part} | {
            f"{LABEL}.{key}": value for key, value in more.items()
        }


def label_args(labels: dict[str, str]) -> list[docker.ContainerLabelArgs]:
    """Sorted, because the provider compares them as they come."""
    return [docker.ContainerLabelArgs(label=key, value=value) for key, value in sorted(labels.items())]
