"""A dashboard made by hand becomes a file from which the program deploys the same dashboard."""

import json
from pathlib import Path
from typing import Any

import pytest

from config.grafana.content import placed_dashboards
from config.settings.load import parse
from config.settings.stack import Settings
from ops.errors import OpsError, UsageError
from ops.made_by_hand import as_a_copy, bring, fetch
from tests.ops.fake_grafana import Fake

MADE = {
    "uid": "mine",
    "title": "My own: Größe!",
    "tags": ["shop"],
    "templating": {"list": [{"name": "DS_PROMETHEUS", "type": "datasource", "query": "prometheus"}]},
    "panels": [{"id": 3, "datasource": {"uid": "${DS_PROMETHEUS}"}, "targets": [{"expr": 'up{job=~"$job"}'}]}],
}
# what Grafana adds, and what came along from grafana.com
OF_ITS_GRAFANA = {"id": 7, "version": 2, "gnetId": 1860, "iteration": 5}


def settings(*files: dict[str, Any]) -> Settings:
    values = {"notifications": '{"slack": {}}', "grafana": json.dumps({"dashboards": files})}
    return parse("test", values)


def exported(folder: Path, document: dict[str, Any], stack: Settings | None = None, *, force: bool = False) -> Path:
    api = Fake({"meta": {"version": 2}, "dashboard": {**document, **OF_ITS_GRAFANA}})
    return bring(api, document["uid"], stack or settings(), folder, force=force)


def deployed(folder: Path, uid: str, stack: Settings | None = None) -> Any:
    [placed] = [each for each in placed_dashboards(stack or settings(), folder) if each.uid == uid]
    return placed.document


def test_what_is_exported_is_deployed_as_it_was(tmp_path: Path) -> None:
    assert exported(tmp_path, MADE).name == "my-own-gr-e.json"
    assert deployed(tmp_path, "mine") == MADE


def test_a_file_is_overwritten_when_asked(tmp_path: Path) -> None:
    exported(tmp_path, MADE)
    with pytest.raises(OpsError, match=r"my-own-gr-e\.json is there already; --force overwrites it"):
        exported(tmp_path, MADE)
    exported(tmp_path, {**MADE, "tags": ["new"]}, force=True)
    assert deployed(tmp_path, "mine")["tags"] == ["new"]


@pytest.mark.parametrize(
    ("uid", "held", "said"),
    [
        ("other", {"uid": "other", "title": "Other", "panels": []}, {}),
        ("file", {"title": "Other", "panels": []}, {}),
        ("said", {"uid": "other", "title": "Other", "panels": []}, {"uid": "said"}),
        ("other", {"meta": {}, "dashboard": {"uid": "other", "title": "Other", "panels": []}}, {}),
    ],
    ids=["its own", "the file's name", "settings", "as the API has it"],
)
def test_one_that_was_dropped_in_goes_back_to_its_file(
    tmp_path: Path, uid: str, held: dict[str, Any], said: dict[str, Any]
) -> None:
    (tmp_path / "file.json").write_text(json.dumps(held))
    stack = settings({"file": "file.json", **said})
    edited = {"uid": uid, "title": "Edited", "panels": [{"id": 1}]}
    with pytest.raises(OpsError, match=r"file\.json is there already; --force overwrites it"):
        exported(tmp_path, edited, stack)
    assert exported(tmp_path, edited, stack, force=True).name == "file.json"
    assert [path.name for path in tmp_path.iterdir()] == ["file.json"]
    assert deployed(tmp_path, uid, stack) == edited


def test_one_of_the_programs_own_is_exported_beside_the_original(tmp_path: Path) -> None:
    exported(tmp_path, {"uid": "hosts", "title": "Hosts", "panels": []})
    assert deployed(tmp_path, "hosts-by-hand") == {"uid": "hosts-by-hand", "title": "Hosts (by hand)", "panels": []}
    assert deployed(tmp_path, "hosts")["title"] == "Hosts"
    with pytest.raises(OpsError, match=r"hosts-by-hand\.json is there already"):
        exported(tmp_path, {"uid": "hosts", "title": "Hosts", "panels": []})


def test_a_copys_uid_is_one_that_grafana_takes() -> None:
    assert as_a_copy({"uid": "x" * 40, "title": "T"})["uid"] == "x" * 32 + "-by-hand"


@pytest.mark.parametrize(
    ("content", "words"), [("{", "is not JSON"), ("[]", "is no dashboard"), ("\xff", "is not JSON")]
)
def test_a_file_that_can_not_be_read_is_one_line(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "bad.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(OpsError) as refused:
        exported(tmp_path, MADE)
    assert str(refused.value).startswith(f"{tmp_path.name}/bad.json: {words}")
    assert len(str(refused.value).splitlines()) == 1


def test_an_entry_may_be_there_before_its_file(tmp_path: Path) -> None:
    stack = settings({"file": "my-own-gr-e.json", "folder": "shop"})
    exported(tmp_path, MADE, stack)
    assert deployed(tmp_path, "mine", stack) == MADE


def test_one_with_a_library_panel_is_refused_before_there_is_a_file(tmp_path: Path) -> None:
    shared = {"id": 1, "libraryPanel": {"uid": "cpu", "name": "CPU"}}
    with pytest.raises(OpsError, match=r"^dashboard 'mine': the library panel 'CPU' is not in the file; .* unlink"):
        exported(tmp_path, {**MADE, "panels": [shared]})
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_uid_is_named() -> None:
    with pytest.raises(UsageError, match="no dashboard with uid 'nope'"):
        fetch(Fake(None), "nope")
