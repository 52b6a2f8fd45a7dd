"""The local images as containers: each starts as the official image of its name would."""

import time
from collections.abc import Callable
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container
from docker.types import Mount

from airgap.catalog import TOOLS
from airgap.images import ensure_images
from config.images import reference
from config.settings.base import AIRGAP_REGISTRY
from tests.airgap.containers import Start, inside, output, run, until

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

PASSWORD = "s3cret"


@pytest.mark.parametrize(
    ("name", "command"),
    [
        *((name, ["--version"]) for name in TOOLS if name.endswith("_exporter")),
        ("prometheus", ["--version"]),
        ("alertmanager", ["--version"]),
        ("caddy", ["caddy", "version"]),
    ],
)
def test_it_says_its_version(name: str, command: list[str], start: Start) -> None:
    assert TOOLS[name].version.removeprefix("v") in output(start(name, command, network_mode="none"))


@pytest.mark.parametrize(
    ("name", "user"),
    [("prometheus", 65534), ("alertmanager", 65534), ("redis_exporter", 59000), ("caddy", 0), ("postgres", 999)],
)
def test_it_runs_as_the_official_user_and_has_a_shell(name: str, user: int, start: Start) -> None:
    assert output(start(name, ["-c", "id -u"], entrypoint="/bin/sh")).strip() == str(user)


def test_prometheus_writes_to_a_new_volume_with_its_root_read_only(volume: str, start: Start, tmp_path: Path) -> None:
    config = tmp_path / "prometheus.yml"
    config.write_text("{}\n")
    tmp_path.chmod(0o755)
    prometheus = start(
        "prometheus",
        read_only=True,
        cap_drop=["ALL"],
        mounts=[Mount("/prometheus", volume), Mount("/etc/prometheus", str(tmp_path), type="bind", read_only=True)],
    )
    until(lambda: inside(prometheus, "wget", "-qO-", "http://127.0.0.1:9090/-/ready")[0] == 0, prometheus)
    assert inside(prometheus, "promtool", "check", "config", "/etc/prometheus/prometheus.yml")[0] == 0


def test_caddy_binds_a_low_port_as_nobody(start: Start) -> None:
    caddy = start(
        "caddy",
        ["caddy", "respond", "--listen", ":80", "hello"],
        user="65534",
        cap_drop=["ALL"],
        cap_add=["NET_BIND_SERVICE"],
    )
    until(lambda: inside(caddy, "wget", "-qO-", "http://127.0.0.1/") == (0, "hello"), caddy)


def test_python_knows_the_public_certificates_and_time_zones(start: Start) -> None:
    program = (
        "import ssl, sqlite3, zoneinfo; zoneinfo.ZoneInfo('Europe/Berlin'); "
        "print(len(ssl.create_default_context().get_ca_certs()) > 100)"
    )
    assert output(start("python", ["python3", "-c", program])).strip() == "True"


def test_redis_keeps_its_data_and_asks_for_the_password(volume: str, start: Start) -> None:
    redis = start(
        "redis",
        ["--appendonly", "yes", "--requirepass", "open sesame"],
        user="999:999",
        read_only=True,
        cap_drop=["ALL"],
        mounts=[Mount("/data", volume)],
    )
    until(lambda: inside(redis, "redis-cli", "ping")[1].startswith("NOAUTH"), redis)
    assert inside(redis, "redis-cli", "-a", "open sesame", "--no-auth-warning", "set", "a", "b") == (0, "OK")
    redis.restart()
    until(lambda: inside(redis, "redis-cli", "-a", "open sesame", "--no-auth-warning", "get", "a")[1] == "b", redis)


@pytest.fixture
def postgres(volume: str, start: Start, tmp_path: Path) -> Callable[..., Container]:
    """Start PostgreSQL as the program does; the password is PASSWORD."""
    (tmp_path / "password").write_text(PASSWORD)
    initdb = tmp_path / "initdb"
    initdb.mkdir()
    (initdb / "1.sql").write_text("CREATE TABLE orders (id int); INSERT INTO orders VALUES (7);\n")
    tmp_path.chmod(0o755)

    def run(**options: object) -> Container:
        return start(
            "postgres",
            ["-c", "max_connections=50"],
            user="999:999",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            tmpfs={"/var/run/postgresql": "uid=999,gid=999", "/tmp": ""},
            environment={
                "POSTGRES_USER": "shop",
                "POSTGRES_DB": "store",
                "POSTGRES_PASSWORD_FILE": "/run/secret/password",
            },
            mounts=[
                Mount("/var/lib/postgresql/data", volume),
                Mount("/run/secret", str(tmp_path), type="bind", read_only=True),
                Mount("/docker-entrypoint-initdb.d", str(initdb), type="bind", read_only=True),
            ],
            **options,
        )

    return run


def _ask(postgres: Container, question: str, password: str = PASSWORD) -> tuple[int, str]:
    """Ask over the network, as other containers do; within the container 127.0.0.1 stands for them."""
    postgres.reload()
    address = next(iter(postgres.attrs["NetworkSettings"]["Networks"].values()))["IPAddress"]
    command = ["psql", "-h", address, "-U", "shop", "-d", "store", "-tAc", question]
    return run(postgres, command, {"PGPASSWORD": password})


def test_postgres_makes_its_database_once(postgres: Callable[..., Container]) -> None:
    database = postgres()
    until(lambda: _ask(database, "SELECT id FROM orders") == (0, "7"), database)
    assert _ask(database, "SHOW max_connections") == (0, "50")
    assert _ask(database, "SHOW password_encryption") == (0, "scram-sha-256")
    code, said = _ask(database, "SELECT 1", password="wrong")
    assert code != 0
    assert "password authentication failed" in said
    database.restart()
    until(lambda: _ask(database, "SELECT count(*) FROM orders") == (0, "1"), database)
    assert PASSWORD not in database.logs().decode()


def test_postgres_starts_over_after_a_start_that_was_cut_off(postgres: Callable[..., Container]) -> None:
    first = postgres()
    until(lambda: b"performing post-bootstrap" in first.logs() or b"creating subdirectories" in first.logs(), first)
    first.kill()
    first.wait(timeout=30)
    second = postgres()
    until(lambda: _ask(second, "SELECT id FROM orders") == (0, "7"), second)


def test_postgres_says_what_it_needs(start: Start) -> None:
    said = output(start("postgres", tmpfs={"/var/run/postgresql": "uid=999,gid=999"}))
    assert "no password: set POSTGRES_PASSWORD_FILE" in said
    assert "can't run as root" in output(start("postgres", user="0"))


def test_images_that_are_there_are_left_alone(client: docker.DockerClient) -> None:
    before = client.images.get(reference("redis", AIRGAP_REGISTRY)).id
    started = time.monotonic()
    [result] = ensure_images(["redis"])
    assert time.monotonic() - started < 2
    assert not result.built
    assert client.images.get(result.reference).id == before
