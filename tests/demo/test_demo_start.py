"""How a service starts and stops: environment, secrets, signals, the image's health check."""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web

from config.health_checks import python_get
from demo import serve
from demo.app import on_stop
from demo.environment import ConfigError, Environment
from demo.log import JsonLine, configure, describe, event
from tests.support.free_port import free_port

ROOT = Path(__file__).parents[2]
CANARY = "canary-5f2a"


def start(service: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "demo", service],
        cwd=ROOT,
        env={"PYTHONDONTWRITEBYTECODE": "1", "PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("LISTEN_PORT", "http", "LISTEN_PORT=http is no port: use a whole number from 1 to 65535"),
        ("LISTEN_PORT", "0", "LISTEN_PORT=0 is no port"),
        ("LISTEN_PORT", "70000", "LISTEN_PORT=70000 is no port"),
        ("LISTEN_PORT", "\u0668\u0660", "is no port"),
        ("LOAD_RATE", "-1", "LOAD_RATE=-1 is out of range: use a number from 0 to 200"),
        ("LOAD_RATE", "nan", "LOAD_RATE=nan is out of range"),
        ("LOAD_RATE", "fast", "LOAD_RATE=fast is out of range"),
        ("API_URL", "api:8080", "API_URL=api:8080 is no address: use one like http://api:8080"),
        ("API_URL", "http://", "API_URL=http:// is no address"),
        ("API_URL", "http://api:x", "API_URL=http://api:x is no address"),
        ("API_URL", "", "API_URL is not set"),
    ],
)
def test_a_wrong_environment_is_named(name: str, value: str, sentence: str) -> None:
    environment = Environment({name: value})
    readers: dict[str, Callable[[], object]] = {
        "LISTEN_PORT": lambda: environment.port(name, 8080),
        "LOAD_RATE": lambda: environment.number(name, 5, 0, 200),
        "API_URL": lambda: environment.url(name),
    }
    with pytest.raises(ConfigError) as caught:
        readers[name]()
    assert sentence in str(caught.value)


def test_secrets_are_read_anew_at_each_use(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("first\n")
    secret = Environment({"X_FILE": str(path)}).secret("X_FILE")
    assert secret.read() == "first"
    path.write_text("second")
    assert secret.read() == "second"


def test_a_missing_or_empty_secret_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n")
    for name in ("absent", "empty", "."):
        with pytest.raises(ConfigError, match=r"^X_FILE="):
            Environment({"X_FILE": str(tmp_path / name)}).secret("X_FILE")


@pytest.mark.parametrize("service", ["api", "frontend", "worker", "load", "sink"])
def test_each_service_says_in_one_line_what_is_missing(service: str) -> None:
    process = start(service)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert errors == ""
    (line,) = output.splitlines()
    assert "is not set" in json.loads(line)["problem"]


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["api", "x"]])
def test_wrong_use_is_one_line(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "demo", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "say which service to run" in done.stderr


def test_a_service_without_its_dependencies_lives_waits_and_stops_cleanly(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(CANARY)
    port = free_port()
    environment = {
        "POSTGRES_HOST": "127.0.0.1",
        "POSTGRES_PORT": "1",
        "POSTGRES_USER": "demo",
        "POSTGRES_DB": "demo",
        "POSTGRES_PASSWORD_FILE": str(secret),
        "REDIS_HOST": "127.0.0.1",
        "REDIS_PORT": "1",
        "REDIS_PASSWORD_FILE": str(secret),
        "LISTEN_PORT": str(port),
    }
    process = start("api", **environment)
    try:
        status, body = wait_for_answer(f"http://127.0.0.1:{port}/healthz")
        assert status == 503
        assert set(json.loads(body)["dependencies"]) == {"postgres", "redis"}
        assert healthcheck(port) == 1
        time.sleep(1)
        assert process.poll() is None
        again = start("api", **environment)
        output, _ = again.communicate(timeout=30)
        assert again.returncode == 1
        assert "start_failed" in [json.loads(line)["event"] for line in output.splitlines()]
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=10)
        assert time.monotonic() - asked < 5
        assert process.returncode == 0
    finally:
        process.kill()
    assert CANARY not in output + errors
    events = [json.loads(line)["event"] for line in output.splitlines()]
    assert events[-1] == "stopped"
    assert events.count("dependency_away") == 2  # told once each, not once per try


def _once_started(app: web.Application, after: float, action: Callable[[], None]) -> None:
    """Do something some seconds after the service has started: SIGTERM, which it handles by then, ends tests before."""

    async def begin(_app: web.Application) -> None:
        threading.Timer(after, action).start()

    app.on_startup.append(begin)


def _terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_a_clean_up_that_hangs_does_not_keep_the_service_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "STOP_TIME", 0.2)

    async def hang() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await asyncio.sleep(60)  # goes on although cancelled

    app = web.Application()
    on_stop(app, hang)
    port = free_port()
    _once_started(app, 0.5, _terminate)
    start = time.monotonic()
    assert serve.run(serve.Service("x", app, port)) == 0
    assert time.monotonic() - start < 30


@pytest.mark.parametrize(("seconds", "answered"), [(0.8, True), (60, False)])
def test_requests_in_progress_are_answered_if_it_does_not_take_long(seconds: float, answered: bool) -> None:
    async def slow(_request: web.Request) -> web.Response:
        await asyncio.sleep(seconds)
        return web.Response(text="answered")

    app = web.Application()
    app.router.add_get("/slow", slow)
    port = free_port()
    got: list[int] = []
    over = threading.Event()

    def request() -> None:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET", "/slow")
            got.append(connection.getresponse().status)
        over.set()

    _once_started(app, 0.5, request)
    _once_started(app, 0.9, _terminate)
    start = time.monotonic()
    assert serve.run(serve.Service("x", app, port)) == 0
    assert time.monotonic() - start < 30
    assert over.wait(10)
    assert got == ([200] if answered else [])
    # a loop that is left to the garbage collector resets the handlers of whatever runs then
    handled = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    gc.collect()
    assert signal.signal(signal.SIGTERM, handled) is signal.SIG_IGN


def test_the_health_check_knows_a_healthy_service(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(CANARY)
    port, smtp_port = free_port(), free_port()
    process = start(
        "sink",
        SMTP_PASSWORD_FILE=str(secret),
        SLACK_TOKEN_FILE=str(secret),
        LISTEN_PORT=str(port),
        SMTP_PORT=str(smtp_port),
    )
    try:
        assert wait_for_answer(f"http://127.0.0.1:{port}/healthz")[0] == 200
        assert healthcheck(port) == 0
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=10)
    assert healthcheck(port) == 1
    assert CANARY not in output


def test_a_log_line_is_json_without_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    configure("api")
    event("something", level="warning", count=3)
    error = ValueError("first line\nsecond line")
    logging.getLogger("library").error("it failed", exc_info=error)
    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first) | {"time": ""} == {
        "time": "",
        "level": "warning",
        "service": "api",
        "event": "something",
        "count": 3,
    }
    assert json.loads(second)["problem"] == "ValueError: first line"
    assert isinstance(logging.getLogger().handlers[0].formatter, JsonLine)
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


def test_an_error_is_described_with_its_cause() -> None:
    error = OSError("the database is away")
    error.__cause__ = TimeoutError("no answer")
    assert describe(error) == "OSError: the database is away (TimeoutError: no answer)"


def healthcheck(port: int) -> int:
    _, *words = python_get((port, "/healthz"))
    return subprocess.run(words, capture_output=True, check=False, timeout=20).returncode


def wait_for_answer(url: str, seconds: float = 20) -> tuple[int, str]:
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=3) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
