"""The sink's own faults: a channel that refuses what arrives, for tests of retries."""

from __future__ import annotations

from demo.parse import flag, json_object, only
from demo.sink.mailbox import CHANNELS, Channel


class Switch:
    """Which channels refuse everything for now. Kept in memory: a restart switches all on again."""

    def __init__(self) -> None:
        self._failing: dict[Channel, bool] = dict.fromkeys(CHANNELS, False)

    def failing(self, channel: Channel) -> bool:
        """Whether the channel is to answer errors."""
        return self._failing[channel]

    def state(self) -> dict[str, bool]:
        """All channels; true: it answers errors."""
        return {str(channel): failing for channel, failing in self._failing.items()}

    def set(self, body: bytes) -> None:
        """Apply ``{"email": true, "slack": false}``; channels not named stay. Raises `BadInput`."""
        fields = json_object(body)
        only(fields, CHANNELS)
        changes = {channel: flag(fields, channel) for channel in CHANNELS if channel in fields}
        self._failing.update(changes)

    def clear(self) -> None:
        """All channels work again."""
        self._failing = dict.fromkeys(CHANNELS, False)
