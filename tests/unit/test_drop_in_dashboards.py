"""A dashboard dropped in as a JSON file is brought in line, or refused in one clear line."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest

from config.grafana.content import folders, placed_dashboards
from config.grafana.datasources import datasources
from config.grafana.drop_in import DropIn, drop_ins
from config.settings.errors import SettingsError
from config.settings.grafana import DropInDashboardSettings, PostgresDatasourceSettings
from config.settings.load import parse
from tests.unit.program import run_program

STACK = parse("test", {"notifications": '{"slack": {}}'})
EXPORT: dict[str, Any] = {
    "__inputs": [
        {"name": "DS_PROMETHEUS", "type": "datasource", "pluginId": "prometheus"},
        {"name": "VAR_JOB", "type": "constant", "value": 'node "one"'},
    ],
    "__requires": [{"type": "grafana"}],
    "id": 17,
    "version": 4,
    "iteration": 1,
    "gnetId": 1860,
    "uid": "node-full",
    "title": "Node full",
    "panels": [{"datasource": "${DS_PROMETHEUS}", "targets": [{"expr": 'up{job="${VAR_JOB}", host=~"${host}"}'}]}],
}


def dropped(directory: Path, document: Any, **said: Any) -> DropIn:
    (directory / "node.json").write_text(document if isinstance(document, str) else json.dumps(document))
    named = [DropInDashboardSettings.model_validate({"file": "node.json", **said})] if said else []
    [found] = drop_ins(named, datasources(STACK), directory)
    return found


def test_inputs_are_resolved_and_what_belongs_to_the_other_grafana_goes(tmp_path: Path) -> None:
    found = dropped(tmp_path, EXPORT)
    assert (found.uid, found.folder, found.title) == ("node-full", "community", "Node full")
    assert set(found.document) == {"uid", "title", "panels"}
    [panel] = found.document["panels"]
    assert panel["datasource"] == "prometheus"
    assert panel["targets"][0]["expr"] == 'up{job="node "one"", host=~"${host}"}', "a variable of its own stays"


def asking(name: str, **more: Any) -> dict[str, Any]:
    """A dashboard that leaves its datasource open under this name."""
    return {"uid": "x", "title": "T", "panels": [{"datasource": {"uid": f"${{{name}}}"}}], **more}


def source_of(found: DropIn) -> str:
    uid: str = found.document["panels"][0]["datasource"]["uid"]
    return uid


@pytest.mark.parametrize(
    "datasource", ["Prometheus (prod)", "prometheus.eu/1", "Prometheus of the shop", "Größe", 'a "b" \\d', "P: prod"]
)
def test_an_input_is_found_by_any_name_that_grafana_makes_of_a_datasources(tmp_path: Path, datasource: str) -> None:
    name = "DS_" + datasource.replace(" ", "_", 1).upper()  # JavaScript's replace(' ', '_'), as Grafana has it
    inputs = [{"name": name, "type": "datasource", "pluginId": "prometheus"}]
    assert source_of(dropped(tmp_path, asking(name, __inputs=inputs))) == "prometheus"


def test_an_export_of_our_own_datasource_is_resolved(tmp_path: Path) -> None:
    [own] = [source for source in datasources(STACK) if source.default]
    name = "DS_" + own.name.replace(" ", "_", 1).upper()
    inputs = [{"name": name, "type": "datasource", "pluginId": "prometheus"}]
    assert source_of(dropped(tmp_path, asking(name, __inputs=inputs))) == own.uid


@pytest.mark.parametrize("plugin", ["postgres", "grafana-postgresql-datasource"])
def test_postgresql_is_found_by_both_names_of_its_plugin(tmp_path: Path, plugin: str) -> None:
    postgres = {"address": "pg:5432", "user": "reader", "database": "shop"}
    grafana = STACK.grafana.model_copy(update={"postgres": PostgresDatasourceSettings.model_validate(postgres)})
    inputs = [{"name": "DS_SHOP", "type": "datasource", "pluginId": plugin}]
    document = asking("DS_SHOP", __inputs=inputs)
    with pytest.raises(SettingsError, match=r"\$\{DS_SHOP\} has no value"):
        dropped(tmp_path, document)
    (tmp_path / "node.json").write_text(json.dumps(document))
    sources = datasources(STACK.model_copy(update={"grafana": grafana}))
    [found] = drop_ins([], sources, tmp_path)
    assert source_of(found) == "postgres"


def test_an_input_of_any_name_can_be_given_in_the_settings(tmp_path: Path) -> None:
    name = "DS_LOKI_(PROD)"
    document = asking(name, __inputs=[{"name": name, "type": "datasource", "pluginId": "loki"}])
    with pytest.raises(SettingsError, match=r"node\.json: the input \$\{DS_LOKI_\(PROD\)\} has no value"):
        dropped(tmp_path, document)
    assert source_of(dropped(tmp_path, document, inputs={name: "logs"})) == "logs"


@pytest.mark.parametrize("reference", ["DS_PROMETHEUS", "DS_PROMETHEUS:text"])
@pytest.mark.parametrize("declared", [True, False])
def test_a_variable_that_is_called_like_an_input_stays(tmp_path: Path, reference: str, declared: bool) -> None:
    document = asking(reference, templating={"list": [{"name": "DS_PROMETHEUS", "type": "datasource"}]})
    if declared:
        document["__inputs"] = [{"name": "DS_PROMETHEUS", "type": "datasource", "pluginId": "prometheus"}]
    assert source_of(dropped(tmp_path, document)) == f"${{{reference}}}"


def test_what_computes_with_other_results_has_a_datasource_in_every_grafana(tmp_path: Path) -> None:
    inputs = [{"name": "DS_EXPRESSION", "type": "datasource", "pluginId": "__expr__"}]
    assert source_of(dropped(tmp_path, asking("DS_EXPRESSION", __inputs=inputs))) == "__expr__"


LIBRARY = {
    "__inputs": [{"name": "DS_PROMETHEUS", "type": "datasource", "pluginId": "prometheus"}],
    "__elements": {
        "shared": {
            "uid": "shared",
            "kind": 1,
            "name": "CPU",
            "model": {
                "id": 1,
                "gridPos": {"x": 12, "y": 0},
                "title": "CPU of all",
                "type": "timeseries",
                "datasource": {"uid": "${DS_PROMETHEUS}"},
                "libraryPanel": {"uid": "shared", "name": "CPU"},
            },
        }
    },
}


def test_a_library_panel_is_written_out_in_its_place(tmp_path: Path) -> None:
    reference = {"id": 7, "gridPos": {"x": 0, "y": 3}, "libraryPanel": {"uid": "shared", "name": "CPU"}}
    panels = [reference, {"type": "row", "panels": [reference]}]
    found = dropped(tmp_path, {"title": "T", "panels": panels, **LIBRARY})
    written = {
        "id": 7,
        "gridPos": {"x": 0, "y": 3},
        "title": "CPU of all",
        "type": "timeseries",
        "datasource": {"uid": "prometheus"},
    }
    assert found.document == {"uid": "node", "title": "T", "panels": [written, {"type": "row", "panels": [written]}]}


@pytest.mark.parametrize("elements", [{}, {"shared": {"name": "CPU"}}, [], None])
def test_a_library_panel_that_the_file_does_not_hold_is_refused(tmp_path: Path, elements: Any) -> None:
    panels = [{"id": 7, "libraryPanel": {"uid": "shared", "name": "CPU"}}]
    with pytest.raises(SettingsError) as refused:
        dropped(tmp_path, {"title": "T", "panels": panels, "__elements": elements})
    assert str(refused.value) == (
        "dashboards/node.json: the library panel 'CPU' is not in the file; export it for sharing externally, or "
        "unlink the panel"
    ).replace("dashboards", tmp_path.name)


@pytest.mark.parametrize("uid", ["x" * 41, "a b", "a/b", "ä", "a.b", "a\n", 5])
def test_a_uid_that_grafana_refuses_is_refused_before(tmp_path: Path, uid: Any) -> None:
    with pytest.raises(SettingsError) as refused:
        dropped(tmp_path, {"uid": uid, "title": "T", "panels": []})
    assert str(refused.value) == (
        f"{tmp_path.name}/node.json: Grafana refuses the uid {uid!r}: it takes 1 to 40 letters, digits, - and _; "
        "change it in the file or in grafana.dashboards: {file: node.json, uid: …}"
    )


def test_a_file_whose_name_makes_no_uid_is_refused(tmp_path: Path) -> None:
    (tmp_path / "___.json").write_text('{"title": "T", "panels": []}')
    with pytest.raises(SettingsError, match=r"/___\.json: Grafana refuses the uid ''"):
        drop_ins([], [], tmp_path)


def test_a_file_is_taken_under_the_name_that_grafana_gave_it(tmp_path: Path) -> None:
    (tmp_path / f"Node (full) {'x' * 40}.json").write_text('{"title": "T", "panels": []}')
    [found] = drop_ins([], [], tmp_path)
    assert found.uid == f"node-full-{'x' * 30}"


def test_the_settings_go_before_the_export(tmp_path: Path) -> None:
    found = dropped(tmp_path, EXPORT, folder="infrastructure", uid="ours", inputs={"DS_PROMETHEUS": "other"})
    assert (found.uid, found.folder) == ("ours", "infrastructure")
    assert found.document["uid"] == "ours"
    assert found.document["panels"][0]["datasource"] == "other"


def test_without_a_uid_it_gets_one_from_its_file(tmp_path: Path) -> None:
    assert dropped(tmp_path, {"title": "T", "panels": []}).uid == "node"


def test_what_the_api_hands_out_is_understood(tmp_path: Path) -> None:
    found = dropped(tmp_path, {"meta": {"version": 3}, "dashboard": {"uid": "x", "title": "T", "panels": []}})
    assert found.document == {"uid": "x", "title": "T", "panels": []}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "node.json: is not JSON"),
        ("[]", "node.json: is no dashboard"),
        ({"title": "T"}, "no title or no panels"),
        ({"title": "T", "panels": {}}, "no title or no panels"),
        ({**EXPORT, "__inputs": [{"name": "DS_LOGS", "type": "datasource", "pluginId": "loki"}]}, "${DS_PROMETHEUS}"),
    ],
)
def test_a_bad_file_is_one_clear_line(tmp_path: Path, document: Any, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        dropped(tmp_path, document)
    assert words in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_an_entry_without_its_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.json is not in"):
        drop_ins([DropInDashboardSettings(file="gone.json")], [], tmp_path)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"uid": "hosts", "title": "Mine", "panels": []}, "uid 'hosts'"),
        ({"uid": "mine", "title": "Hosts", "panels": []}, "title 'Hosts' in folder 'infrastructure'"),
    ],
)
def test_two_that_are_in_each_others_way_are_both_named(tmp_path: Path, document: Any, words: str) -> None:
    (tmp_path / "mine.json").write_text(json.dumps(document))
    values = {
        "notifications": '{"slack": {}}',
        "grafana": '{"dashboards": [{"file": "mine.json", "folder": "infrastructure"}]}',
    }
    with pytest.raises(SettingsError) as refused:
        placed_dashboards(parse("test", values), tmp_path)
    assert words in str(refused.value)
    assert "mine.json" in str(refused.value)
    assert "the product" in str(refused.value)


def test_it_brings_its_folder_along(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(json.dumps({"title": "Mine", "panels": []}))
    placed = placed_dashboards(STACK, tmp_path)
    assert folders(placed)["community"] == "Community"
    assert "community" not in folders(placed_dashboards(STACK, tmp_path / "empty"))


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"uid": "community", "title": "Mine", "panels": []}, "'community' is the uid of a folder"),
        ({"uid": "mine", "title": "Infrastructure", "panels": []}, "'Infrastructure' is the title of a folder"),
    ],
)
def test_none_is_called_as_a_folder_is(tmp_path: Path, document: Any, words: str) -> None:
    (tmp_path / "mine.json").write_text(json.dumps(document))
    with pytest.raises(SettingsError) as refused:
        placed_dashboards(STACK, tmp_path)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("grafana", "words"),
    [
        (
            {"preferences": {"home": "nope"}},
            "grafana.preferences.home: there is no dashboard 'nope'; there are alerts,",
        ),
        (
            {"folderPermissions": [{"folder": "nope", "role": "Viewer", "permission": "Edit"}]},
            "grafana.folderPermissions[0].folder: there is no folder 'nope'; there are at-a-glance,",
        ),
        (
            {
                "folderPermissions": [{"folder": "applications", "private": True}],
            },
            "viewer.report.dashboards[1]: 'services' lies in 'applications', which grafana.folderPermissions make",
        ),
    ],
)
def test_a_name_that_is_not_there_is_refused(tmp_path: Path, grafana: dict[str, Any], words: str) -> None:
    email = {"smarthost": "mail:25", "sender": "monitoring@example.com", "username": "monitoring"}
    report = {"to": ["team@example.com"], "dashboards": ["overview", "services"]}
    documents = {"notifications": {"email": email}, "grafana": grafana, "viewer": {"report": report}}
    values = {key: json.dumps(value) for key, value in documents.items()}
    with pytest.raises(SettingsError) as refused:
        placed_dashboards(parse("test", values), tmp_path)
    assert words in str(refused.value)


def test_the_program_says_it_in_a_line_before_anything_is_made() -> None:
    with pytest.raises(pulumi.RunError, match=r"^grafana\.preferences\.home: there is no dashboard 'nope'"):
        run_program("prod", changes={"grafana": {"preferences": {"home": "nope"}}})
