"""The sink's page: what arrived, newest first, one column per channel."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from aiohttp import web

from demo.page import html_page
from demo.sink.heartbeat import Heartbeat
from demo.sink.mailbox import CHANNELS, Channel, Mailbox, Message
from demo.sink.switch import Switch

SHOWN = 50  # messages per channel
SHOWN_TEXT = 4_000  # characters of each
REFRESH_SECONDS = 5
# those of the dev stack; another one is shown once something has come
_ALWAYS = ("email", "slack", "webhook")
TITLES: dict[Channel, str] = {
    "email": "E-mail",
    "slack": "Slack",
    "webhook": "Webhook",
    "pagerduty": "PagerDuty",
    "teams": "Microsoft Teams",
    "telegram": "Telegram",
    "discord": "Discord",
}


def overview(mailbox: Mailbox, heartbeat: Heartbeat, switch: Switch, *, refresh: bool) -> web.Response:
    """The page; everything that came from outside is escaped."""
    columns = "".join(
        _column(channel, mailbox, switch) for channel in CHANNELS if channel in _ALWAYS or mailbox.has(channel)
    )
    toggle = (
        f'refreshes every {REFRESH_SECONDS} s · <a href="/?refresh=off">hold still</a>'
        if refresh
        else 'held still · <a href="/">refresh</a>'
    )
    body = (
        f'<header><h1>Notifications</h1><span class="mute">{heartbeat.age()} · {toggle} · '
        '<a href="/messages">as JSON</a></span>'
        f'</header><main class="columns">{columns}</main>'
    )
    return html_page("Notifications", body, refresh_seconds=REFRESH_SECONDS if refresh else 0)


def _column(channel: Channel, mailbox: Mailbox, switch: Switch) -> str:
    messages = list(mailbox.select(channel))
    newest = messages[: -SHOWN - 1 : -1]
    failing = " · switched to fail" if switch.failing(channel) else ""
    shown = f", the newest {SHOWN} shown" if len(messages) > SHOWN else ""
    articles = "".join(_article(message) for message in newest) or '<p class="mute">Nothing yet.</p>'
    count = f'<span class="mute">{len(messages)}{shown}{failing}</span>'
    return f'<section id="{channel}"><h2>{TITLES[channel]} {count}</h2>{articles}</section>'


def _article(message: Message) -> str:
    content = message.content
    when = datetime.fromtimestamp(message.received_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    text = content.text[:SHOWN_TEXT] + (" …" if len(content.text) > SHOWN_TEXT else "")
    return (
        f'<article class="{_state(content.subject)}"><h3>{escape(content.subject or "(no subject)")}</h3>'
        f'<div class="mute">{when} · {escape(", ".join(content.to))}</div><pre>{escape(text)}</pre></article>'
    )


def _state(subject: str) -> str:
    upper = subject.upper()
    if "RESOLVED" in upper:
        return "resolved"
    return "firing" if "FIRING" in upper else "other"
