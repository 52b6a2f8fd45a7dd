"""The failures a plugin reports: always one clear message for a person, never a traceback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from airgap.plugins.protocol.values import Properties

# In the outputs of a resource that was left half made: the next update replaces it.
INCOMPLETE: Final = "__incomplete"


class PluginError(Exception):
    """Something went wrong; the message says what, and what to do next."""


class Cancelled(PluginError):
    """The person asked to stop (Ctrl-C) while the plugin was waiting."""


class TimedOut(PluginError):
    """A step took longer than the resource's `customTimeouts` allow."""


@dataclass
class InitFailed(Exception):
    """The resource exists but is not as it should be: kept in the state, so that nothing is orphaned.

    The next update runs the resource's update step again, even when no input has changed; outputs with `INCOMPLETE`
    make it a replacement.
    """

    id: str
    outputs: Properties
    reasons: list[str]
