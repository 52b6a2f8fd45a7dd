"""The sink's own faults: a channel that refuses what arrives, for tests of retries."""

from __future__ import annotations

from typing import Literal

from demo.parse import flag, json_object, only
from demo.sink.mailbox import CHANNELS, Channel

Part = Channel | Literal["heartbeat"]
PARTS: tuple[Part, ...] = (*CHANNELS, "heartbeat")


class Switch:
    """Which channels, or the heartbeat, refuse everything for now. Kept in memory: a restart switches all on again."""

    def __init__(self) -> None:
        self._failing: dict[Part, bool] = dict.fromkeys(PARTS, False)

    def failing(self, part: Part) -> bool:
        """Whether it is to answer errors."""
        return self._failing[part]

    def state(self) -> dict[str, bool]:
        """All of them; true: it answers errors."""
        return {str(part): failing for part, failing in self._failing.items()}

    def set(self, body: bytes) -> None:
        """Apply ``{"email": true, "slack": false}``; what isn't named stays. Raises `BadInput`."""
        fields = json_object(body)
        only(fields, PARTS)
        changes = {part: flag(fields, part) for part in PARTS if part in fields}
        self._failing.update(changes)

    def clear(self) -> None:
        """Everything works again."""
        self._failing = dict.fromkeys(PARTS, False)
