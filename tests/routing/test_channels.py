"""PagerDuty, Microsoft Teams, Telegram, Discord: what a real Alertmanager sends them, and where to."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.routing.amtool import amtool
from tests.routing.conftest import Start
from tests.routing.live import Sink, alert, settled
from tests.routing.synthetic import with_notifications, write
from tests.support.waiting import eventually

# the sink's module switches this warning off; the test runner switches it on again
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

NAMES = ("pagerduty", "teams", "telegram", "discord")
CONFIGS = {"pagerduty": "pagerduty", "teams": "msteamsv2", "telegram": "telegram", "discord": "discord"}
SECRETS = {
    "pagerduty": {"pagerdutyRoutingKey"},
    "teams": {"teamsWebhookUrl"},
    "telegram": {"telegramBotToken"},
    "discord": {"discordWebhookUrl"},
}
ALONE: dict[str, dict[str, Any]] = {"pagerduty": {}, "teams": {}, "telegram": {"chat": -100}, "discord": {}}
EVIL = "<@everyone> **x** [a](https://evil.example) `c` & <b>|| \u202e __y__ ~~z~~"


def channels(sink: Sink) -> dict[str, Any]:
    """The four, leading to the sink."""
    return {
        "pagerduty": {"url": f"{sink.url}/pagerduty/v2/enqueue"},
        "teams": {},
        "telegram": {"chat": -100123, "urgentChat": -100456, "apiUrl": f"{sink.url}/telegram"},
        "discord": {},
    }


def arrived(sink: Sink, name: str, channel: str, count: int = 1) -> dict[str, Any]:
    def enough() -> list[dict[str, Any]]:
        messages = sink.messages(channel, name)
        return messages if len(messages) >= count else []

    return eventually(partial(enough), what=f"message {count} about {name} on {channel}")[-1]


@pytest.mark.parametrize("name", NAMES)
def test_a_channel_alone_is_enough_and_gets_the_warnings(name: str, tmp_path: Path) -> None:
    settings = with_notifications({name: ALONE[name]}, teams=tmp_path / "teams")
    assert settings.notifications.secret_keys == SECRETS[name]
    config = write(settings, tmp_path)
    checked = amtool("check-config", str(config))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    chats = name != "pagerduty"
    for severity, receiver in (("critical",) * 2, ("warning",) * 2, ("info", "info" if chats else "nobody")):
        routed = amtool("config", "routes", "test", f"--config.file={config}", f"severity={severity}")
        assert routed.stdout.strip() == receiver
    assert config.read_text().count(f"{CONFIGS[name]}_configs:") == (3 if chats else 2)


def test_each_gets_critical_alerts_and_their_end(sink: Sink, start: Start) -> None:
    alertmanager = start(**channels(sink))
    group = [alert("RedisDown", instance=f"redis-{number}:9121") for number in range(1, 8)]
    alertmanager.fire(*group)
    told = {name: arrived(sink, "RedisDown", name) for name in NAMES}
    servers = "redis-1:9121, redis-2:9121, redis-3:9121, ..."
    for name, message in told.items():
        assert "redis-1:9121" in message["text"], name
        assert "redis-7:9121" not in message["text"], name
        assert "and 2 more that fire" in message["text"], name
        assert "https://alertmanager.example.com/am/#/silences/new?filter=" in message["text"], name
        assert "docs/runbooks/RedisDown.md" in message["text"], name
    assert told["telegram"]["to"] == ["-100456"]
    assert told["telegram"]["subject"] == f"[FIRING:7] RedisDown redis {servers} (critical, prod)"
    assert (
        told["teams"]["subject"]
        == told["discord"]["subject"]
        == f"(FIRING:7) RedisDown redis {servers}, critical, prod"
    )
    event = json.loads(told["pagerduty"]["raw"])
    assert (event["routing_key"], event["event_action"]) == ("routing-key", "trigger")
    assert event["client_url"].startswith("https://alertmanager.example.com/am/#/alerts?receiver=critical")
    assert {key: event["payload"][key] for key in ("severity", "class", "component", "group")} == {
        "severity": "critical",
        "class": "RedisDown",
        "component": "redis",
        "group": "prod",
    }
    assert {call.path for call in sink.calls} >= {"/teams/flow", "/discord/hook", "/telegram/bot12:bot/sendMessage"}

    alertmanager.fire(*group, resolved=True)
    ended = {name: arrived(sink, "RESOLVED" if name != "pagerduty" else "resolve", name, 1) for name in NAMES}
    assert json.loads(ended["pagerduty"]["raw"])["dedup_key"] == event["dedup_key"], "it ends the same incident"
    settled()
    for name in NAMES:
        assert len(sink.messages(name)) == 2, name


def test_warnings_page_nobody_and_info_goes_to_the_chats(sink: Sink, start: Start) -> None:
    start(**channels(sink)).fire(alert("Slow", severity="warning"), alert("Odd", severity="info"))
    for name in ("teams", "telegram", "discord"):
        arrived(sink, "Slow", name)
        arrived(sink, "Odd", name)
    assert arrived(sink, "Slow", "telegram")["to"] == ["-100123"]
    settled()
    assert sink.messages("pagerduty") == []


def test_a_further_receiver_has_its_own(sink: Sink, start: Start) -> None:
    own = {"pagerduty": channels(sink)["pagerduty"], "teams": {}, "discord": {}, "telegram": 42}
    start(**channels(sink), receivers={"shop": own}, routes=[{"receiver": "shop", "match": {"team": "shop"}}]).fire(
        alert("Sold", team="shop", severity="warning")
    )
    told = {name: arrived(sink, "Sold", name) for name in NAMES}
    assert told["telegram"]["to"] == ["42"]
    event = json.loads(told["pagerduty"]["raw"])
    assert (event["routing_key"], event["payload"]["severity"]) == ("routing-key-shop", "warning")
    settled()
    posts = {call.path for call in sink.calls if "/teams/" in call.path or "/discord/" in call.path}
    assert posts == {"/teams/flow-shop", "/discord/hook-shop"}


def test_no_value_is_markup_or_too_long(sink: Sink, start: Start) -> None:
    annotations = dict.fromkeys(("summary", "description", "value"), EVIL + " x" * 3000)
    labels = {f"label_{number}": f"{EVIL} {number}" for number in range(20)}
    alertmanager = start(**channels(sink))
    alertmanager.fire(*(alert("Evil", annotations=annotations, instance=str(n), **labels) for n in range(30)))
    for name in ("teams", "discord"):
        message = arrived(sink, "Evil", name)
        shown = message["text"] + message["subject"]
        # our own links and headings are all the markup there is
        assert not [mark for mark in ("<", "`", "~", "__", "||", "[a]", "**x", "\u202e") if mark in shown], shown
        assert len(message["raw"]) < 28_000, "Teams takes 28 KB"
    assert len(arrived(sink, "Evil", "telegram")["text"]) <= 4096
    assert len(arrived(sink, "Evil", "pagerduty")["raw"]) < 512_000


@pytest.mark.parametrize("name", NAMES)
def test_what_a_channel_refuses_for_a_while_is_sent_again(name: str, sink: Sink, start: Start) -> None:
    alertmanager = start(**channels(sink))
    sink.fail(**{name: True})
    alertmanager.fire(alert("Again"))
    eventually(lambda: [call for call in sink.calls if call.status == 503], what="a refusal")
    sink.fail(**{name: False})
    arrived(sink, "Again", name)
