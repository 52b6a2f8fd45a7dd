"""Telegram."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from config.settings.base import HttpUrl
from config.settings.channels.base import Channel, Config, Severity, credential_file, template


def _not_none(chat: int) -> int:
    if chat == 0:
        raise ValueError("0 is no chat; a person's number is positive, a group's negative")
    return chat


ChatId = Annotated[int, AfterValidator(_not_none), Field(ge=-(2**52), le=2**52, examples=[-1001234567890])]


class TelegramChannel(Channel):
    """Messages of a bot in Telegram chats; the bot's token is the secret `telegramBotToken`.

    The bot has to be a member of the chats; `urgentChat`, for critical alerts, is the same one if left out.
    """

    title = "Telegram"
    configs = "telegram_configs"
    secrets = ("telegramBotToken",)

    chat: ChatId
    urgent_chat: ChatId | None = None
    api_url: HttpUrl = "https://api.telegram.org"

    def told(self, severity: Severity) -> int:
        return self.urgent_chat or self.chat if severity == "critical" else self.chat

    def secret_keys(self, suffix: str = "") -> Iterator[str]:  # noqa: ARG002 - one bot for all
        yield from self.secrets

    def config(self, address: int, suffix: str = "") -> Config:  # noqa: ARG002
        return {
            "bot_token_file": credential_file("telegramBotToken"),
            "api_url": self.api_url,
            "chat_id": address,
            "send_resolved": True,
            # plain text: a value can be no markup, and what Alertmanager cuts is whole all the same
            "parse_mode": "",
            "message": template("plain.text"),
        }
