"""What a real Alertmanager delivers to real channels: what was meant, once per group, and nothing is lost."""

import json
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
import requests
from aiosmtpd.controller import Controller

from tests.routing.conftest import Start
from tests.routing.live import ALWAYS, Sink, alert, settled
from tests.support.free_port import free_port
from tests.support.waiting import eventually

CHANNELS = ("email", "slack", "webhook")

# the sink's module switches this warning off; the test runner switches it on again
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def arrived(sink: Sink, name: str, channels: Iterable[str] = CHANNELS, count: int = 1) -> dict[str, dict[str, Any]]:
    """Wait for so many messages about an alert on each channel; the last of each."""

    def on(channel: str) -> list[dict[str, Any]]:
        messages = sink.messages(channel, name)
        return messages if len(messages) >= count else []

    return {
        channel: eventually(partial(on, channel), what=f"message {count} about {name} on {channel}")[-1]
        for channel in channels
    }


def count(sink: Sink, name: str) -> dict[str, int]:
    """How many messages about an alert have arrived, by channel; those without any are left out."""
    found = [message["channel"] for message in sink.messages(contains=name)]
    return {channel: found.count(channel) for channel in sorted(set(found))}


def test_a_critical_alert_goes_to_all_three_channels_once_and_so_does_its_end(sink: Sink, start: Start) -> None:
    alertmanager = start()
    # three of one group, and another alert, which is another group
    group = [alert("RedisDown", instance=f"redis-{number}:9121") for number in (1, 2, 3)]
    alertmanager.fire(*group, alert("Other", service="api"))
    told = arrived(sink, "RedisDown")
    assert told["email"]["to"] == ["urgent@autonomica.ai"]
    assert told["slack"]["to"] == ["#alerts-urgent"]
    assert told["webhook"]["to"] == ["critical"]
    for channel in ("email", "slack"):
        assert (
            told[channel]["subject"]
            == "[FIRING:3] RedisDown redis redis-1:9121, redis-2:9121, redis-3:9121 (critical, prod)"
        )
        assert told[channel]["text"].count("3 alerts: 3 firing") == 1
        assert all(f"redis-{number}:9121" in told[channel]["text"] for number in (1, 2, 3))
        assert "resolved" not in told[channel]["text"].lower()
    assert {call.authorization for call in sink.calls if call.path == "/webhook"} == {"Bearer token-canary"}
    arrived(sink, "Other")
    settled()
    assert count(sink, "RedisDown") == dict.fromkeys(CHANNELS, 1), "each channel hears of the group once"
    assert count(sink, "Other") == dict.fromkeys(CHANNELS, 1)

    alertmanager.fire(*group, resolved=True)
    told = arrived(sink, "RedisDown", count=2)
    for channel in ("email", "slack"):
        assert (
            told[channel]["subject"]
            == "[RESOLVED] RedisDown redis redis-1:9121, redis-2:9121, redis-3:9121 (critical, prod)"
        )
        assert "3 alerts: 3 resolved" in told[channel]["text"]
        assert "firing" not in told[channel]["text"].lower()
    settled()
    assert count(sink, "RedisDown") == dict.fromkeys(CHANNELS, 2)


def test_what_happened_is_written_down(sink: Sink, start: Start) -> None:
    alertmanager = start()
    alertmanager.fire(alert("RedisDown"))
    arrived(sink, "RedisDown")
    file = alertmanager.folder / "data" / "events.jsonl"

    def kinds() -> set[str]:
        return {kind for line in file.read_text().splitlines() for kind in json.loads(line)["data"]}

    eventually(lambda: {"alertCreated", "alertGrouped", "notification"} <= kinds(), what="the notification's event")
    [sent] = [
        event["data"]["notification"]
        for event in map(json.loads, file.read_text().splitlines())
        if event["data"].get("notification", {}).get("integration", {}).get("name") == "slack"
    ]
    assert sent["groupInfo"]["receiverName"] == "critical"
    # as the reloader does with a large one
    file.rename(file.with_name("events.jsonl.1"))
    alertmanager.fire(alert("OtherDown", service="other"))
    arrived(sink, "OtherDown")
    eventually(lambda: file.exists() and "OtherDown" in file.read_text(), what="an event in a new file")


