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
from tests.support.program import run_program

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


LIBRARY: dict[str, Any] = {
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
        ({"title": "T", "rows": 5}, "no title or no panels"),
        ({"title": "", "panels": []}, "has no title"),
        ({"title": " ", "panels": []}, "has no title"),
        ({"panels": []}, "has no title"),
        ({"title": 5, "panels": []}, "has no title"),
        ({"title": "T", "panels": [5]}, "panels.0: input should be a valid dictionary"),
        ({"title": "T", "panels": [{"type": "row", "panels": [None]}]}, "panels.0: input should be a valid dictionary"),
        ({"title": "T", "rows": [None]}, "rows.0: input should be a valid dictionary"),
        ({"title": "T", "rows": [{"panels": 5}]}, "panels: input should be a valid list"),
        ({"title": "T", "panels": [], "tags": "x"}, "tags: input should be a valid list"),
        ('{"title": "T", "panels": [{"max": NaN}]}', "is not JSON: NaN is no JSON value"),
        ('{"title": "T", "panels": [{"max": -Infinity}]}', "is not JSON: -Infinity is no JSON value"),
        ('{"title": "T", "panels": [{"max": 1e999}]}', "is not JSON: 1e999 is too large a number"),
        ('{"title": "T", "panels": [{"max": %s}]}' % ("9" * 5000), "is not JSON"),
        ('{"title": "\\ud800", "panels": []}', "is not JSON: it must be text in UTF-8"),
        ("[" * 100_000, "nested too deeply"),
        ("", "is not JSON"),
        ({"kind": "Folder", "apiVersion": "v1", "spec": {}}, "is no dashboard: it is a resource of kind 'Folder'"),
        ({"kind": "DashboardList", "apiVersion": "v1", "items": []}, "is no dashboard"),
        ({"apiVersion": "dashboard.grafana.app/v2", "spec": {"title": "T", "elements": {}, "layout": {}}}, "schema V2"),
        ({"title": "T", "elements": {}, "layout": {"kind": "GridLayout"}}, "with 'Model: Classic'"),
    ],
)
def test_a_bad_file_is_one_clear_line(tmp_path: Path, document: Any, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        dropped(tmp_path, document)
    assert words in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_every_bad_file_has_its_line_and_none_hides_another(tmp_path: Path) -> None:
    texts = {"a.json": "{", "b.json": '{"title": "B", "panels": []}', "c.json": "[]", "d.yaml": "", ".e.json": "{"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "README.md").write_text("About them.")
    (tmp_path / "gone.json").symlink_to("nowhere")
    (tmp_path / "latin.json").write_bytes(b'{"title": "\xe9"}')
    (tmp_path / "line\nbreak.json").write_text("{}")
    with pytest.raises(SettingsError) as refused:
        drop_ins([], datasources(STACK), tmp_path)
    lines = str(refused.value).splitlines()
    assert [line.removeprefix(f"{tmp_path.name}/").partition(":")[0] for line in lines] == [
        "a.json", "c.json", "d.yaml", "gone.json", "latin.json", r"'line\nbreak.json'",
    ]  # fmt: skip
    assert "isn't read: a dashboard is a .json file" in str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_what_windows_writes_is_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "node.json").write_bytes(
        json.dumps({"title": "Größe", "panels": []}, ensure_ascii=False).encode(encoding)
    )
    [found] = drop_ins([], datasources(STACK), tmp_path)
    assert found.title == "Größe"


def test_a_file_lies_in_the_folder_that_its_own_is_called_like(tmp_path: Path) -> None:
    for file in (
        "Docker Host-1571332751387.json",
        "infrastructure/NODES.JSON",
        "Team Shop/eu/Orders.json",
        "2024/x.json",
    ):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(json.dumps({"title": file, "panels": []}))
    with pytest.raises(SettingsError, match=r"/2024/x\.json: its folder can't be '2024'; rename it"):
        drop_ins([], datasources(STACK), tmp_path)
    said = [
        DropInDashboardSettings(file="Docker Host-1571332751387.json", uid="docker-host"),
        DropInDashboardSettings(file="2024/x.json", folder="old"),
    ]
    assert [(each.uid, each.folder) for each in drop_ins(said, datasources(STACK), tmp_path)] == [
        ("x", "old"),
        ("docker-host", "community"),
        ("orders", "team-shop-eu"),
        ("nodes", "infrastructure"),
    ]


