"""A real Alertmanager on a free port, and the demo's sink in this process, to which everything is sent."""

import asyncio
import itertools
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import requests
from aiohttp import web
from aiohttp.typedefs import Handler

from config.alertmanager.server import CONFIG_DIRECTORY, DATA_DIRECTORY, EVENTS, arguments
from config.settings.stack import Settings
from demo.environment import SecretFile
from demo.metrics import new_registry
from demo.sink.mailbox import Mailbox
from demo.sink.service import make_app
from tests.routing.amtool import program
from tests.routing.synthetic import with_notifications, write
from tests.support.free_port import free_port
from tests.support.waiting import eventually

T = TypeVar("T")

SLACK_TOKEN = "slack-canary"
SMTP_PASSWORD = "smtp-canary"
# Until a group is sent, and between two looks at it. Settings are in whole seconds: such a second is made shorter in
# what Alertmanager reads, and nothing else is.
PACE = 0.3
ALWAYS = {"times": ["00:00-24:00"]}


def settled() -> None:
    """Wait until what was to be sent has been, and would have been sent twice by now."""
    time.sleep(4 * PACE)


@dataclass
class Call:
    """A request to the sink: its path, its Authorization header, the status it was answered with."""

    path: str
    authorization: str
    status: int


class Sink:
    """The sink, running in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.calls: list[Call] = []
        self.bodies: dict[str, bytes] = {}  # the last one, by path
        self.port, self.mail_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        folder.mkdir(parents=True)
        (folder / "smtp").write_text(SMTP_PASSWORD)
        (folder / "slack").write_text(SLACK_TOKEN)
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._runner = self._wait(self._open())

    def stop(self) -> None:
        """Close both ports."""
        self._wait(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def messages(self, channel: str = "", contains: str = "") -> list[dict[str, Any]]:
        """What has arrived, in order."""
        query = {"contains": contains} | ({"channel": channel} if channel else {})
        found: list[dict[str, Any]] = requests.get(f"{self.url}/messages", params=query, timeout=10).json()
        return found

    def heartbeats(self) -> int:
        """How many there have been."""
        count: int = requests.get(f"{self.url}/heartbeat", timeout=10).json()["count"]
        return count

    def fail(self, **channels: bool) -> None:
        """Make channels refuse what arrives, or work again."""
        requests.post(f"{self.url}/faults", json=channels, timeout=10).raise_for_status()

    async def _open(self) -> web.AppRunner:
        registry = new_registry()
        app, _mail = make_app(
            Mailbox(registry),
            SecretFile("SMTP_PASSWORD_FILE", self._folder / "smtp"),
            SecretFile("SLACK_TOKEN_FILE", self._folder / "slack"),
            registry,
            smtp_port=self.mail_port,
        )
        app.router.add_post("/api/chat.postMessage", _post_message)
        app.middlewares.insert(0, self._note)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        return runner

    @web.middleware
    async def _note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        self.bodies[request.path] = await request.read()
        self.calls.append(Call(request.path, request.headers.get("Authorization", ""), response.status))
        return response

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=20)


async def _post_message(_request: web.Request) -> web.Response:
    """Slack's answer to a bot."""
    return web.json_response({"ok": True})


def settings_for(sink: Sink, folder: Path, **notifications: Any) -> Settings:
    """Every channel leads to the sink, and nobody waits long."""
    soon = {"waitSeconds": 1, "intervalSeconds": 1, "repeatSeconds": 3600}
    chosen: dict[str, Any] = {
        "email": {
            "smarthost": f"127.0.0.1:{sink.mail_port}",
            "sender": "monitoring@autonomica.ai",
            "username": "alertmanager",
            "requireTls": False,
        },
        "slack": {},
        "webhook": {"url": f"{sink.url}/webhook", "token": True},
        "timings": dict.fromkeys(("critical", "warning", "info"), soon),
        "businessHours": ALWAYS,
        **notifications,
    }
    return with_notifications(
        chosen, teams=folder / "teams", alertmanager={"externalUrl": "https://alertmanager.example.com/am/"}
    )


