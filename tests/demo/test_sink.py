"""The notification sink: mail, Slack, webhook, what it shows, its bounds and its fault switch."""

from __future__ import annotations

import asyncio
import json
import smtplib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from demo.environment import SecretFile
from demo.metrics import new_registry
from demo.sink.mail import LARGEST_MAIL, decode_mail
from demo.sink.mailbox import CHANNELS, LONGEST_TEXT, Arrival, Mailbox
from demo.sink.service import make_app
from tests.demo.fakes import Client, client_of, sample
from tests.support.free_port import free_port

# The module switches this warning off; the test runner switches it on again.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

PASSWORD = "smtp-canary-77"
TOKEN = "T0/B0/slack-canary".replace("/", "-")
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\" onload='x'</pre></article>"


class Stage:
    def __init__(self, client: Client, mail_port: int, registry: CollectorRegistry) -> None:
        self.client = client
        self.mail_port = mail_port
        self.registry = registry

    async def messages(self, query: str = "") -> list[dict[str, object]]:
        answer = await self.client.get(f"/messages{query}")
        assert answer.status == 200, await answer.text()
        listed = await answer.json()
        assert isinstance(listed, list)
        return listed

    async def mail(self, message: EmailMessage, password: str = PASSWORD) -> None:
        await asyncio.to_thread(self._mail, message, password)

    def _mail(self, message: EmailMessage, password: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.mail_port, timeout=10) as connection:
            connection.login("alertmanager", password)
            connection.send_message(message)


def run(tmp_path: Path, test: Callable[[Stage], Awaitable[None]]) -> None:
    @asynccontextmanager
    async def stage() -> AsyncIterator[Stage]:
        (tmp_path / "smtp").write_text(PASSWORD + "\n")
        (tmp_path / "slack").write_text(TOKEN + "\n")
        registry = new_registry()
        app, listener = make_app(
            Mailbox(registry),
            SecretFile("SMTP_PASSWORD_FILE", tmp_path / "smtp"),
            SecretFile("SLACK_TOKEN_FILE", tmp_path / "slack"),
            registry,
            smtp_port=free_port(),
        )
        async with client_of(app) as client:
            yield Stage(client, listener.port, registry)

    async def go() -> None:
        async with stage() as ready:
            await test(ready)

    asyncio.run(go())


def alert_mail(subject: str = "[FIRING:1] ApiErrors") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "alerts@autonomica.ai"
    message["To"] = "team@autonomica.ai"
    message["Subject"] = subject
    message.set_content("Fehlerquote über 5 %: ✗")
    message.add_alternative("<p>Fehlerquote <b>über</b> 5&nbsp;%</p>", subtype="html")
    return message


def webhook_payload(**changes: object) -> dict[str, object]:
    return {
        "version": "4",
        "groupKey": "{}:{}",
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "custom",
        "groupLabels": {"alertname": "RedisDown"},
        "commonLabels": {"alertname": "RedisDown"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": [
            {
                "status": "firing",
                "labels": {"alertname": "RedisDown", "severity": "critical"},
                "annotations": {"summary": "Redis is down"},
            }
        ],
        **changes,
    }


# --- mail