def test_no_page_from_elsewhere_may_read_or_silence(start: Start) -> None:
    alertmanager = start()
    elsewhere = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    for method, path in (("GET", "/alerts"), ("OPTIONS", "/silences"), ("GET", "/status")):
        answer = requests.request(method, alertmanager.url + path, headers=elsewhere, timeout=10)
        assert not [name for name in answer.headers if name.lower().startswith("access-control-allow-origin")], path


def test_a_bot_posts_to_each_channel(sink: Sink, start: Start) -> None:
    alertmanager = start(slack={"token": True, "apiUrl": f"{sink.url}/api/chat.postMessage"})
    for severity, channel in (("critical", "#alerts-urgent"), ("warning", "#alerts")):
        before = len(sink.calls)
        alertmanager.fire(alert("Posted", severity=severity, service=severity))
        eventually(lambda before=before: [c for c in sink.calls[before:] if "/api/" in c.path], what=channel)  # type: ignore[misc]
        assert json.loads(sink.bodies["/api/chat.postMessage"])["channel"] == channel
    settled()
    posts = [call for call in sink.calls if "/api/" in call.path]
    assert [(call.authorization, call.status) for call in posts] == [("Bearer bot-canary", 200)] * 2
    assert sink.messages("slack") == []


def test_a_group_that_changes_is_told_as_a_whole(sink: Sink, start: Start) -> None:
    alertmanager = start()
    first, second = (alert("DiskFull", instance=name) for name in ("a", "b"))
    alertmanager.fire(first)
    arrived(sink, "DiskFull", ["slack"])
    alertmanager.fire(second)
    assert "2 alerts: 2 firing" in arrived(sink, "DiskFull", ["slack"], count=2)["slack"]["text"]
    alertmanager.fire(first, resolved=True)
    third = arrived(sink, "DiskFull", ["slack"], count=3)["slack"]
    assert "[FIRING:1]" in third["subject"]
    assert "2 alerts: 1 firing, 1 resolved" in third["text"]


def test_warnings_reach_the_team_info_slack_alone_and_the_watchdog_nobody(sink: Sink, start: Start) -> None:
    start().fire(alert("Slow", severity="warning"), alert("Odd", severity="info"), alert("Watchdog"))
    told = arrived(sink, "Slow", ["email", "slack"])
    assert (told["email"]["to"], told["slack"]["to"]) == (["team@autonomica.ai"], ["#alerts"])
    assert arrived(sink, "Odd", ["slack"])["slack"]["to"] == ["#alerts"]
    settled()
    assert count(sink, "Slow") == {"email": 1, "slack": 1}
    assert count(sink, "Odd") == {"slack": 1}
    assert count(sink, "Watchdog") == {}, "it is critical by its label, but without a heartbeat it leads nowhere"


def test_what_a_dead_host_explains_is_told_only_when_the_host_is_back(sink: Sink, start: Start) -> None:
    alertmanager = start()
    host, service = (alert(name, host="shop-1", instance="shop-1") for name in ("HostDown", "ServiceDown"))
    alertmanager.fire(host, service, alert("ServiceDown", service="api", host="shop-2"))
    arrived(sink, "HostDown")
    settled()
    assert [message["subject"] for message in sink.messages("slack", "ServiceDown")] == [
        "[FIRING:1] ServiceDown api shop-2 (critical, prod)"
    ]
    alertmanager.fire(host, resolved=True)
    arrived(sink, "[FIRING:2] ServiceDown redis, api (critical, prod)", ["email", "slack"])


