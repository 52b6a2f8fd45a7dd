"""The demo's services as processes, with a real PostgreSQL and a real Redis; skipped where those aren't installed."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.free_port import free_port

ROOT = Path(__file__).parents[2]
REDIS = shutil.which("redis-server")
POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
CANARY = f"canary-{secrets.token_hex(8)}"
READER_CANARY = f"canary-{secrets.token_hex(8)}"

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(REDIS is None, reason="no redis-server on this machine"),
    pytest.mark.skipif(POSTGRES is None, reason="no PostgreSQL server on this machine"),
    pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("runuser"), reason="PostgreSQL doesn't run as root"),
]


def until(met: Callable[[], bool], what: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def ask(port: int, path: str, method: str = "GET", body: object = None) -> tuple[int, str]:
    """Status and body of a request; status 0 when nothing answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def metric(port: int, series: str) -> float:
    """A series' value as the metrics page shows it; 0 when it isn't there."""
    for line in ask(port, "/metrics")[1].splitlines():
        if line.startswith(f"{series} "):
            return float(line.rsplit(" ", 1)[1])
    return 0.0


@contextmanager
def process(command: list[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(command, **options)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(10)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@dataclass
class Demo:
    """The running services: their ports, and what starts and stops them."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def healthy(self, *services: str) -> bool:
        return all(ask(self.ports[service], "/healthz")[0] == 200 for service in services)

    def start_redis(self) -> None:
        assert REDIS is not None
        config = self.folder / "redis.conf"
        config.write_text(
            f"port {self.ports['redis']}\nbind 127.0.0.1\nrequirepass {CANARY}\ndir {self.folder}\n"
            "save 3600 1\nappendonly no\n"
        )
        self.running["redis"] = subprocess.Popen([REDIS, str(config)], stdout=subprocess.DEVNULL)

    def start_service(self, name: str) -> None:
        address = "http://127.0.0.1"
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": str(self.ports["postgres"]),
            "POSTGRES_USER": "demo",
            "POSTGRES_DB": "demo",
            "POSTGRES_PASSWORD_FILE": str(self.folder / "password"),
            "POSTGRES_READER_PASSWORD_FILE": str(self.folder / "reader-password"),
            "REDIS_HOST": "127.0.0.1",
            "REDIS_PORT": str(self.ports["redis"]),
            "REDIS_PASSWORD_FILE": str(self.folder / "password"),
            "API_URL": f"{address}:{self.ports['api']}",
            "FRONTEND_URL": f"{address}:{self.ports['frontend']}",
            "LISTEN_PORT": str(self.ports[name]),
            "LOAD_RATE": "20",
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "demo", name], cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def as_reader(self, command: str) -> str:
        """What PostgreSQL says to a command of the login that may only read."""
        assert POSTGRES is not None
        where = ["-h", "127.0.0.1", "-p", str(self.ports["postgres"]), "-U", "reader", "-d", "demo"]
        done = subprocess.run(
            [str(POSTGRES / "psql"), "-X", "-A", "-t", *where, "-c", command],
            env={**os.environ, "PGPASSWORD": READER_CANARY},
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        return (done.stdout + done.stderr).strip()

    def stop(self, name: str) -> tuple[int, float]:
        """Stop a service as Docker does; returns its exit code and how long it took."""
        start = time.monotonic()
        self.running[name].send_signal(signal.SIGTERM)
        return self.running[name].wait(20), time.monotonic() - start


@contextmanager
def postgres(folder: Path, port: int) -> Iterator[None]:
    assert POSTGRES is not None
    data, password = folder / "pg", folder / "pg-password"
    password.write_text(CANARY)
    become: list[str] = []
    if os.geteuid() == 0:
        become = ["runuser", "-u", "postgres", "--"]
        for path in [folder, *list(folder.parents)[:2]]:
            path.chmod(0o755)
        shutil.chown(password, "postgres")
        data.mkdir()
        shutil.chown(data, "postgres")
    make = [str(POSTGRES / "initdb"), "-D", str(data), "-U", "demo", "--no-sync"]
    subprocess.run(
        [*become, *make, "--auth=scram-sha-256", f"--pwfile={password}"],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    server = [str(POSTGRES / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", ""]
    with process([*become, *server, "-c", "fsync=off"], cwd=folder, stderr=subprocess.DEVNULL):
        environment = {**os.environ, "PGPASSWORD": CANARY}
        create = [str(POSTGRES / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "demo", "demo"]

        def created() -> bool:
            return subprocess.run(create, env=environment, capture_output=True, check=False).returncode == 0

        until(created, "PostgreSQL starts")
        yield


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    stage = Demo(tmp_path)
    for name in ("postgres", "redis", "api", "frontend", "worker", "load"):
        stage.ports[name] = free_port()
    (tmp_path / "password").write_text(CANARY)
    (tmp_path / "reader-password").write_text(READER_CANARY)
    with ExitStack() as stack:
        # The services first: they wait for what they need.
        for name in ("load", "frontend", "worker", "api"):
            stage.start_service(name)
        until(lambda: all(ask(stage.ports[name], "/healthz")[0] for name in ("api", "worker")), "they listen")
        assert ask(stage.ports["api"], "/healthz")[0] == 503
        stack.enter_context(postgres(tmp_path, stage.ports["postgres"]))
        stage.start_redis()
        until(lambda: stage.healthy("api", "frontend", "worker", "load"), "all services are ready")
        try:
            yield stage
        finally:
            for running in stage.running.values():
                if running.poll() is None:
                    running.kill()
                running.wait()


def test_orders_flow_faults_hold_and_bad_days_pass(demo: Demo) -> None:
    """One run through everything, since starting the servers is what takes the time."""
    api, worker, load = demo.ports["api"], demo.ports["worker"], demo.ports["load"]

    # Orders flow from the load generator through to the worker, and are shown.
    until(lambda: metric(worker, 'worker_jobs_total{result="done"}') >= 3, "the worker does jobs")
    assert metric(api, "orders_created_total") >= 3
    assert metric(api, 'http_requests_total{method="POST",route="/orders",status="201"}') >= 3
    # The connection of a new table and of the first commands may fail a request, later ones don't.
    errors = metric(load, 'load_requests_total{result="5xx",target="api"}')
    order = {"item": "tea <b>", "quantity": 3, "price_euro": 2.5}
    status, body = ask(api, "/orders", "POST", order)
    assert status == 201
    number = json.loads(body)["id"]
    until(lambda: json.loads(ask(api, f"/orders/{number}")[1])["status"] == "done", "the order is done")
    until(lambda: "tea &lt;b&gt;" in ask(demo.ports["frontend"], "/")[1], "the page shows it")
    assert metric(load, 'load_requests_total{result="5xx",target="api"}') == errors

    # The login for readers reads, and changes nothing.
    assert demo.as_reader("SELECT count(*) > 0 FROM orders") == "t"
    assert "read-only transaction" in demo.as_reader("DELETE FROM orders")
    assert "permission denied" in demo.as_reader("SET default_transaction_read_only = off; DELETE FROM orders")

    # Errors on, errors off.
    assert ask(load, "/faults", "POST", {"service": "api", "errors": 1.0})[0] == 200
    until(lambda: ask(api, "/orders")[0] == 500, "the fault is seen")
    assert ask(api, "/healthz")[0] == 200
    ask(load, "/faults", "DELETE")
    until(lambda: ask(api, "/orders")[0] == 200, "the fault is gone")

    # A crash loop: two seconds, exit code 1, and again after a restart, since Redis keeps the fault.
    ask(load, "/faults", "POST", {"service": "worker", "crash_loop": True})
    assert demo.running["worker"].wait(10) == 1
    start = time.monotonic()
    demo.start_service("worker")
    assert demo.running["worker"].wait(10) == 1
    assert time.monotonic() - start >= 2
    until(lambda: ask(api, "/orders")[0] == 200, "the API is not touched by it")
    ask(load, "/faults", "DELETE")
    demo.start_service("worker")
    until(lambda: demo.healthy("worker"), "the worker is back")

    # Redis goes away: reads go on, orders wait, nothing dies; it comes back and so do they.
    demo.running["redis"].terminate()
    demo.running["redis"].wait(10)
    until(lambda: ask(api, "/healthz")[0] == 503, "the API notices")
    assert "redis" in ask(api, "/healthz")[1]
    until(lambda: ask(worker, "/healthz")[0] == 503, "the worker notices")
    assert ask(api, "/orders")[0] == 200
    assert ask(api, "/orders", "POST", order)[0] == 503
    assert ask(load, "/faults")[0] == 503
    demo.start_redis()
    until(lambda: demo.healthy("api", "worker", "load", "frontend"), "all are ready again")
    before = metric(worker, 'worker_jobs_total{result="done"}')
    until(lambda: metric(worker, 'worker_jobs_total{result="done"}') > before, "the worker works again")
    # Nothing is left in the list of those in work but what is being worked on.
    until(lambda: metric(worker, "worker_queue_length") < 20, "the queue's length is known and small")

    # All stop in time, slow requests in progress included, and no secret is in any log.
    ask(load, "/faults", "POST", {"service": "api", "latency_seconds": 30})
    time.sleep(4)  # requests in progress pile up behind it
    for name in ("load", "api", "frontend", "worker"):
        code, seconds = demo.stop(name)
        assert (code, seconds < 5) == (0, True), f"{name}: code {code} after {seconds:.1f} s"
    for name in ("load", "api", "frontend", "worker"):
        text = (demo.folder / f"{name}.log").read_text()
        assert CANARY not in text
        assert READER_CANARY not in text
        assert "Traceback" not in text
        for line in text.splitlines():
            assert json.loads(line)["service"] == name


def test_postgres_restarts_without_losing_jobs(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A cut of all database connections, as a restart makes it, costs at most a few answers 503."""
    api, worker = demo.ports["api"], demo.ports["worker"]
    until(lambda: metric(worker, 'worker_jobs_total{result="done"}') >= 3, "the worker does jobs")
    assert POSTGRES is not None
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'demo-%'"
    subprocess.run(
        [str(POSTGRES / "psql"), "-h", "127.0.0.1", "-p", str(demo.ports["postgres"]), "-U", "demo", "-c", cut],
        env={**os.environ, "PGPASSWORD": CANARY},
        cwd=tmp_path_factory.getbasetemp(),
        check=True,
        capture_output=True,
    )
    order = {"item": "tea", "quantity": 1, "price_euro": 1}
    until(lambda: ask(api, "/orders", "POST", order)[0] == 201, "there are new connections", seconds=3)
    until(lambda: demo.healthy("api", "worker"), "both are well")
    status, body = ask(api, "/orders", "POST", order)
    assert status == 201
    number = json.loads(body)["id"]
    until(lambda: json.loads(ask(api, f"/orders/{number}")[1])["status"] == "done", "the order is done")
    assert metric(worker, 'worker_jobs_total{result="failed"}') == 0
