"""The channels: one class each, listed here."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from config.settings.base import Email, Model, SlackName, field_types
from config.settings.channels.base import Channel
from config.settings.channels.discord import DiscordChannel
from config.settings.channels.email import EmailChannel
from config.settings.channels.pagerduty import PagerdutyChannel
from config.settings.channels.slack import SlackChannel
from config.settings.channels.teams import TeamsChannel
from config.settings.channels.telegram import ChatId, TelegramChannel
from config.settings.channels.webhook import WebhookChannel


class ChannelSettings(Model):
    """The channels of a stack; one that is left out isn't configured."""

    email: EmailChannel | None = None
    slack: SlackChannel | None = None
    webhook: WebhookChannel | None = None
    pagerduty: PagerdutyChannel | None = None
    teams: TeamsChannel | None = None
    telegram: TelegramChannel | None = None
    discord: DiscordChannel | None = None

    @property
    def channels(self) -> dict[str, Channel]:
        """Those that the stack has, by name."""
        return {name: channel for name in NAMES if (channel := getattr(self, name)) is not None}


class ReceiverSettings(Model):
    """A further receiver: an address on channels of the stack, channels of its own, or several of these."""

    # they share one line of the mail's head, and such a line has a limit
    email: Annotated[tuple[Email, ...], Field(max_length=10, examples=[["shop@example.com"]])] = ()
    slack: SlackName | None = None
    webhook: WebhookChannel | None = None
    pagerduty: PagerdutyChannel | None = None
    teams: TeamsChannel | None = None
    telegram: ChatId | None = None
    discord: DiscordChannel | None = None

    @property
    def addresses(self) -> dict[str, Any]:
        """Name of the channel -> the address on it, or a channel of its own."""
        return {name: address for name in NAMES if (address := getattr(self, name))}

    def on(self, channels: Mapping[str, Channel]) -> Iterator[tuple[str, Channel | None, Any]]:
        """Name, channel (None if the stack lacks it) and address of everything that it tells."""
        for name, address in self.addresses.items():
            yield name, address if isinstance(address, Channel) else channels.get(name), address


TYPES = field_types(ChannelSettings, Channel)  # type: ignore[type-abstract]
NAMES = tuple(TYPES)
