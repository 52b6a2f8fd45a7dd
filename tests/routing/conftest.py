"""A sink, and Alertmanagers that send to it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.routing.live import SLACK_TOKEN, SMTP_PASSWORD, Alertmanager, Sink, settings_for

Start = Callable[..., Alertmanager]


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    running = Sink(tmp_path / "sink")
    yield running
    running.stop()


@pytest.fixture
def start(sink: Sink, tmp_path: Path) -> Iterator[Start]:
    """Starts an Alertmanager with these settings of `notifications` besides those of `settings_for`."""
    running: list[Alertmanager] = []

    def started(**notifications: Any) -> Alertmanager:
        folder = tmp_path / f"alertmanager-{len(running)}"
        folder.mkdir()
        secrets = {
            "smtpPassword": SMTP_PASSWORD,
            "slackWebhookUrl": f"{sink.url}/slack/{SLACK_TOKEN}",
            "heartbeatUrl": f"{sink.url}/heartbeat/canary",
            "slackToken": "bot-canary",
            "webhookToken": "token-canary",
            "webhookUrl-shop": f"{sink.url}/webhook",
            "webhookToken-shop": "shop-canary",
            "telegramBotToken": "12:bot",
            **{
                f"{key}{suffix}": f"{value}{suffix}"
                for suffix in ("", "-shop")
                for key, value in {
                    "pagerdutyRoutingKey": "routing-key",
                    "teamsWebhookUrl": f"{sink.url}/teams/flow",
                    "discordWebhookUrl": f"{sink.url}/discord/hook",
                }.items()
            },
        }
        one = Alertmanager(settings_for(sink, tmp_path, **notifications), folder, secrets)
        running.append(one)
        one.start()
        return one

    yield started
    for one in running:
        one.stop()
