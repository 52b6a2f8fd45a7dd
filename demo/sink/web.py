"""The sink over HTTP: where messages of all channels but e-mail arrive, and where all that came can be read."""

from __future__ import annotations

import hmac
import json
import math
from collections.abc import Callable

from aiohttp import web

from demo.environment import ConfigError, SecretFile
from demo.log import event
from demo.parse import BadInput, shown
from demo.sink.heartbeat import Heartbeat
from demo.sink.mailbox import CHANNELS, Arrival, Channel, Mailbox
from demo.sink.overview import overview
from demo.sink.payloads import read_discord, read_pagerduty, read_slack, read_teams, read_telegram, read_webhook
from demo.sink.switch import Part, Switch

LARGEST_BODY = 1024 * 1024  # bytes


class Web:
    """The HTTP handlers."""

    def __init__(self, mailbox: Mailbox, heartbeat: Heartbeat, switch: Switch, slack_token: SecretFile) -> None:
        self._mailbox = mailbox
        self._heartbeat = heartbeat
        self._switch = switch
        self._slack_token = slack_token

    def add_routes(self, app: web.Application) -> None:
        """Register the routes."""
        app.router.add_post("/slack/{token}", self.slack)
        app.router.add_post("/webhook", self.webhook)
        app.router.add_post("/pagerduty/v2/enqueue", self.pagerduty)
        app.router.add_post("/teams/{token}", self.teams)
        app.router.add_post("/discord/{token}", self.discord)
        app.router.add_post("/telegram/bot{token}/sendMessage", self.telegram)
        app.router.add_post("/heartbeat", self.beat)
        app.router.add_post("/heartbeat/{token}", self.beat)
        app.router.add_get("/heartbeat", self.show_heartbeat)
        app.router.add_get("/messages", self.messages)
        app.router.add_delete("/messages", self.clear_messages)
        app.router.add_get("/faults", self.show_faults)
        app.router.add_post("/faults", self.set_faults)
        app.router.add_delete("/faults", self.clear_faults)
        app.router.add_get("/", self.page)

    async def slack(self, request: web.Request) -> web.Response:
        """``POST /slack/{token}``: answers in Slack's very words: its clients compare them."""
        if not self._token_good(request.match_info["token"]):
            event("slack_token_refused", level="warning")
            return web.Response(status=403, text="invalid_token")
        if self._switch.failing("slack"):
            return web.Response(status=503, text="service_unavailable")
        try:
            arrival = read_slack(await request.read())
        except BadInput as error:
            event("slack_payload_refused", level="warning", problem=str(error))
            return web.Response(status=400, text="invalid_payload")
        self._keep(arrival)
        return web.Response(text="ok")

    async def webhook(self, request: web.Request) -> web.Response:
        """``POST /webhook``: an Alertmanager payload."""
        return web.json_response({"id": self._keep(await self._read("webhook", read_webhook, request))})

    # Whatever token they are called with is taken for right: of these, only what arrives is of interest.

    async def pagerduty(self, request: web.Request) -> web.Response:
        """``POST /pagerduty/v2/enqueue``: an event, as PagerDuty's Events API v2 takes it."""
        key = self._keep(await self._read("pagerduty", read_pagerduty, request))
        return web.json_response({"status": "success", "message": "Event processed", "dedup_key": str(key)}, status=202)

    async def teams(self, request: web.Request) -> web.Response:
        """``POST /teams/{token}``: a card, as a workflow of Microsoft Teams takes it."""
        self._keep(await self._read("teams", read_teams, request))
        return web.Response(status=202)

    async def discord(self, request: web.Request) -> web.Response:
        """``POST /discord/{token}``: a message, as a Discord webhook takes it."""
        self._keep(await self._read("discord", read_discord, request))
        return web.Response(status=204)

    async def telegram(self, request: web.Request) -> web.Response:
        """``POST /telegram/bot{token}/sendMessage``: a message, as Telegram's Bot API takes it."""
        arrival = await self._read("telegram", read_telegram, request)
        sent = {"message_id": self._keep(arrival), "date": 0, "chat": {"id": int(arrival.to[0]), "type": "group"}}
        return web.json_response({"ok": True, "result": sent})

    async def _read(self, channel: Part, read: Callable[[bytes], Arrival], request: web.Request) -> Arrival:
        if self._switch.failing(channel):
            raise web.HTTPServiceUnavailable(text="switched-on fault, try again later")
        return read(await request.read())

    async def beat(self, _request: web.Request) -> web.Response:
        """``POST /heartbeat/{token}``: the call is all that counts, as with the services that it stands for."""
        if self._switch.failing("heartbeat"):
            raise web.HTTPServiceUnavailable(text="switched-on fault, try again later")
        self._heartbeat.beat()
        return web.Response(text="OK")

    async def show_heartbeat(self, _request: web.Request) -> web.Response:
        """``GET /heartbeat``: how many there were, and when the last one came (seconds since 1970)."""
        return web.json_response(self._heartbeat.as_json())

    async def messages(self, request: web.Request) -> web.StreamResponse:
        """``GET /messages?channel=&since=&contains=``: a JSON list in order of arrival.

        Sent message by message: the whole list as one text would need several times its size in memory.
        """
        channel, since = _filters(request)
        contains = request.query.get("contains", "")
        response = web.StreamResponse()
        response.content_type = "application/json"
        response.charset = "utf-8"
        await response.prepare(request)
        separator = "["
        for message in self._mailbox.select(channel, since, contains):
            await response.write(f"{separator}{json.dumps(message.as_json())}".encode())
            separator = ",\n"
        await response.write(b"[]\n" if separator == "[" else b"]\n")
        await response.write_eof()
        return response

    async def clear_messages(self, _request: web.Request) -> web.Response:
        """``DELETE /messages``: forget them all; answers how many."""
        return web.json_response({"deleted": self._mailbox.clear()})

    async def show_faults(self, _request: web.Request) -> web.Response:
        """``GET /faults``: which channels refuse everything."""
        return web.json_response(self._switch.state())

    async def set_faults(self, request: web.Request) -> web.Response:
        """``POST /faults``: make channels refuse, or work again; answers the state of all."""
        self._switch.set(await request.read())
        event("faults_switched", channels=self._switch.state())
        return web.json_response(self._switch.state())

    async def clear_faults(self, _request: web.Request) -> web.Response:
        """``DELETE /faults``: all channels work again."""
        self._switch.clear()
        event("faults_cleared")
        return web.json_response(self._switch.state())

    async def page(self, request: web.Request) -> web.Response:
        """``GET /``: what arrived, for people; ``?refresh=off`` keeps the page still."""
        return overview(self._mailbox, self._heartbeat, self._switch, refresh=request.query.get("refresh") != "off")

    def _keep(self, arrival: Arrival) -> int:
        message = self._mailbox.add(arrival)
        event("message_kept", channel=arrival.channel, id=message.id)
        return message.id

    def _token_good(self, given: str) -> bool:
        try:
            expected = self._slack_token.read()
        except ConfigError as error:
            event("secret_unreadable", level="error", problem=str(error))
            return False
        return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _filters(request: web.Request) -> tuple[Channel | None, float]:
    """The channel and the time asked for; raises `BadInput`."""
    channel = request.query.get("channel")
    if channel is not None and channel not in CHANNELS:
        raise BadInput(f"channel must be one of {', '.join(CHANNELS)}, not {shown(channel)}")
    text = request.query.get("since", "0")
    try:
        since = float(text)
    except ValueError:
        since = math.nan
    if not math.isfinite(since):
        raise BadInput(f"since must be seconds since 1970, like 1767225600.5, not {shown(text)}")
    return channel, since