@dataclass
class Alertmanager:
    """The process, with the files and the command line that a stack would give it.

    Attributes:
        settings: the stack's.
        folder: what it reads and keeps.
        secrets: the values of the secrets that the settings make use of.
    """

    settings: Settings
    folder: Path
    secrets: Mapping[str, str]
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v2"

    def start(self) -> None:
        """Start it and wait until it is ready."""
        places = {CONFIG_DIRECTORY: str(self.folder / "etc"), DATA_DIRECTORY: str(self.folder / "data")}
        config = write(self.settings, self.folder / "etc", dict(self.secrets))
        quicker = config.read_text().replace(": 1s\n", f": {PACE * 1000:.0f}ms\n")
        config.write_text(quicker.replace(EVENTS, str(self.folder / "data" / "events.jsonl")))
        command = [
            self._place(argument, places).replace("0.0.0.0:9093", f"127.0.0.1:{self.port}")
            for argument in arguments(self.settings)
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([program("alertmanager"), *command], stdout=log, stderr=log)
        eventually(self._ready, what="Alertmanager is ready")

    def stop(self) -> None:
        """End it as Docker would, so that it writes down what it knows."""
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait(timeout=20)
        self._process = None

    def memory_mb(self) -> float:
        """The most memory that the process has had resident so far, in MB."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024

    def log(self) -> str:
        """What it has said so far."""
        return (self.folder / "log").read_text()

    @staticmethod
    def _place(argument: str, places: Mapping[str, str]) -> str:
        name, _, value = argument.partition("=")
        for old, new in places.items():
            if value == old or value.startswith(f"{old}/"):
                return f"{name}={value.replace(old, new, 1)}"
        return argument

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/-/ready", timeout=1).ok
        except requests.ConnectionError:
            return False

    # what Prometheus and people do

    def fire(self, *alerts: Mapping[str, Mapping[str, str]], resolved: bool = False) -> None:
        """Send alerts, as `alert` makes them, as Prometheus does."""
        now = datetime.now(UTC).isoformat()
        ends = {"endsAt": now} if resolved else {}
        self.post("/alerts", [{**alert, **({} if resolved else {"startsAt": now}), **ends} for alert in alerts])

    def post(self, path: str, body: Any) -> Any:
        """POST to the API."""
        response = requests.post(self.url + path, json=body, timeout=30)
        assert response.ok, response.text
        return response.json() if response.content else None

    def alerts(self, *matchers: str) -> list[dict[str, Any]]:
        """Alerts with their status."""
        found: list[dict[str, Any]] = requests.get(
            f"{self.url}/alerts", params={"filter": list(matchers)}, timeout=10
        ).json()
        return found

    def silence(self, matchers: Sequence[Mapping[str, Any]]) -> str:
        """Silence alerts for an hour; returns the silence's id."""
        now = time.time()
        body = {
            "matchers": list(matchers),
            "startsAt": datetime.fromtimestamp(now - 60, UTC).isoformat(),
            "endsAt": datetime.fromtimestamp(now + 3600, UTC).isoformat(),
            "createdBy": "test",
            "comment": "test",
        }
        identity: str = self.post("/silences", body)["silenceID"]
        return identity


_numbers = itertools.count(1)


def alert(name: str = "", *, annotations: Mapping[str, str] | None = None, **labels: str) -> dict[str, dict[str, str]]:
    """An alert; without a name it gets one of its own."""
    name = name or f"Test{next(_numbers)}"
    return {
        "labels": {"alertname": name, "environment": "prod", "severity": "critical", "service": "redis", **labels},
        "annotations": {
            "summary": f"{name} says something",
            "description": "Something is worse than it should be.",
            "value": "6.0 %",
            "runbook_url": f"docs/runbooks/{name}.md",
            "dashboard_url": "https://grafana.example.com/d/hosts?var-host=shop-1&var-job=node",
            **(annotations or {}),
        },
    }