@pytest.mark.parametrize("file", ["../secrets.json", "/etc/passwd.json", " x.json", "x.yaml", "a\nb.json"])
def test_an_entry_names_a_file_of_the_folder(tmp_path: Path, file: str) -> None:
    (tmp_path.parent / "secrets.json").write_text("{}")
    with pytest.raises((SettingsError, ValueError), match=r"is not in|should match pattern"):
        drop_ins([DropInDashboardSettings(file=file)], datasources(STACK), tmp_path)


PROMETHEUS = {"type": "prometheus", "uid": "prometheus"}
TARGET = {"refId": "A", "expr": "up"}


@pytest.mark.parametrize(
    ("panel", "target", "outcome"),
    [
        (PROMETHEUS, PROMETHEUS, (PROMETHEUS, PROMETHEUS)),
        ({"type": "prometheus", "uid": "PBFA97CFB590B2093"}, {}, (PROMETHEUS, None)),
        ({"type": "prometheus"}, None, (PROMETHEUS, None)),
        ({"uid": "000000001"}, {}, ({"uid": "prometheus"}, None)),
        (None, None, (PROMETHEUS, None)),
        (None, {"type": "prometheus", "uid": "P1809F7CD0C75ACF3"}, (PROMETHEUS, PROMETHEUS)),
        (None, "Postgres", ("postgres", "postgres")),
        ("Prometheus", "Prometheus", ("prometheus", "prometheus")),
        ("prometheus-apl", None, ("prometheus", None)),
        ("Prometheus (test)", None, ("prometheus", None)),
        ("default", None, ("prometheus", None)),
        ("${DS_PROMETHEUS}", None, ("prometheus", None)),
        ("$DS_SHOP", None, ("prometheus", None)),
        ("$source", "${source:raw}", ("$source", "${source:raw}")),
        ("[[source]]", {"uid": "$source"}, ("[[source]]", {"uid": "$source"})),
        ("-- Mixed --", None, ("-- Mixed --", PROMETHEUS)),
        ({"type": "datasource", "uid": "-- Mixed --"}, {"type": "prometheus", "uid": "x"},
         ({"type": "datasource", "uid": "-- Mixed --"}, PROMETHEUS)),
        (None, {"type": "__expr__", "uid": "__expr__"}, (PROMETHEUS, {"type": "__expr__", "uid": "__expr__"})),
        ("-- Grafana --", None, ("-- Grafana --", None)),
        ({"type": "datasource", "uid": "grafana"}, None, ({"type": "datasource", "uid": "grafana"}, None)),
        ({"type": "postgres", "uid": "other"}, {},
         ({"type": "grafana-postgresql-datasource", "uid": "postgres"}, None)),
    ],
)  # fmt: skip
def test_a_datasource_from_elsewhere_is_the_stacks(tmp_path: Path, panel: Any, target: Any, outcome: Any) -> None:
    postgres = PostgresDatasourceSettings.model_validate({"address": "pg:5432", "user": "reader", "database": "shop"})
    sources = datasources(STACK.model_copy(update={"grafana": STACK.grafana.model_copy(update={"postgres": postgres})}))
    one = {"title": "CPU", "datasource": panel, "targets": [{**TARGET, "datasource": target}]}
    row = {"type": "row", "datasource": "gone", "panels": [one]}
    variables = {"list": [{"name": "source", "type": "datasource", "query": "prometheus"}]}
    (tmp_path / "x.json").write_text(json.dumps({"title": "T", "panels": [one, row], "templating": variables}))
    [found] = drop_ins([], sources, tmp_path)
    above, below = found.document["panels"]
    assert below == {"type": "row", "panels": [above]}
    assert (above["datasource"], above["targets"][0].get("datasource")) == outcome


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ({"type": "loki", "uid": "P1"}, "panel 'CPU' asks the datasource 'P1' of type loki, and this stack has none"),
        ("Loki", "panel 'CPU' asks the datasource 'Loki' of type loki"),
        ("Graphite", "panel 'CPU' asks the datasource 'Graphite', and this stack has none such; add one to"),
    ],
)
def test_a_datasource_that_the_stack_has_not_is_named(tmp_path: Path, reference: Any, words: str) -> None:
    name = reference["uid"] if isinstance(reference, dict) else reference
    document = {"title": "T", "panels": [{"title": "CPU", "datasource": reference, "targets": [{"target": "a.b"}]}]}
    with pytest.raises(SettingsError) as refused:
        dropped(tmp_path, document)
    assert words in str(refused.value)
    assert f"{{file: …, inputs: {{'{name}': UID}}}}" in str(refused.value)
    [panel] = dropped(tmp_path, document, inputs={name: "logs"}).document["panels"]
    assert panel["datasource"] in ("logs", {"type": "loki", "uid": "logs"})