def test_a_mail_arrives_decoded(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        before = time.time()
        await stage.mail(alert_mail("[FIRING:1] Störung ✗"))
        (message,) = await stage.messages("?channel=email")
        assert message["to"] == ["team@autonomica.ai"]
        assert message["subject"] == "[FIRING:1] Störung ✗"
        assert str(message["text"]).strip() == "Fehlerquote über 5 %: ✗"
        assert "<b>über</b>" in str(message["html"])
        assert "From: alerts@autonomica.ai" in str(message["raw"])
        assert isinstance(message["receivedAt"], float)
        assert before <= message["receivedAt"] <= time.time()
        assert sample(stage.registry, "sink_messages_total", channel="email") == 1

    run(tmp_path, test)


def test_a_wrong_password_is_refused_and_nothing_kept(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        for wrong in ("nonsense", PASSWORD + "x", PASSWORD[:-1]):
            with pytest.raises(smtplib.SMTPAuthenticationError):
                await stage.mail(alert_mail(), password=wrong)
        assert await stage.messages() == []

    run(tmp_path, test)


def test_a_changed_password_holds_at_once(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        (tmp_path / "smtp").write_text("renewed")
        await stage.mail(alert_mail(), password="renewed")
        with pytest.raises(smtplib.SMTPAuthenticationError):
            await stage.mail(alert_mail())

    run(tmp_path, test)


def test_mail_without_login_is_refused(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        def send() -> None:
            with smtplib.SMTP("127.0.0.1", stage.mail_port, timeout=10) as connection:
                connection.send_message(alert_mail())

        with pytest.raises(smtplib.SMTPException, match="530"):
            await asyncio.to_thread(send)
        assert await stage.messages() == []

    run(tmp_path, test)


def test_login_is_offered_the_way_alertmanager_needs_it(tmp_path: Path) -> None:
    """LOGIN only (Go refuses PLAIN without TLS), with exactly the prompts Alertmanager knows."""

    def talk(port: int) -> list[str]:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            stream = connection.makefile("rwb", buffering=0)
            heard = [stream.readline().decode()]
            stream.write(b"EHLO localhost\r\n")
            while True:
                heard.append(stream.readline().decode())
                if heard[-1].startswith("250 "):
                    break
            stream.write(b"AUTH LOGIN\r\n")
            heard.append(stream.readline().decode())
            stream.write(b"YWxlcnRtYW5hZ2Vy\r\n")
            heard.append(stream.readline().decode())
            return [line.strip() for line in heard]

    async def test(stage: Stage) -> None:
        heard = await asyncio.to_thread(talk, stage.mail_port)
        offers = [line[4:] for line in heard if line[4:].startswith("AUTH")]
        assert offers
        assert {word for offer in offers for word in offer.replace("=", " ").split()} == {"AUTH", "LOGIN"}
        assert heard[-2:] == ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"]  # Username:, Password:

    run(tmp_path, test)


def test_a_mail_that_is_too_large_is_refused(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        message = EmailMessage()
        message["To"] = "team@autonomica.ai"
        message["From"] = "a@b.c"
        message.set_content("x\n" * (LARGEST_MAIL // 2))
        with pytest.raises(smtplib.SMTPException):
            await stage.mail(message)
        assert await stage.messages() == []

    run(tmp_path, test)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: =?utf-8?b?////?=\r\n\r\nx",
        b"Subject: =?nonsense?q?x?=\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n\xff",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n",
        b"Content-Type: text/plain; charset*=utf-8''%\r\nTo: <@@>,;:\r\n\r\nbody",
        b"Content-Type: multipart/mixed\r\n" * 50,
        b"Subject: " + b"=?utf-8?q?" + b"a" * 10_000 + b"\r\n\r\nx",
        b"Content-Transfer-Encoding: base64\r\n\r\n%%%%",
        b"Content-Type: text/html\r\n\r\n<p>hidden<style>a{}</style><script>b</script> & <b>shown",
    ],
)
def test_any_bytes_are_kept_as_mail(raw: bytes) -> None:
    arrival = decode_mail(raw, ("a@b.c",))
    Mailbox(CollectorRegistry()).add(arrival)
    assert arrival.raw == raw.decode("utf-8", "replace")


def test_an_html_only_mail_has_text_too() -> None:
    raw = b"Content-Type: text/html\r\n\r\n<head><style>p{}</style></head><p>Disk <b>full</b></p>"
    arrival = decode_mail(raw, ())
    assert arrival.text == "Disk\nfull"
    assert arrival.html is not None


# --- Slack


@pytest.mark.parametrize(
    ("payload", "subject", "text"),
    [
        ({"text": "hello\nworld"}, "hello", "hello\nworld"),
        (
            {"channel": "#alerts", "attachments": [{"title": "[FIRING:1] X", "text": "body", "fallback": "f"}]},
            "[FIRING:1] X",
            "[FIRING:1] X\nbody",
        ),
        ({"attachments": [{"fallback": "only this"}]}, "only this", "only this"),
        (
            {"attachments": [{"fields": [{"title": "env", "value": "dev"}], "footer": "end"}]},
            "env: dev",
            "env: dev\nend",
        ),
        (
            {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "block"}}]},
            "block",
            "block",
        ),
    ],
)
def test_a_slack_message_arrives(tmp_path: Path, payload: object, subject: str, text: str) -> None:
    async def test(stage: Stage) -> None:
        answer = await stage.client.post(f"/slack/{TOKEN}", json=payload)
        # Alertmanager compares the body to the letter.
        assert (answer.status, await answer.read()) == (200, b"ok")
        assert answer.content_type == "text/plain"
        (message,) = await stage.messages("?channel=slack")
        assert (message["subject"], message["text"]) == (subject, text)
        assert json.loads(str(message["raw"])) == payload

    run(tmp_path, test)


@pytest.mark.parametrize("token", ["wrong", TOKEN + "x", TOKEN[:-1], "%F0%9F%98%80", "%00"])
def test_a_wrong_token_is_refused_whatever_the_payload(tmp_path: Path, token: str) -> None:
    async def test(stage: Stage) -> None:
        for body in (b'{"text": "x"}', b"nonsense"):
            answer = await stage.client.post(f"/slack/{token}", data=body)
            assert (answer.status, await answer.text()) == (403, "invalid_token")
        assert await stage.messages() == []

    run(tmp_path, test)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"text": ""}',
        b'{"text": 3}',
        b'{"attachments": "x"}',
        b'{"attachments": ["x"]}',
        b'{"blocks": {}}',
        b"\xff",
        b"[" * 100_000,
        b'{"text": ' + b"9" * 5000 + b"}",
    ],
)
def test_an_invalid_slack_payload_is_refused(tmp_path: Path, body: bytes) -> None:
    async def test(stage: Stage) -> None:
        answer = await stage.client.post(f"/slack/{TOKEN}", data=body)
        assert (answer.status, await answer.text()) == (400, "invalid_payload")
        assert await stage.messages() == []

    run(tmp_path, test)


