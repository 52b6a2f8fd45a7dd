# ruff: noqa: ARG002
"""What people bring is deployed with this stack's datasources, and drawn whole by the pages and the report."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.grafana.content import placed_dashboards
from config.grafana.datasources import datasources
from config.grafana.drop_in import drop_ins
from config.settings.errors import SettingsError
from config.settings.load import parse
from config.viewer.files import dashboard_files
from tests.support.program import run_program
from tests.viewer.community import LOOK_ALIKES
from tests.viewer.fake_prometheus import PERIOD, SOURCES, FakePrometheus, asked, fake_prometheus, view
from viewer.data import Asking
from viewer.documents import Library, read
from viewer.prometheus import Prometheus
from viewer.report import Head, collect, failed, page

STACK = parse("test", {"notifications": '{"slack": {}}'})
SERIES = [
    (
        {
            "__name__": "up",
            "job": "node",
            "instance": f"shop-{number}:9100",
            "proxy": name,
            "device": name,
            "le": bound,
        },
        0.5,
    )
    for number, name, bound in ((1, "web", "0.1"), (2, "api", "+Inf"))
]


def deployed(folder: Path, *files: tuple[str, Any]) -> Library:
    """The dashboards of a stack as its viewer finds them, those of these files alone."""
    dropped, there = folder / "dashboards", folder / "viewer"
    for each in (dropped, there):
        each.mkdir(exist_ok=True)
    for name, document in files:
        (dropped / f"full {name}.json").write_text(json.dumps(document))
    placed = [each for each in placed_dashboards(STACK, dropped) if each.folder == "community"]
    for name, content in dashboard_files(STACK, placed).items():
        (there / name).write_text(content)
    return Library(there)


def references(document: Any) -> Iterator[Any]:
    """Every datasource that a panel, a variable or an annotation names."""
    if isinstance(document, dict):
        if "datasource" in document:
            yield document["datasource"]
        for value in document.values():
            yield from references(value)
    elif isinstance(document, list):
        for value in document:
            yield from references(value)


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_every_datasource_is_one_of_the_stack(name: str, tmp_path: Path) -> None:
    library = deployed(tmp_path, (name, LOOK_ALIKES[name]()))
    [entry] = library.entries()
    document = json.loads((tmp_path / "viewer" / f"{entry.uid}.json").read_text())
    uids = {str(each["uid"] if isinstance(each, dict) else each) for each in references(document)}
    elsewhere = {"grafana", "-- Grafana --", "-- Mixed --", "__expr__"}
    assert uids - elsewhere <= {"prometheus", "${ds_prometheus}", "$DS_PROMETHEUS", "${DS_PROMETHEUS}"}
    assert uids
    for variable in (document.get("templating") or {}).get("list") or ():
        if variable["type"] == "query":
            assert variable["refresh"] in (1, 2)


def test_the_program_deploys_all_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, made in LOOK_ALIKES.items():
        (tmp_path / f"full {name}.json").write_text(json.dumps(made()))
    monkeypatch.setattr(placed_dashboards, "__defaults__", (tmp_path,))
    resources = run_program("prod").of_type("grafana:oss/dashboard:Dashboard")
    found = {document["title"] for each in resources if (document := json.loads(each.inputs["configJson"]))}
    assert {"Hosts in full", "PostgreSQL in full", "Redis in full", "Containers in full", "Fleet in full"} <= found


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_every_panel_is_drawn(name: str, tmp_path: Path) -> None:
    library = deployed(tmp_path, (name, LOOK_ALIKES[name]()))
    [entry] = library.entries()
    assert entry.problem == ""
    with fake_prometheus(*SERIES, labels=["shop-1:9100", "shop-2:9100"]) as asking:
        looked = view(asking, library.dashboard(entry.uid))
        assert [choice.problem for choice in looked.choices.values()] == [""] * len(looked.choices)
        panels = [
            (placed.title, looked.draw(placed.panel, placed.only, 300)) for r in looked.rows() for placed in r.panels
        ]
        assert [(title, one.problem, one.notes) for title, one in panels if one.problem or one.notes] == []
        assert panels
        assert all(one.chart or one.html for _, one in panels)
        assert not any("$" in title or "[[" in title for title, _ in panels)
        assert not any("$" in query or "[[" in query for query in asked())
        drawn = collect(library, [entry.uid], asking, PERIOD)
    assert failed(drawn) == []
    assert len(drawn[0].panels) == len(panels)
    html = page(Head("test", "", PERIOD), drawn)
    assert "${" not in html


def test_chained_variables_and_formats_are_put_in_as_grafana_does(tmp_path: Path) -> None:
    library = deployed(tmp_path, *((name, made()) for name, made in LOOK_ALIKES.items()))
    with fake_prometheus(*SERIES, labels=["shop-1:9100", "shop-2:9100"]) as asking:
        collect(library, [], asking, PERIOD)
        queries = set(asked())
    matches = {parameters.get("match[]") for _, parameters in FakePrometheus.asked}
    assert 'node_uname_info{job="shop-1:9100", nodename="shop-1:9100"}' in matches
    assert 'haproxy_frontend_up{instance=~".+"}' in matches
    for part in (
        'instance="shop-1:9100",job="shop-1:9100"',
        'device=~"[a-z]+|nvme[0-9]+n[0-9]+|mmcblk[0-9]+"',
        'datname=~"(shop-1:9100|shop-2:9100)", instance=~"shop-1:9100"',
        'proxy=~"(shop-1:9100|shop-2:9100)",instance=~".+"}[5m]',
        'proxy="shop-2:9100",env="prod",zone=~".*.*"',
        'redis_db_keys{instance=~"shop-1:9100"}',
    ):
        assert any(part in query for query in queries), part


def paths(document: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document but its root."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inner:
        yield (*at, key)
        yield from paths(value, (*at, key))


NOTHING = object()


def with_other(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    place = changed
    for key in path[:-1]:
        place = place[key]
    if value is NOTHING:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


class Canned(Prometheus):
    """Answers at once, without a server."""

    def _ask(self, method: str, path: str, parameters: Any) -> Any:
        if path.startswith("label"):
            return ["a", "b"]
        if path == "query":
            return {
                "resultType": "vector",
                "result": [{"metric": m, "value": [PERIOD.until, str(v)]} for m, v in SERIES],
            }
        begin, step, end = (parameters.get(key, 0) for key in ("start", "step", "end"))
        times = [at for at in (begin + number * step for number in range(20)) if at <= end]
        found = [{"metric": labels, "values": [[at, str(value)] for at in times]} for labels, value in SERIES]
        return {"resultType": "matrix", "result": found}


OTHERS = [NOTHING, None, 5, "7", "", [], {}, [None], [["x"]], {"a": {"b": [{}]}}, True, -1e300]


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_what_is_wrong_in_one_place_is_said_in_a_line_or_takes_nothing_else_along(name: str, tmp_path: Path) -> None:
    """Places of a dashboard in turn: a key that is missing, or a value of another type."""
    document = LOOK_ALIKES[name]()
    asking = Asking(Canned("http://nowhere"), SOURCES, 15)
    sources = datasources(STACK)
    places = list(paths(document))[::2]
    assert len(places) > 20
    outcomes = {"refused": 0, "taken": 0}
    for number, path in enumerate(places):
        # every other place and one value each: all of them take minutes
        changed = with_other(document, path, OTHERS[number % len(OTHERS)])
        (tmp_path / "full.json").write_text(json.dumps(changed))
        try:
            [found] = drop_ins([], sources, tmp_path)
        except SettingsError as error:
            [line] = error.problems
            outcomes["refused"] += bool(re.fullmatch(rf"{tmp_path.name}/full\.json: .+", line))
            continue
        outcomes["taken"] += 1
        looked = view(asking, read(json.dumps(found.document)))
        for row in looked.rows():
            for placed in row.panels:
                one = looked.draw(placed.panel, placed.only, 20)
                assert "\n" not in one.problem, (path, one.problem)
    assert sum(outcomes.values()) == len(places)
    assert all(outcomes.values())


def test_a_panel_without_data_says_which_metric_nobody_exports() -> None:
    expr = """sum by (job, pg_no) (rate(pg_gone_total{a="b{c", d=~"x|y"}[5m] offset 1h)) / on (pg_on)
        group_left (pg_left)
        (1e3 * up{job='x'} or pg_other) # pg_comment"""
    made = {"title": "T", "panels": [{"type": "timeseries", "title": "A", "targets": [{"expr": expr}]}]}
    with fake_prometheus(labels=["up"]) as asking:
        looked = view(asking, made)
        one = looked.draw(looked.rows()[0].panels[0].panel, {}, 20)
        assert one.notes == ["no target exports pg_gone_total, pg_other"]
        [parameters] = [each for path, each in FakePrometheus.asked if path == "label/__name__/values"]
    assert parameters["match[]"] == '{__name__=~"pg_gone_total|pg_other|up"}'
