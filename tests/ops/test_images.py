"""`monitor images lock`: what registries say is written, and nothing else."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config import images as table
from ops.cli import app
from ops.commands import images
from ops.errors import OpsError

DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64


class Engine:
    """Registries that know some images; `there` is whether the engine itself answers."""

    known: dict[str, str]
    there = True

    def __init__(self, host: str) -> None:
        self.host = host

    def version(self) -> str:
        if not self.there:
            raise OpsError(f"the Docker engine at {self.host} doesn't answer: refused")
        return "28.5.2"

    def digest(self, reference: str) -> str:
        if reference not in self.known:
            raise OpsError(f"{reference}: unauthorized: authentication required")
        return self.known[reference]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the table, and an engine that answers for what a test says."""
    copy = tmp_path / "images.yaml"
    copy.write_text(table.TABLE.read_text())
    monkeypatch.setattr(images, "TABLE", copy)
    monkeypatch.setattr(images, "DockerEngine", Engine)
    monkeypatch.setattr(
        Engine, "known", {table.tagged("caddy"): DIGEST, table.tagged("prometheus"): OTHER}, raising=False
    )
    return copy


def test_a_digest_is_written_below_the_tag_and_nothing_else_changes(file: Path) -> None:
    before = file.read_text()
    result = CliRunner().invoke(app, ["images", "lock", "caddy"])
    assert result.exit_code == 0, result.output
    tag = f"  tag: {table.table()['caddy'].tag}\n"
    assert file.read_text() == before.replace(tag, f"{tag}  digest: {DIGEST}\n")
    assert "new" in result.output


def test_a_digest_that_is_another_one_now_is_replaced_and_said(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {name: row.model_copy(update={"digest": OTHER}) for name, row in table.table().items()}
    monkeypatch.setattr(images, "table", lambda: rows)
    file.write_text(table.with_digests(file.read_text(), {"caddy": OTHER}))
    result = CliRunner().invoke(app, ["images", "lock", "caddy", "prometheus"])
    assert result.exit_code == 0, result.output
    assert f"changed, was {OTHER}" in result.output
    assert "as it was" in result.output
    assert (file.read_text().count(DIGEST), file.read_text().count(OTHER)) == (1, 0)


def test_rows_without_an_answer_stay_and_are_named(file: Path) -> None:
    result = CliRunner().invoke(app, ["images", "lock", "--json"])
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert answer["digests"] == {"caddy": DIGEST, "prometheus": OTHER}
    assert answer["changed"] == ["caddy", "prometheus"]
    assert set(answer["failed"]) == set(table.table()) - {"caddy", "prometheus"}
    assert answer["failed"]["redis"] == f"{table.tagged('redis')}: unauthorized: authentication required"
    assert file.read_text().count("  digest: ") == 2


def test_no_answer_at_all_is_one_line_and_changes_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_text()
    Engine.known.clear()
    result = CliRunner().invoke(app, ["images", "lock", "caddy"])
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert line.startswith("monitor: no registry has a digest to write, config/images.yaml is as it was: caddy:")
    monkeypatch.setattr(Engine, "there", False)
    [line] = CliRunner().invoke(app, ["images", "lock"]).stderr.splitlines()
    assert "doesn't answer" in line
    assert file.read_text() == before


@pytest.mark.usefixtures("file")
def test_an_unknown_image_is_refused() -> None:
    result = CliRunner().invoke(app, ["images", "lock", "nginx"])
    assert result.exit_code == 2
    assert "there is no image 'nginx'; config/images.yaml has prometheus, " in result.stderr
