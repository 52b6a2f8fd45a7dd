"""Grafana's own database in a PostgreSQL server: how it is reached, and whose certificate is believed."""

from typing import Any

import pulumi
import pytest

from config.grafana.server import DATABASE_CA_FILE, environment
from config.settings.errors import SettingsError
from config.settings.grafana import GrafanaSettings
from config.settings.load import parse
from tests.support.program import SECRETS, Graph, Secret, raw, run_program
from tests.unit.certificate import CERTIFICATE

DATABASE = {"address": "pg:5432", "user": "grafana"}


def program(**database: Any) -> Graph:
    return run_program(
        "prod",
        changes={"grafana": {"database": {**DATABASE, **database}}},
        secrets={**SECRETS, "grafanaDatabasePassword": "canary-db"},
    )


def uploads(graph: Graph) -> dict[str, dict[str, Any]]:
    return {upload["file"]: upload for upload in graph.container("grafana-files").inputs["uploads"]}


def env(**database: Any) -> dict[str, str]:
    return environment(GrafanaSettings.model_validate({"database": {**DATABASE, **database}}))


def test_its_state_can_be_kept_in_postgresql() -> None:
    values = env(name="dashboards")
    assert values["GF_DATABASE_TYPE"] == "postgres"
    assert values["GF_DATABASE_HOST"] == "pg:5432"
    assert values["GF_DATABASE_NAME"] == "dashboards"
    assert values["GF_DATABASE_USER"] == "grafana"
    assert values["GF_DATABASE_PASSWORD"] == "$__file{/run/files/database_password}"
    assert uploads(program())["/run/files/database_password"]["content"] == Secret("canary-db")


def test_without_one_it_is_sqlite() -> None:
    values = environment(GrafanaSettings())
    assert values["GF_DATABASE_TYPE"] == "sqlite3"
    assert not [name for name in values if name.startswith(("GF_DATABASE_HOST", "GF_DATABASE_SSL", "GF_DATABASE_CA"))]


@pytest.mark.parametrize(
    ("database", "mode"),
    [
        ({}, "require"),
        ({"sslMode": "disable"}, "disable"),
        ({"sslMode": "verify-ca", "ca": "system"}, "verify-ca"),
        ({"sslMode": "verify-full", "ca": "system"}, "verify-full"),
    ],
)
def test_without_certificates_of_its_own_it_believes_those_of_the_image(database: dict[str, str], mode: str) -> None:
    assert env(**database)["GF_DATABASE_SSL_MODE"] == mode
    assert "GF_DATABASE_CA_CERT_PATH" not in env(**database)
    assert DATABASE_CA_FILE not in uploads(program(**database))


def test_certificates_of_its_own_are_a_file_that_everybody_may_read() -> None:
    database = {"sslMode": "verify-full", "ca": CERTIFICATE}
    assert env(**database)["GF_DATABASE_CA_CERT_PATH"] == DATABASE_CA_FILE
    file = uploads(program(**database))[DATABASE_CA_FILE]
    assert file["content"] == CERTIFICATE
    assert file["permissions"] == "0444"


@pytest.mark.parametrize("password", ["canary pw", "canary'pw", "canary\\pw", "canary-pw\n"])
def test_a_password_that_grafana_cannot_use_is_refused_and_not_shown(password: str) -> None:
    with pytest.raises(pulumi.RunError, match="grafanaDatabasePassword: Grafana can't use a password with") as refused:
        run_program(
            "prod",
            changes={"grafana": {"database": DATABASE}},
            secrets={**SECRETS, "grafanaDatabasePassword": password},
        )
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    ("database", "words"),
    [
        ({"sslMode": "verify-ca"}, "sslMode 'verify-ca' needs ca: certificates as PEM text, or system"),
        ({"sslMode": "verify-full"}, "sslMode 'verify-full' needs ca: certificates as PEM text, or system"),
        ({"ca": CERTIFICATE}, "ca has no use with sslMode 'require'; choose verify-ca or verify-full"),
        ({"sslMode": "disable", "ca": "system"}, "ca has no use with sslMode 'disable'"),
        ({"sslMode": "verify-full", "ca": "/etc/ca.pem"}, "grafana.database.ca: must be certificates as PEM text"),
        ({"sslMode": "verify-full", "ca": CERTIFICATE[:200]}, "grafana.database.ca: must be certificates as PEM text"),
        # as YAML hands it over after `ca: >`
        ({"sslMode": "verify-full", "ca": CERTIFICATE.replace("\n", " ")}, "in YAML after `ca: |`"),
    ],
)
def test_what_nobody_would_verify_is_refused(database: dict[str, str], words: str) -> None:
    settings = {"grafana": {"database": {**DATABASE, **database}}, "notifications": {"slack": {}}}
    with pytest.raises(SettingsError) as refused:
        parse("shop", {key: raw(value) for key, value in settings.items()})
    [line] = refused.value.problems
    assert words in line
    assert line.startswith("grafana.database")