# --- other channels: each knows its own shape

EVENT: dict[str, object] = {
    "routing_key": "k",
    "event_action": "trigger",
    "dedup_key": "d",
    "payload": {"summary": "down", "source": "am", "severity": "critical", "custom_details": {"firing": "x is down"}},
}
BLOCKS = [{"type": "TextBlock", "text": "title"}, {"type": "TextBlock", "text": "text"}]
CARD: dict[str, object] = {"type": "message", "attachments": [{"content": {"type": "AdaptiveCard", "body": BLOCKS}}]}
POSTS: dict[str, tuple[str, dict[str, object], int, str, str]] = {
    "pagerduty": ("/pagerduty/v2/enqueue", EVENT, 202, "trigger: down", "firing: x is down"),
    "teams": ("/teams/t", CARD, 202, "title", "text"),
    "discord": ("/discord/t", {"embeds": [{"title": "title", "description": "text"}]}, 204, "title", "text"),
    "telegram": ("/telegram/bot1:t/sendMessage", {"chat_id": "-5", "text": "title\ntext"}, 200, "title", "title\ntext"),
}


@pytest.mark.parametrize("channel", POSTS)
def test_a_message_of_another_channel_arrives(tmp_path: Path, channel: str) -> None:
    path, body, status, subject, text = POSTS[channel]

    async def test(stage: Stage) -> None:
        assert (await stage.client.post(path, json=body)).status == status
        (message,) = await stage.messages(f"?channel={channel}")
        assert (message["subject"], message["text"]) == (subject, text)
        assert f'id="{channel}"' in await (await stage.client.get("/?refresh=off")).text()

    run(tmp_path, test)


@pytest.mark.parametrize(
    ("channel", "body", "sentence"),
    [
        ("pagerduty", {**EVENT, "routing_key": ""}, "needs routing_key"),
        ("pagerduty", {**EVENT, "event_action": "shout"}, "event_action"),
        ("pagerduty", {**EVENT, "payload": {"summary": "x"}}, "summary, source and severity"),
        ("pagerduty", {**EVENT, "payload": {"summary": "x", "source": "y", "severity": "bad"}}, "severity must be"),
        ("pagerduty", {"routing_key": "k", "event_action": "resolve"}, "dedup_key"),
        ("teams", {"text": "x"}, "AdaptiveCard"),
        ("teams", {"attachments": [{"content": {"type": "AdaptiveCard", "body": []}}]}, "no text"),
        ("discord", {"embeds": [{"title": ""}]}, "empty message"),
        ("discord", {"embeds": ["x"]}, "list of objects"),
        ("discord", {"content": "x" * 2001}, "2000"),
        ("telegram", {"chat_id": "shop", "text": "x"}, "chat not found"),
        ("telegram", {"chat_id": 5, "text": " "}, "text is empty"),
        ("telegram", {"chat_id": 5, "text": "x" * 4097}, "too long"),
    ],
)
def test_what_another_channel_would_refuse_is_refused(
    tmp_path: Path, channel: str, body: dict[str, object], sentence: str
) -> None:
    async def test(stage: Stage) -> None:
        answer = await stage.client.post(POSTS[channel][0], json=body)
        assert answer.status == 400
        assert sentence in (await answer.json())["error"]
        assert await stage.messages() == []

    run(tmp_path, test)


# --- webhook


