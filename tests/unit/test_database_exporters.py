"""The exporters of the databases: what they are asked to measure, and how long they wait."""

from typing import Any

from tests.support.program import Graph, Recorded, run_program


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
