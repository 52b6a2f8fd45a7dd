"""Slack."""

import re
from collections.abc import Iterator
from typing import Self

from pydantic import model_validator

from config.settings.base import CHANNEL_ID, HttpUrl, SlackName
from config.settings.channels.base import Channel, Config, Severity, bearer, credential_file, template


class SlackChannel(Channel):
    """Slack notifications, through an incoming webhook, whose URL is the secret `slackWebhookUrl`, or by a bot.

    A webhook of a Slack app posts to its own channel, whatever channel is asked for; only those of the older
    integration can choose. With `token`, a bot posts to each channel: its token is the secret `slackToken`, and
    `apiUrl` the method that it calls.
    """

    title = "Slack"
    configs = "slack_configs"
    secrets = ("slackToken", "slackWebhookUrl")

    channel: SlackName = "#alerts"
    urgent_channel: SlackName = "#alerts-urgent"
    token: bool = False
    api_url: HttpUrl = "https://slack.com/api/chat.postMessage"

    def address_problem(self, address: str) -> str | None:
        """A webhook knows channels by their names only."""
        if self.token or not re.fullmatch(CHANNEL_ID, address):
            return None
        return f"only a bot can post to a channel by its id, '{address}'; set token: true under slack, or write #name"

    @model_validator(mode="after")
    def _known_channels(self) -> Self:
        for channel in (self.channel, self.urgent_channel):
            if problem := self.address_problem(channel):
                raise ValueError(problem)
        return self

    def told(self, severity: Severity) -> str:
        return self.urgent_channel if severity == "critical" else self.channel

    def secret_keys(self, suffix: str = "") -> Iterator[str]:  # noqa: ARG002 - one account for all
        yield "slackToken" if self.token else "slackWebhookUrl"

    def config(self, address: str, suffix: str = "") -> Config:  # noqa: ARG002
        way: Config = {"api_url_file": credential_file("slackWebhookUrl")}
        if self.token:
            way = {"api_url": self.api_url, "http_config": bearer("slackToken")}
        return {
            **way,
            "channel": address,
            "send_resolved": True,
            "color": template("slack.color"),
            "title": template("slack.title"),
            "title_link": template("alerts_url"),
            "text": template("slack.text"),
            "fallback": template("slack.title"),
            # Alertmanager's default puts a line about itself here
            "footer": "",
        }