@pytest.mark.parametrize(
    ("labels", "subject"),
    [
        ([{"service": "host", "host": "shop-1", "instance": "shop-1"}], "host shop-1"),
        ([{"service": "docker", "host": "shop-1"}], "docker shop-1"),
        ([{"service": "api", "host": "shop-1", "instance": "api:8080"}], "api api:8080"),
        ([{"service": "api", "host": "shop-1", "name": "api"}], "api"),
        ([{"service": "api", "host": "shop-1", "name": "shop-api"}], "api shop-api"),
        ([{"service": "api"}, {"service": "worker"}], "api, worker"),
        ([{"service": "host", "host": name, "disk": disk} for name in "ab" for disk in "xy"], "host a, b"),
        ([{"service": "host", "host": name} for name in "abcde"], "host a, b, c, ..."),
        ([{"service": ""}], ""),
    ],
)
def test_the_subject_says_what_it_is_about(
    labels: list[dict[str, str]], subject: str, sink: Sink, start: Start
) -> None:
    common = alert("Broken")
    start().fire(*({**common, "labels": {**common["labels"], **each}} for each in labels))
    told = arrived(sink, "Broken", ["email", "slack"])
    expected = " ".join(filter(None, (f"[FIRING:{len(labels)}] Broken", subject, "(critical, prod)")))
    assert told["email"]["subject"] == told["slack"]["subject"] == expected


def test_nothing_is_lost_and_nothing_doubled_while_receivers_are_down(sink: Sink, start: Start) -> None:
    alertmanager = start()
    sink.fail(email=True, webhook=True)
    alertmanager.fire(alert("Down"))
    arrived(sink, "Down", ["slack"])
    eventually(
        lambda: [call for call in sink.calls if call.path == "/webhook" and call.status == 503], what="a refusal"
    )
    settled()
    assert count(sink, "Down") == {"slack": 1}, (
        "a channel that works isn't held up, nor told again, by those that don't"
    )
    sink.fail(email=False, webhook=False)
    arrived(sink, "Down")
    settled()
    assert count(sink, "Down") == dict.fromkeys(CHANNELS, 1)


def test_the_heartbeat_comes_once_per_interval_and_to_nobody_else(sink: Sink, start: Start) -> None:
    alertmanager = start(heartbeat={"intervalSeconds": 1})
    begun = time.monotonic()
    alertmanager.fire(alert("Watchdog", severity="info"))
    eventually(lambda: sink.heartbeats() >= 4, what="four heartbeats")
    took = time.monotonic() - begun
    assert 2.5 < took < 8, "the first comes at once, then one per second"
    alertmanager.fire(alert("Watchdog", severity="info"), resolved=True)
    time.sleep(0.6)
    there = sink.heartbeats()
    time.sleep(1.5)
    assert sink.heartbeats() == there, "the end of the Watchdog is told by silence"
    assert sink.messages() == []
    assert {call.path for call in sink.calls if "beat/" in call.path} == {"/heartbeat/canary"}


def test_a_team_is_told_through_channels_of_its_own(sink: Sink, start: Start) -> None:
    alertmanager = start(
        receivers={
            "shop": {"webhook": {"secretUrl": True, "token": True}},
            "search": {"email": ["search@example.com", "lead@example.com"], "slack": "#search"},
        },
        routes=[
            {"receiver": "shop", "match": {"team": "shop"}, "continue": True},
            {"receiver": "search", "match": {"team": "search"}},
        ],
    )
    alertmanager.fire(alert("ShopDown", team="shop"), alert("SearchDown", team="search"))
    arrived(sink, "SearchDown", ["email", "slack"])
    eventually(lambda: len(sink.messages("webhook", "ShopDown")) == 2, what="the shop's copy")
    settled()
    assert sorted(message["to"][0] for message in sink.messages("webhook")) == ["critical", "shop"]
    assert {call.authorization for call in sink.calls if call.path == "/webhook"} == {
        "Bearer token-canary",
        "Bearer shop-canary",
    }
    assert count(sink, "ShopDown") == {"email": 1, "slack": 1, "webhook": 2}
    # told instead of the others
    [mail], [slack] = sink.messages("email", "SearchDown"), sink.messages("slack", "SearchDown")
    assert mail["to"] == ["search@example.com", "lead@example.com"]
    assert slack["to"] == ["#search"]
    assert count(sink, "SearchDown") == {"email": 1, "slack": 1}


