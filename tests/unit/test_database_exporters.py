"""The exporters of the databases: what they are asked to measure, and how long they wait."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from config.parts import parts, services_of_containers
from config.prometheus.scrapes import scrapes
from config.settings.errors import SettingsError
from tests.support.program import SECRETS, Graph, Recorded, Secret, run_program
from tests.support.rendered import settings

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ\n-----END CERTIFICATE-----\n"
TWO = [{"address": "cache:6379"}, {"name": "jobs", "address": "queue:6379"}]
OTHERS = {key: value for key, value in SECRETS.items() if key not in ("redisPassword", "postgresPassword")}


def files(graph: Graph, part: str) -> dict[str, str]:
    uploads = graph.container(f"{part}-files").inputs["uploads"]
    texts = {upload["file"].rpartition("/")[2]: upload["content"] for upload in uploads}
    return {name: text.value if isinstance(text, Secret) else text for name, text in texts.items()}


def environment(container: Recorded) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in container.inputs["envs"])


def test_postgres_is_asked_for_what_the_alerts_need(prod: Graph) -> None:
    command = prod.container("postgres-exporter").inputs["command"]
    assert {"--collector.database_wraparound", "--collector.stat_wal_receiver"} <= set(command)


def test_the_postgres_exporter_gives_up_connecting_before_a_scrape_does(prod: Graph) -> None:
    uri = environment(prod.container("postgres-exporter"))["DATA_SOURCE_URI"]
    assert uri == "postgres:5432/postgres?sslmode=verify-full&connect_timeout=2"


def test_the_postgres_exporter_goes_where_the_settings_say() -> None:
    server: dict[str, Any] = {"address": "db.internal:6432", "user": "watch", "database": "shop", "sslMode": "disable"}
    exporter = run_program("prod", changes={"postgres": server}).container("postgres-exporter")
    assert environment(exporter)["DATA_SOURCE_URI"].startswith("db.internal:6432/shop?sslmode=disable&")
    assert environment(exporter)["DATA_SOURCE_USER"] == "watch"


def test_the_redis_exporter_gives_up_connecting_before_a_scrape_does(prod: Graph) -> None:
    assert "--connection-timeout=2s" in prod.container("redis-exporter").inputs["command"]


def test_several_servers_have_an_exporter_and_a_password_each() -> None:
    secrets = {**OTHERS, "redisPassword-cache": "one", "redisPassword-jobs": "two", "postgresPassword": "p"}
    graph = run_program("prod", changes={"redis": TWO}, secrets=secrets)
    for part, host, password in (("redis-exporter-cache", "cache", "one"), ("redis-exporter-jobs", "queue", "two")):
        assert f"--redis.addr=redis://{host}:6379" in graph.container(part).inputs["command"]
        assert files(graph, part) == {"passwords.json": f'{{"redis://{host}:6379": "{password}"}}'}
        aliases = [network.get("aliases", []) for network in graph.container(part).inputs["networksAdvanced"]]
        assert [part] in aliases
    assert "redis-exporter" not in {container.name for container in graph.containers()}


def test_several_servers_are_targets_of_one_job_and_are_missed_each() -> None:
    two = [{"name": "a", "address": "pg:5432", "user": "x"}, {"name": "b", "address": "10.0.0.1:5432", "user": "x"}]
    chosen = settings("prod", postgres=two)
    [job] = [job for job in scrapes(chosen, ()) if job["job_name"] == "postgres"]
    targets = [target for group in job["static_configs"] for target in group["targets"]]
    assert targets == ["postgres-exporter-a:9187", "postgres-exporter-b:9187"]
    assert {"postgres-exporter-a", "postgres-exporter-b"} <= parts(chosen)
    assert services_of_containers(chosen)["pg"] == "postgres"


def test_a_list_of_one_and_a_mapping_are_the_same() -> None:
    server = {"address": "redis:6379"}
    assert settings("prod", redis=[server]) == settings("prod", redis=server)
    assert settings("prod", redis=[]).redis == ()


def test_without_a_secret_there_is_no_login() -> None:
    graph = run_program("prod", secrets=OTHERS)
    assert files(graph, "redis-exporter") == {"passwords.json": "{}"}
    assert files(graph, "postgres-exporter") == {"password": ""}


@pytest.mark.parametrize("secret", ["redisPassword-cach", "redisPassword"])
def test_a_password_that_no_server_asks_for_is_told(secret: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run_program("prod", changes={"redis": TWO}, secrets={**OTHERS, "postgresPassword": "p", secret: "x"})
    assert str(refused.value) == (
        f"{secret}: no server in the settings uses this secret; is redisPassword-cache or redisPassword-jobs meant?"
        f" If not, remove it with `pulumi config rm {secret}`"
    )


def test_an_acl_user_tls_and_an_authority_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(CERTIFICATE)
    tls = {"ca": str(tmp_path / "ca.pem"), "serverName": "redis.internal"}
    graph = run_program("prod", changes={"redis": {"address": "[fd00::7]:6379", "user": "watch", "tls": tls}})
    assert graph.container("redis-exporter").inputs["command"] == [
        "--redis.addr=rediss://[fd00::7]:6379",
        "--redis.password-file=/run/files/passwords.json",
        "--connection-timeout=2s",
        "--redis.user=watch",
        "--tls-ca-cert-file=/run/files/ca.pem",
        "--tls-server-name=redis.internal",
    ]
    assert files(graph, "redis-exporter") == {
        "ca.pem": CERTIFICATE,
        "passwords.json": f'{{"rediss://watch@[fd00::7]:6379": "{SECRETS["redisPassword"]}"}}',
    }
    assert (
        "--skip-tls-verification"
        in run_program("prod", changes={"redis": {"address": "r:1", "tls": {"insecureSkipVerify": True}}})
        .container("redis-exporter")
        .inputs["command"]
    )


def test_postgres_and_nginx_with_an_authority_of_their_own() -> None:
    pg = {"address": "pg.example.com:5432", "user": "m", "sslMode": "verify-full", "ca": CERTIFICATE}
    web = [{"address": "web:80"}, {"address": "shop:443", "tls": {"ca": CERTIFICATE}}]
    graph = run_program("prod", changes={"postgres": pg, "nginx": web})
    assert environment(graph.container("postgres-exporter"))["DATA_SOURCE_URI"].endswith(
        "&sslrootcert=/run/files/ca.pem"
    )
    assert files(graph, "postgres-exporter")["ca.pem"] == CERTIFICATE
    assert "--nginx.ssl-ca-cert=/run/files/ca.pem" in graph.container("nginx-exporter-shop").inputs["command"]
    assert (
        "sslrootcert"
        not in environment(
            run_program("prod", changes={"postgres": {**pg, "ca": "system"}}).container("postgres-exporter")
        )["DATA_SOURCE_URI"]
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"redis": [{"address": "r:1"}, {"address": "r:2"}]}, "redis: two are called 'r'; give each a name of its own"),
        ({"redis": [{"address": "r:1"}, {"address": "10.0.0.1:2"}]}, "redis: the one at 10.0.0.1:2 needs a name"),
        ({"redis": [{"address": "r:1"}, {"name": "B b", "address": "s:2"}]}, "redis[1].name: "),
        ({"redis": "redis:6379"}, "redis: input should be a valid "),
        ({"redis": ["redis:6379"]}, "redis[0]: input should be "),
        ({"redis": {"address": "r:1", "tls": {"ca": "nowhere.pem"}}}, "redis.tls.ca: the file can't be read: No such"),
        ({"redis": {"address": "r:1", "tls": {"ca": "README.md"}}}, "redis.tls.ca: "),
        ({"redis": {"address": "r:1", "tls": {"ca": "-----BEGIN PRIVATE KEY-----"}}}, "redis.tls.ca: holds a private"),
        (
            {"redis": {"address": "r:1", "tls": {"ca": CERTIFICATE, "insecureSkipVerify": True}}},
            "redis.tls: insecureSkipVerify makes ca and serverName meaningless",
        ),
        ({"redis": {"address": "r:1", "user": "a b"}}, "redis.user: "),
        (
            {"redis": {"address": "fd00::7:6379"}},
            "redis.address: is an IPv6 address; write it in brackets: [fd00::7]:6379",
        ),
        (
            {"postgres": {"address": "p:1", "user": "u", "ca": "system"}},
            "postgres: ca is only looked at with sslMode ver",
        ),
        (
            {"nginx": {"address": "n:1", "tls": {"serverName": "x"}}},
            "nginx.tls: the nginx exporter knows no serverName",
        ),
    ],
)
def test_what_is_wrong_with_a_server_is_one_line(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings("prod", **changes)
    [line] = refused.value.problems
    assert line.startswith(problem)
    assert "\n" not in line