def test_variables_and_annotations_ask_the_stack(tmp_path: Path) -> None:
    foreign = {"type": "prometheus", "uid": "PBFA97CFB590B2093"}
    variables = [
        {"name": "ds", "type": "datasource", "query": "prometheus", "regex": "/eu/", "current": {"value": "PBFA97CFB"}},
        {"name": "many", "type": "datasource", "query": "prometheus", "multi": True, "current": {"value": ["x", "y"]}},
        {"name": "logs", "type": "datasource", "query": "loki", "current": {"value": "loki-eu"}},
        {"name": "own", "type": "datasource", "query": "prometheus", "current": {"value": "prometheus"}},
        {"name": "job", "type": "query", "query": "label_values(job)", "datasource": foreign, "current": {}},
        {"name": "old", "type": "query", "query": "label_values(job)", "datasource": "Prometheus", "refresh": 2},
        {"name": "none", "type": "query", "query": "label_values(job)"},
        {"name": "add", "type": "adhoc", "datasource": "${ds}"},
        {"name": "step", "type": "interval", "query": "1m,5m"},
        5,
    ]
    annotations = [
        {"name": "builtin", "datasource": {"type": "grafana", "uid": "-- Grafana --"}},
        {"name": "deployments", "datasource": foreign},
        {"name": "old"},
    ]
    document = {
        "title": "T",
        "panels": [],
        "templating": {"list": variables, "enable": True},
        "annotations": {"list": annotations},
    }
    found = dropped(tmp_path, document).document
    chosen = {"selected": True, "text": "Prometheus (test)"}
    assert found["templating"]["enable"]
    assert found["templating"]["list"] == [
        {**variables[0], "regex": "", "current": {**chosen, "value": "prometheus"}},  # type: ignore[dict-item]
        {**variables[1], "regex": "", "current": {**chosen, "value": ["prometheus"]}},  # type: ignore[dict-item]
        variables[2],
        variables[3],
        {**variables[4], "datasource": PROMETHEUS, "refresh": 1},  # type: ignore[dict-item]
        {**variables[5], "datasource": "prometheus"},  # type: ignore[dict-item]
        {**variables[6], "datasource": PROMETHEUS, "refresh": 1},  # type: ignore[dict-item]
        variables[7],
        variables[8],
    ]
    assert [each.get("datasource") for each in found["annotations"]["list"]] == [
        {"type": "grafana", "uid": "-- Grafana --"}, PROMETHEUS, None,
    ]  # fmt: skip