def _today_elsewhere() -> tuple[str, list[str]]:
    """A time zone in which it is another day than in UTC, and that day: now and in a minute."""
    now = datetime.now(UTC)
    zone = "Pacific/Kiritimati" if now.hour >= 10 else "Pacific/Pago_Pago"  # 14 hours before, 11 hours after UTC
    moments = [now.astimezone(ZoneInfo(zone)) + timedelta(minutes=more) for more in (0, 1)]
    return zone, sorted({moment.strftime("%A").lower() for moment in moments})


def test_mute_times_hold_in_their_time_zone(sink: Sink, start: Start) -> None:
    zone, today = _today_elsewhere()
    days = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
    alertmanager = start(
        timeZone=zone,
        muteTimes={"today": {"weekdays": today}, "other-days": {"weekdays": sorted(days - {*today})}},
        receivers={"muted": {"slack": "#muted"}, "open": {"slack": "#open"}, "copy": {"slack": "#copy"}},
        routes=[
            {"receiver": "muted", "match": {"team": "a"}, "severities": ["warning"], "mute": ["today"]},
            {"receiver": "open", "match": {"team": "b"}, "severities": ["warning"], "mute": ["other-days"]},
            # it is critical: who is muted isn't told, who is on call is
            {"receiver": "copy", "match": {"team": "c"}, "mute": ["today"], "continue": True},
        ],
    )
    alertmanager.fire(
        alert("Muted", severity="warning", team="a"),
        alert("Open", severity="warning", team="b"),
        alert("Paged", severity="critical", team="c"),
    )
    assert arrived(sink, "Open", ["slack"])["slack"]["to"] == ["#open"]
    arrived(sink, "Paged")
    settled()
    assert count(sink, "Muted") == {}
    assert [message["to"] for message in sink.messages("slack", "Paged")] == [["#alerts-urgent"]]


def test_info_waits_for_business_hours_and_nothing_else_does(sink: Sink, start: Start) -> None:
    zone, today = _today_elsewhere()
    days = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
    closed = {"weekdays": sorted(days - {*today})}
    alertmanager = start(
        timeZone=zone,
        businessHours=closed,
        receivers={"shop": {"slack": "#shop"}},
        routes=[{"receiver": "shop", "match": {"team": "shop"}}],
    )
    alertmanager.fire(
        alert("Odd", severity="info"),
        alert("OddShop", severity="info", team="shop"),
        alert("Slow", severity="warning"),
        alert("Broken", severity="critical", team="shop"),
    )
    arrived(sink, "Slow", ["email", "slack"])
    arrived(sink, "Broken", ["slack"])
    settled()
    assert count(sink, "Odd") == {}
    alertmanager.stop()

    # the next morning
    opened = start(businessHours=ALWAYS)
    opened.fire(alert("Odd", severity="info"))
    arrived(sink, "Odd", ["slack"])


def matchers(link: str) -> list[dict[str, Any]]:
    """What Alertmanager's page makes of the filter in an address: quotes and backslashes stand for themselves."""
    text = unquote(link.partition("?filter=")[2])
    assert text.startswith("{")
    assert text.endswith("}")
    return [
        {"name": name, "value": value, "isRegex": False, "isEqual": True}
        for name, value in re.findall(r'(\w+)="([^"]*)"(?:,|$)', text[1:-1])
    ]


def silence_link(text: str) -> str:
    """The address of the form for a new silence, in a message."""
    [link] = re.findall(r"https://alertmanager\.example\.com/am/#/silences/new[^\s|>\"]*", text)
    return str(link)