def test_a_webhook_payload_arrives(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        assert (await stage.client.post("/webhook", json=webhook_payload())).status == 200
        (message,) = await stage.messages("?channel=webhook")
        assert message["to"] == ["custom"]
        assert message["subject"] == "[FIRING:1] RedisDown"
        assert message["text"] == "firing: alertname=RedisDown, severity=critical\n  summary: Redis is down"

    run(tmp_path, test)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"version": "3"}, 'version must be "4"'),
        ({"version": 4}, 'version must be "4"'),
        ({"status": "maybe"}, "status must be"),
        ({"status": ["firing"]}, "status must be"),
        ({"receiver": None}, "receiver must be a text"),
        ({"groupKey": 3}, "groupKey must be a text"),
        ({"alerts": []}, "alerts must be a list"),
        ({"alerts": "x"}, "alerts must be a list"),
        ({"alerts": ["x"]}, "each alert needs"),
        ({"alerts": [{"status": "firing", "labels": {}}]}, "each alert needs"),
    ],
)
def test_what_is_no_webhook_payload_is_refused(tmp_path: Path, change: dict[str, object], sentence: str) -> None:
    async def test(stage: Stage) -> None:
        answer = await stage.client.post("/webhook", json=webhook_payload(**change))
        assert answer.status == 400
        assert sentence in (await answer.json())["error"]
        assert await stage.messages() == []

    run(tmp_path, test)