@pytest.mark.parametrize("nothing", [None, {}, {"list": None}, {"list": []}])
def test_no_variables_are_no_problem(tmp_path: Path, nothing: Any) -> None:
    found = dropped(tmp_path, {"title": "T", "panels": [], "templating": nothing, "annotations": nothing}).document
    assert all(not found[key] or found[key] == {"list": []} for key in ("templating", "annotations"))


def test_rows_of_before_grafana_5_become_panels(tmp_path: Path) -> None:
    old = {
        "title": "Old",
        "schemaVersion": 12,
        "rows": [
            {"title": "CPU", "height": "300px", "panels": [{"id": 1, "span": 8}, {"id": 2, "span": "4"}, {"id": 3}]},
            {"title": "hidden", "showTitle": False, "panels": [{"id": 4, "span": 3, "height": 100}]},
            {"title": "Folded", "collapse": True, "repeat": "host", "panels": [{"id": 5, "targets": [TARGET]}]},
            {"panels": None},
        ],
    }
    found = dropped(tmp_path, old).document
    assert "rows" not in found
    assert found["schemaVersion"] == 16
    top = [(each.get("title") or each["id"], *each["gridPos"].values()) for each in found["panels"]]
    assert top == [
        ("CPU", 0, 0, 24, 1), (1, 0, 1, 16, 8), (2, 16, 1, 8, 8), (3, 0, 9, 24, 8), (4, 0, 17, 6, 3),
        ("Folded", 0, 20, 24, 1),
    ]  # fmt: skip
    folded = found["panels"][-1]
    assert (folded["collapsed"], folded["repeat"]) == (True, "host")
    [inner] = folded["panels"]
    assert (inner["id"], inner["datasource"]) == (5, PROMETHEUS)


def test_a_place_in_texts_is_one_in_numbers(tmp_path: Path) -> None:
    panels = [{"id": 1, "gridPos": {"x": "12", "y": None, "w": "wide"}}, {"id": 2, "gridPos": {"x": 1, "w": 5}}]
    first, second = dropped(tmp_path, {"title": "T", "panels": panels}).document["panels"]
    assert first["gridPos"] == {"x": 12, "y": 0, "w": 12, "h": 8}
    assert second == panels[1]


@pytest.mark.parametrize(
    "wrapped",
    [
        {"apiVersion": "dashboard.grafana.app/v1beta1", "kind": "Dashboard", "metadata": {"name": "x"}},
        {"apiVersion": "dashboard.grafana.app/v0alpha1", "metadata": {"name": "x"}},
    ],
)
def test_a_resource_of_schema_1_is_its_dashboard(tmp_path: Path, wrapped: Any) -> None:
    found = dropped(tmp_path, {**wrapped, "spec": {"title": "T", "panels": []}})
    assert found.document == {"uid": "x", "title": "T", "panels": []}
    assert dropped(tmp_path, {**wrapped, "metadata": None, "spec": {"title": "T", "panels": []}}).uid == "node"


@pytest.mark.parametrize("wrapping", ["json", "dashboard"])
def test_an_answer_of_an_api_is_its_dashboard(tmp_path: Path, wrapping: str) -> None:
    assert dropped(tmp_path, {wrapping: {"uid": "x", "title": "T", "panels": []}, "revision": 3}).uid == "x"


def test_a_library_panel_may_be_in_a_list_or_in_its_place(tmp_path: Path) -> None:
    elements = list(dict(LIBRARY["__elements"]).values())
    reference = {"id": 7, "libraryPanel": {"uid": "shared", "name": "CPU"}}
    inline = {**reference, "type": "stat", "title": "Here", "libraryPanel": {"uid": "gone", "name": "Gone"}}
    found = dropped(tmp_path, {**LIBRARY, "title": "T", "panels": [reference, inline], "__elements": elements})
    assert found.document["panels"] == [
        {"id": 7, "title": "CPU of all", "type": "timeseries", "datasource": {"uid": "prometheus"}},
        {"id": 7, "title": "Here", "type": "stat"},
    ]


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