def test_the_link_to_silence_a_group_silences_that_group_and_no_other(sink: Sink, start: Start) -> None:
    alertmanager = start()
    same: dict[str, Any] = {"host": "shop-1", "mountpoint": "/var/lib/größe & co+1", "unit": "50 %"}
    same["severity"] = "warning"
    group = [alert("DiskFull", **same, instance=instance) for instance in ("a", "b")]
    alertmanager.fire(*group, alert("DiskFull", **{**same, "host": "shop-2"}, service="api"))
    told = arrived(sink, "DiskFull redis", ["email", "slack"])
    link = silence_link(told["email"]["text"])
    assert silence_link(told["slack"]["raw"]) == link
    assert silence_link(told["email"]["html"].replace("&amp;", "&")) == link
    assert "+" not in link
    found = matchers(link)
    assert {matcher["name"] for matcher in found} == {
        "alertname", "environment", "severity", "service", "host", "mountpoint", "unit",
    }  # fmt: skip
    alertmanager.silence(found)
    states = {entry["labels"]["host"]: entry["status"]["state"] for entry in alertmanager.alerts()}
    assert states == {"shop-1": "suppressed", "shop-2": "active"}


def test_what_a_link_cant_carry_leaves_the_form_empty(sink: Sink, start: Start) -> None:
    values = ['a "quoted" word', "back\\slash", "two\nlines", "x" * 201]
    start().fire(*(alert(f"Unfit{number}", path=value) for number, value in enumerate(values)))
    for number in range(len(values)):
        told = arrived(sink, f"Unfit{number}", ["email", "slack"])
        for text in (told["email"]["text"], told["slack"]["raw"]):
            assert silence_link(text).endswith("#/silences/new")


def test_silences_and_what_was_sent_are_kept_over_a_restart(sink: Sink, start: Start) -> None:
    alertmanager = start()
    loud, quiet = alert("Loud"), alert("Quiet")
    identity = alertmanager.silence([{"name": "alertname", "value": "Quiet", "isRegex": False}])
    alertmanager.fire(loud, quiet)
    arrived(sink, "Loud")
    alertmanager.stop()
    alertmanager.start()
    # Prometheus sends its alerts again and again
    alertmanager.fire(loud, quiet, alert("New"))
    arrived(sink, "New")
    settled()
    assert count(sink, "Quiet") == {}
    assert count(sink, "Loud") == dict.fromkeys(CHANNELS, 1), "what was told before the restart isn't told again"
    [entry] = alertmanager.alerts('alertname="Quiet"')
    assert entry["status"]["silencedBy"] == [identity]


def test_what_is_told_by_http_goes_through_the_proxy_and_a_login_stays(sink: Sink, start: Start) -> None:
    """Nobody answers to these names: only a proxy, which the sink is here, can lead there."""
    webhook = {"url": "http://hooks.invalid/webhook", "token": True}
    alertmanager = start(proxy=sink.url, webhook=webhook, email=None, slack=None)
    told = alert("ThroughProxy")
    alertmanager.fire(told)
    arrived(sink, "ThroughProxy", ["webhook"])
    [call] = [call for call in sink.calls if call.path == "/webhook"]
    assert call.authorization == "Bearer token-canary"


def test_what_needs_no_proxy_is_reached_without(sink: Sink, start: Start) -> None:
    alertmanager = start(proxy="http://127.0.0.1:1", noProxy=["127.0.0.1"], email=None, slack=None)
    alertmanager.fire(alert("Direct"))
    arrived(sink, "Direct", ["webhook"])


def test_a_relay_that_asks_for_no_login_gets_mails(start: Start) -> None:
    mails: list[Any] = []

    class Relay:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
            mails.append(envelope)
            return "250 OK"

    relay = Controller(Relay(), hostname="127.0.0.1", port=free_port())
    relay.start()
    try:
        email = {"smarthost": f"127.0.0.1:{relay.port}", "sender": "alerts@example.com", "requireTls": False}
        start(email=email, slack=None, webhook=None).fire(alert("NoLogin"))
        eventually(lambda: mails, what="the mail")
    finally:
        relay.stop()
    assert mails[0].mail_from == "alerts@example.com"
    assert b"NoLogin" in mails[0].content
