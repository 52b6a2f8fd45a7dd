"""What has arrived, in memory, within bounds."""

from __future__ import annotations

import itertools
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge

Channel = Literal["email", "slack", "webhook", "pagerduty", "teams", "telegram", "discord"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)

MOST_MESSAGES = 2_000
MOST_BYTES = 20 * 1024 * 1024  # of the texts as they lie in memory
LONGEST_TEXT = 64 * 1024  # characters kept of a message's text, HTML and raw form, each
LONGEST_LINE = 500  # characters kept of a subject or an address
MOST_RECIPIENTS = 100


@dataclass(frozen=True)
class Arrival:
    """A message as a channel hands it over; `html` where there was some, `raw` as it came over the wire."""

    channel: Channel
    to: tuple[str, ...]
    subject: str
    text: str
    raw: str
    html: str | None = None


@dataclass(frozen=True)
class Message:
    """A kept message. `received_at`: seconds since 1970; `truncated`: some of it was too long to be kept."""

    id: int
    received_at: float
    content: Arrival
    truncated: bool

    def as_json(self) -> dict[str, object]:
        """The message as ``GET /messages`` shows it; ``html`` is left out where there is none."""
        content = self.content
        shown: dict[str, object] = {
            "id": self.id,
            "channel": content.channel,
            "receivedAt": self.received_at,
            "to": list(content.to),
            "subject": content.subject,
            "text": content.text,
            "raw": content.raw,
            "truncated": self.truncated,
        }
        if content.html is not None:
            shown["html"] = content.html
        return shown

    def contains(self, wanted: str) -> bool:
        """Whether `wanted` (in lower case) occurs in any part of the message, upper and lower case alike."""
        content = self.content
        parts = (content.subject, content.text, content.html or "", content.raw, *content.to)
        return any(wanted in part.lower() for part in parts)

    @property
    def size(self) -> int:
        """Bytes of memory that the texts take."""
        content = self.content
        parts = (content.subject, content.text, content.html or "", content.raw, *content.to)
        return sum(sys.getsizeof(part) for part in parts)


class Mailbox:
    """The newest messages: at most `MOST_MESSAGES` and `MOST_BYTES`; older ones make room."""

    def __init__(
        self, registry: CollectorRegistry, most_messages: int = MOST_MESSAGES, most_bytes: int = MOST_BYTES
    ) -> None:
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._messages: deque[Message] = deque()
        self._ids = itertools.count(1)
        self._bytes = 0
        self._total = Counter("sink_messages_total", "Messages that arrived.", ["channel"], registry=registry)
        for channel in CHANNELS:
            self._total.labels(channel)
        kept = Gauge("sink_messages_kept", "Messages in memory.", registry=registry)
        kept.set_function(lambda: len(self._messages))
        used = Gauge("sink_messages_bytes", "Memory that the kept messages take.", registry=registry)
        used.set_function(lambda: self._bytes)

    def add(self, arrival: Arrival) -> Message:
        """Keep a message, cut to size."""
        fitted = _fit(arrival)
        message = Message(next(self._ids), time.time(), fitted, truncated=fitted != _clean(arrival))
        self._messages.append(message)
        self._bytes += message.size
        self._total.labels(arrival.channel).inc()
        while len(self._messages) > self._most_messages or self._bytes > self._most_bytes:
            self._bytes -= self._messages.popleft().size
        return message

    def select(self, channel: Channel | None = None, since: float = 0.0, contains: str = "") -> Iterator[Message]:
        """Messages in order of arrival: of one channel, received at `since` or later, containing a text."""
        wanted = contains.lower()
        # A copy of the list, not of the messages: it may be read slowly while more arrive.
        for message in list(self._messages):
            if channel not in (None, message.content.channel) or message.received_at < since:
                continue
            if not wanted or message.contains(wanted):
                yield message

    def has(self, channel: Channel) -> bool:
        """Whether a message of a channel is kept."""
        return any(message.content.channel == channel for message in self._messages)

    def clear(self) -> int:
        """Forget everything; returns how many messages went."""
        count = len(self._messages)
        self._messages.clear()
        self._bytes = 0
        return count


def _clean(arrival: Arrival) -> Arrival:
    """Without halves of surrogate pairs, which can arrive but can't be sent on as UTF-8."""
    return Arrival(
        channel=arrival.channel,
        to=tuple(_utf8(address) for address in arrival.to),
        subject=_utf8(arrival.subject),
        text=_utf8(arrival.text),
        raw=_utf8(arrival.raw),
        html=None if arrival.html is None else _utf8(arrival.html),
    )


def _fit(arrival: Arrival) -> Arrival:
    clean = _clean(arrival)
    return Arrival(
        channel=clean.channel,
        to=tuple(address[:LONGEST_LINE] for address in clean.to[:MOST_RECIPIENTS]),
        subject=clean.subject[:LONGEST_LINE],
        text=clean.text[:LONGEST_TEXT],
        raw=clean.raw[:LONGEST_TEXT],
        html=None if clean.html is None else clean.html[:LONGEST_TEXT],
    )


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