def test_a_body_that_is_too_large_is_refused(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        body = b'{"text": "' + b"x" * 1_100_000 + b'"}'
        for path in (f"/slack/{TOKEN}", "/webhook"):
            assert (await stage.client.post(path, data=body)).status == 413
        assert await stage.messages() == []

    run(tmp_path, test)


# --- heartbeat


def test_heartbeats_are_counted_not_kept(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        assert await (await stage.client.get("/heartbeat")).json() == {"count": 0, "lastAt": None}
        assert "no heartbeat yet" in await (await stage.client.get("/")).text()
        before = time.time()
        for path in ("/heartbeat", "/heartbeat/some-token"):
            assert (await stage.client.post(path, json=webhook_payload())).status == 200
        state = await (await stage.client.get("/heartbeat")).json()
        assert state["count"] == 2
        assert before <= state["lastAt"] <= time.time()
        assert sample(stage.registry, "sink_heartbeats_total") == 2
        assert sample(stage.registry, "sink_heartbeat_timestamp_seconds") == state["lastAt"]
        assert "last heartbeat 0 s ago" in await (await stage.client.get("/")).text()
        assert await stage.messages() == []

    run(tmp_path, test)


def test_a_heartbeat_that_is_refused_does_not_count(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        await stage.client.post("/faults", json={"heartbeat": True})
        assert (await stage.client.post("/heartbeat/x")).status == 503
        assert (await (await stage.client.get("/heartbeat")).json())["count"] == 0
        await stage.client.delete("/faults")
        assert (await stage.client.post("/heartbeat/x")).status == 200

    run(tmp_path, test)


# --- reading


def test_messages_are_filtered_in_order_of_arrival_and_deleted(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        await stage.client.post(f"/slack/{TOKEN}", json={"text": "one ApiErrors"})
        await stage.client.post("/webhook", json=webhook_payload())
        await asyncio.sleep(0.01)
        moment = time.time()
        await stage.client.post(f"/slack/{TOKEN}", json={"text": "two"})
        assert [message["channel"] for message in await stage.messages()] == ["slack", "webhook", "slack"]
        assert [message["text"] for message in await stage.messages("?channel=slack")] == ["one ApiErrors", "two"]
        assert len(await stage.messages(f"?since={moment}")) == 1
        assert len(await stage.messages("?contains=apierrors")) == 1
        assert await stage.messages("?channel=email") == []
        assert await (await stage.client.delete("/messages")).json() == {"deleted": 3}
        assert await stage.messages() == []

    run(tmp_path, test)


@pytest.mark.parametrize("query", ["?channel=fax", "?channel=", "?since=yesterday", "?since=nan", "?since=inf"])
def test_wrong_filters_are_refused(tmp_path: Path, query: str) -> None:
    async def test(stage: Stage) -> None:
        answer = await stage.client.get(f"/messages{query}")
        assert answer.status == 400
        assert "must be" in (await answer.json())["error"]

    run(tmp_path, test)


def test_hostile_content_is_shown_not_run(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "a@b.c", "team@autonomica.ai", EVIL
        mail.set_content(EVIL)
        await stage.mail(mail)
        attachment = {"title": EVIL, "text": EVIL}
        await stage.client.post(f"/slack/{TOKEN}", json={"channel": EVIL, "attachments": [attachment]})
        await stage.client.post("/webhook", json=webhook_payload(receiver=EVIL, commonLabels={"alertname": EVIL}))
        answer = await stage.client.get("/")
        page = await answer.text()
        assert answer.status == 200
        assert "<script" not in page.lower()
        assert "<img" not in page
        assert page.count("&lt;script&gt;") >= 6
        assert page.count("<article") == page.count("</article>") == 3
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert 'http-equiv="refresh"' in page
        assert 'http-equiv="refresh"' not in await (await stage.client.get("/?refresh=off")).text()
        # JSON is served as JSON, so that no browser takes a message for a page.
        assert (await stage.client.get("/messages")).content_type == "application/json"

    run(tmp_path, test)


def test_the_page_shows_the_newest_first(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        for number in range(60):
            await stage.client.post(f"/slack/{TOKEN}", json={"text": f"number-{number:02}"})
        page = await (await stage.client.get("/")).text()
        assert page.index("number-59") < page.index("number-58") < page.index("number-10")
        assert "number-09" not in page
        assert "60, the newest 50 shown" in page

    run(tmp_path, test)


def test_broken_characters_do_not_break_the_page(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        body = b'{"text": "half \\ud83d and \\u0000", "channel": "\\udfff"}'
        assert (await stage.client.post(f"/slack/{TOKEN}", data=body)).status == 200
        assert (await stage.client.get("/")).status == 200
        assert len(await stage.messages()) == 1

    run(tmp_path, test)


# --- bounds


def arrival(text: str) -> Arrival:
    return Arrival("slack", (), "s", text, "r")


def test_only_the_newest_messages_are_kept() -> None:
    registry = CollectorRegistry()
    mailbox = Mailbox(registry, most_messages=3)
    for number in range(5):
        mailbox.add(arrival(f"text {number}"))
    assert [message.content.text for message in mailbox.select()] == ["text 2", "text 3", "text 4"]
    assert [message.id for message in mailbox.select()] == [3, 4, 5]
    assert sample(registry, "sink_messages_total", channel="slack") == 5


def test_memory_is_bounded_in_bytes_not_in_characters() -> None:
    registry = CollectorRegistry()
    mailbox = Mailbox(registry, most_bytes=1_000_000)
    for _ in range(50):
        mailbox.add(arrival("😀" * 50_000))  # four bytes each in memory
    used = sample(registry, "sink_messages_bytes")
    assert used is not None
    assert 600_000 < used <= 1_000_000
    assert len(list(mailbox.select())) == 4
    mailbox.clear()
    assert sample(registry, "sink_messages_bytes") == 0


def test_a_long_message_is_cut_and_says_so() -> None:
    mailbox = Mailbox(CollectorRegistry())
    assert not mailbox.add(arrival("x" * LONGEST_TEXT)).truncated
    message = mailbox.add(arrival("x" * (LONGEST_TEXT + 1)))
    assert message.truncated
    assert len(message.content.text) == LONGEST_TEXT
    assert not mailbox.add(arrival("half \ud83d")).truncated


# --- fault switch


def test_channels_fail_when_switched_and_work_again(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        state = await (await stage.client.post("/faults", json={"email": True, "slack": True})).json()
        assert {part for part, failing in state.items() if failing} == {"email", "slack"}
        assert set(state) == {*CHANNELS, "heartbeat"}
        with pytest.raises(smtplib.SMTPDataError) as caught:
            await stage.mail(alert_mail())
        assert caught.value.smtp_code == 451
        assert (await stage.client.post(f"/slack/{TOKEN}", json={"text": "x"})).status == 503
        assert (await stage.client.post("/slack/wrong", json={"text": "x"})).status == 403
        assert (await stage.client.post("/webhook", json=webhook_payload())).status == 200
        await stage.client.post("/faults", json={"webhook": True, "email": False})
        assert (await stage.client.post("/webhook", json=webhook_payload())).status == 503
        await stage.mail(alert_mail())
        assert await (await stage.client.delete("/faults")).json() == dict.fromkeys(state, False)
        assert (await stage.client.post(f"/slack/{TOKEN}", json={"text": "x"})).status == 200
        assert (await stage.client.get("/healthz")).status == 200
        assert [message["channel"] for message in await stage.messages()] == ["webhook", "email", "slack"]

    run(tmp_path, test)


@pytest.mark.parametrize("body", [b"x", b"[]", b'{"fax": true}', b'{"email": 1}', b'{"email": "true"}'])
def test_a_bad_switch_changes_nothing(tmp_path: Path, body: bytes) -> None:
    async def test(stage: Stage) -> None:
        assert (await stage.client.post("/faults", data=body)).status == 400
        assert not any((await (await stage.client.get("/faults")).json()).values())

    run(tmp_path, test)
