"""What Grafana's container runs: the password's reset, then the server, whatever database there is."""

import os
import subprocess
from pathlib import Path

import pytest

from config.grafana.server import ADMIN_PASSWORD_FILE, START_COMMAND
from tests.support.program import SECRETS, Graph, Secret, run_program, strings

PASSWORD = "canary-admin-5d1e"
# instead of Grafana: it tells what it was asked to do, and on which database; its errors are output, as the real one's
GRAFANA = """#!/bin/sh
echo "grafana $* <$(cat)> on ${GF_DATABASE_TYPE:-nothing}" >> "$TOLD"
echo "Error: no connection to the database"
exit "$RESET"
"""
RUN = """#!/bin/sh
echo "run.sh $* on ${GF_DATABASE_TYPE:-nothing}" >> "$TOLD"
echo "the server's own words"
"""


def start(folder: Path, *, reset: int, environment: dict[str, str] | None = None) -> tuple[int, str, str, list[str]]:
    """Run the command with programs that only tell; its exit code, output, error output, and what was told."""
    for name, text in {"grafana": GRAFANA, "run.sh": RUN}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    (folder / "password").write_text(PASSWORD)
    command = START_COMMAND.replace(ADMIN_PASSWORD_FILE, str(folder / "password"))
    command = command.replace("/run.sh", str(folder / "run.sh"))
    told = folder / "told"
    told.touch()
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env={
            "PATH": f"{folder}{os.pathsep}{os.defpath}",
            "TOLD": str(told),
            "RESET": str(reset),
            **(environment or {}),
        },
        capture_output=True,
        text=True,
        timeout=10,
    )
    return done.returncode, done.stdout, done.stderr, told.read_text().splitlines()


def databases() -> dict[str, Graph]:
    database = {"address": "pg:5432", "user": "grafana"}
    return {
        "sqlite3": run_program("prod"),
        "postgres": run_program(
            "prod",
            changes={"grafana": {"database": database}},
            secrets={**SECRETS, "grafanaDatabasePassword": "canary-db"},
        ),
    }


@pytest.mark.parametrize("database", ["sqlite3", "postgres"])
def test_the_password_is_set_in_the_servers_database_before_it_starts(tmp_path: Path, database: str) -> None:
    container = databases()[database].container("grafana").inputs
    assert container["entrypoints"] == ["/bin/sh", "-c", START_COMMAND]
    environment = dict(each.split("=", 1) for each in container["envs"])
    code, _, _, told = start(tmp_path, reset=0, environment=environment)
    assert code == 0
    assert told == [
        f"grafana cli admin reset-admin-password --password-from-stdin <{PASSWORD}> on {database}",
        f"run.sh  on {database}",
    ]


def test_without_the_reset_there_is_no_server_but_a_reason(tmp_path: Path) -> None:
    code, _, error, told = start(tmp_path, reset=1)
    assert code == 1
    assert error == "Error: no connection to the database\n"
    assert len(told) == 1, "a server that nobody can sign in to"


def test_what_a_reset_says_that_succeeds_is_not_logged(tmp_path: Path) -> None:
    _, output, error, _ = start(tmp_path, reset=0)
    assert output == "the server's own words\n"
    assert error == ""


def test_the_password_comes_from_the_file_and_nothing_secret_is_on_the_command_line() -> None:
    assert f"< {ADMIN_PASSWORD_FILE}" in START_COMMAND
    for graph in databases().values():
        uploads = {each["file"]: each["content"] for each in graph.container("grafana-files").inputs["uploads"]}
        assert uploads[ADMIN_PASSWORD_FILE] == Secret(SECRETS["grafanaAdminPassword"])
        words = list(strings(graph.container("grafana").inputs))
        assert not [word for word in words if "canary-" in word]
