"""Each kind of panel is drawn from what its queries gave, with the document's limits, words and colours."""

import re
from typing import Any

import pytest

from tests.viewer.fake_prometheus import END, FakePrometheus, asked, document, drawn, fake_prometheus, panel, view
from viewer import charts
from viewer.draw import Drawn, firing
from viewer.errors import PanelError

API, WEB = ({"job": "api"}, 0.25), ({"job": "web"}, 1.0)
STEPS = {
    "steps": [{"value": None, "color": "green"}, {"value": 0.5, "color": "orange"}, {"value": 0.9, "color": "red"}]
}
PNG = b"\x89PNG"


def one(made: dict[str, Any], *series: tuple[dict[str, str], float], **more: Any) -> Drawn:
    dashboard = {key: more.pop(key) for key in ("annotations", "templating") if key in more}
    with fake_prometheus(*(series or (API, WEB)), **more) as asking:
        [found] = drawn(asking, document(made, **dashboard))
    return found


def config(**defaults: Any) -> dict[str, Any]:
    return {"defaults": defaults, "overrides": []}


def spec_of(found: Drawn) -> str:
    assert found.chart, found.problem
    return str(found.chart.spec)


def test_a_graph_has_its_series_texts_limits_and_legend() -> None:
    options = {"legend": {"calcs": ["lastNotNull", "max"]}}
    custom = {"thresholdsStyle": {"mode": "dashed"}, "fillOpacity": 10}
    found = one(panel(fieldConfig=config(unit="percentunit", max=1, thresholds=STEPS, custom=custom), options=options))
    assert found.chart
    values = found.chart.values
    assert [(each["name"], each["texts"][0]) for each in values["series"]] == [("api", "25 %"), ("web", "100 %")]
    assert (values["from"], values["to"]) == ((END - 3600) * 1000, END * 1000)
    assert "'datum': 0.5" in spec_of(found)
    assert "#e02f44" in spec_of(found)
    assert re.findall(r'class="number">([^<]+)<', found.html) == ["25 %", "25 %", "100 %", "100 %"]
    assert charts.png(found.chart, 500, 200).startswith(PNG)


@pytest.mark.parametrize(
    ("custom", "words"),
    [
        ({"drawStyle": "bars"}, "'type': 'bar'"),
        ({"drawStyle": "points"}, "'type': 'point'"),
        ({"stacking": {"mode": "normal"}, "fillOpacity": 30}, "'stack': 'zero'"),
        ({"stacking": {"mode": "percent"}, "fillOpacity": 30}, "'stack': 'normalize'"),
        ({"scaleDistribution": {"type": "log", "log": 10}}, "'type': 'symlog'"),
        ({"lineInterpolation": "stepAfter"}, "'interpolate': 'step-after'"),
        ({"thresholdsStyle": {"mode": "area"}}, "'opacity': 0.08"),
        ({"axisPlacement": "right"}, "'orient': 'right'"),
        ({"axisPlacement": "hidden"}, "'axis': None"),
    ],
)
def test_the_styles_of_a_graph_are_drawn(custom: dict[str, Any], words: str) -> None:
    found = one(panel(fieldConfig=config(thresholds=STEPS, custom=custom)))
    assert words in spec_of(found)
    assert found.chart
    assert charts.png(found.chart, 300, 150).startswith(PNG)


@pytest.mark.parametrize(
    ("mapping", "text"),
    [
        ({"type": 1, "op": "=", "value": "0.25", "text": "quarter"}, "quarter"),
        ({"type": 1, "value": "null", "text": "gone"}, "0.25"),
        ({"type": 2, "from": "0", "to": "0.5", "text": "low"}, "low"),
        ({"type": 2, "from": "0.5", "to": "", "text": "high"}, "0.25"),
        ({"type": "range", "options": {"from": "0.2", "to": None, "result": {"text": "some"}}}, "some"),
        ({"type": "range", "options": {"from": [], "result": {"text": "some"}}}, "0.25"),
    ],
)
def test_words_for_values_of_every_age(mapping: dict[str, Any], text: str) -> None:
    assert f">{text}<" in one(panel("stat", fieldConfig=config(mappings=[mapping])), API).html


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("${__field.labels.job}", "api"),
        ('${__field.labels["job"]} of ${__field.labels.gone}.', "api of ."),
        ("${__series.name} at ${__field.displayName}", "sum at sum"),
        ("Plain", "Plain"),
    ],
)
@pytest.mark.parametrize("kind", ["timeseries", "bargauge"])
def test_a_series_is_called_as_the_field_options_say(name: str, shown: str, kind: str) -> None:
    made = panel(kind, fieldConfig=config(displayName=name), targets=[{"expr": "up", "legendFormat": "sum"}])
    found = one(made, API)
    assert shown in found.html + str(found.chart and found.chart.values)


def test_overrides_count_for_the_series_that_they_match() -> None:
    overrides = [
        {"matcher": {"id": "byName", "options": "api"}, "properties": [{"id": "unit", "value": "bytes"}]},
        {"matcher": {"id": "byRegexp", "options": "/^w/"},
         "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": "purple"}}]},
        {"matcher": {"id": "byFrameRefID", "options": "A"},
         "properties": [{"id": "custom.transform", "value": "negative-Y"}]},
        {"matcher": {"id": "byName", "options": "gone"},
         "properties": [{"id": "custom.hideFrom", "value": {"viz": True}}]},
        {"matcher": {"id": "byRegexp", "options": "/(/"}, "properties": [{"id": "unit", "value": "s"}]},
    ]  # fmt: skip
    found = one(
        panel(fieldConfig={"defaults": {"unit": "short"}, "overrides": overrides}), API, WEB, ({"job": "gone"}, 1.0)
    )
    assert found.chart
    api, web = found.chart.values["series"]
    assert api["texts"][0].endswith(" B")
    assert (web["color"], web["sign"]) == ("#a352cc", -1)
    assert len(found.chart.spec["layer"]) == 2, "an axis for each unit"


def test_a_gap_stays_a_gap_and_is_bridged_where_that_is_asked_for() -> None:
    gap = (END - 2000, END - 1000)
    broken, bridged = (
        one(panel(fieldConfig=config(custom={"spanNulls": span})), API, gap=gap) for span in (False, True)
    )
    for found, missing in ((broken, True), (bridged, False)):
        assert found.chart
        points = [row for each in charts.rows(found.chart.values).values() for row in each if "v" in row]
        assert any(row["v"] is None for row in points) == missing


def test_a_single_value_between_gaps_is_seen() -> None:
    found = one(panel(fieldConfig=config(custom={"showPoints": "never"})), API, gap=(END - 3600, END - 10))
    assert (
        any(layer.endswith("single") for layer in found.chart.values["series"][0]["layers"]) if found.chart else False
    )


def test_more_series_than_can_be_told_apart_are_cut_off_and_it_is_said() -> None:
    found = one(panel(), *(({"job": f"j{number}"}, 1.0) for number in range(140)))
    assert found.chart
    assert len(found.chart.values["series"]) == charts.MOST_SERIES
    assert found.notes == ["100 of 140 series are shown"]


def test_values_that_are_no_numbers_are_gaps() -> None:
    found = one(panel(), ({"job": "a"}, float("nan")), ({"job": "b"}, float("inf")), API)
    assert found.chart
    assert [each["name"] for each in found.chart.values["series"]] == ["api"]


@pytest.mark.parametrize("value", [0.0, -5.0, 1e-12, 1e15, 3.0])
@pytest.mark.parametrize("unit", ["short", "bytes", "s", "percentunit"])
def test_every_size_of_value_has_an_axis(value: float, unit: str) -> None:
    found = one(panel(fieldConfig=config(unit=unit)), ({"job": "a"}, value))
    domain = found.chart.spec["layer"][0]["layer"][0]["encoding"]["y"]["scale"]["domain"] if found.chart else [0, 0]
    assert domain[0] < domain[1]
    assert domain[0] <= value <= domain[1]


def test_what_fired_is_marked_once_for_many_alerts() -> None:
    annotation = {
        "name": "Firing",
        "enable": True,
        "expr": "ALERTS",
        "iconColor": "red",
        "titleFormat": "{{job}} fires",
    }
    more = {"annotations": {"list": [annotation, {**annotation, "expr": "off", "enable": False}]}}
    found = one(panel(), API, WEB, **more)
    assert found.chart
    datasets = found.chart.values["datasets"]
    assert [mark["text"] for mark in datasets["marks"]] == ["api fires", "web fires"]
    assert len(datasets["marked"]) == 1
    assert set(asked()) == {"up", "ALERTS"}
    assert charts.png(found.chart, 300, 150).startswith(PNG)


def test_numbers_have_their_limits_colours_and_words() -> None:
    mappings = [{"type": "value", "options": {"1": {"text": "UP & well", "color": "blue"}}}]
    fields = config(unit="percentunit", thresholds=STEPS, mappings=mappings)
    found = one(panel("stat", fieldConfig=fields, options={"colorMode": "background"}))
    assert "25 %" in found.html
    assert "background:#56a64b" in found.html
    assert "UP &amp; well" in found.html
    assert "background:#3274d9" in found.html
    assert ">api<" in found.html, "several have their names"
    alone = one(panel("stat", fieldConfig=fields, options={"colorMode": "value", "graphMode": "area"}), API)
    assert ">api<" not in alone.html
    assert "<polyline" in alone.html


@pytest.mark.parametrize(
    ("mapping", "value", "text"),
    [
        ({"type": "range", "options": {"from": 0, "to": 1, "result": {"text": "low"}}}, 0.25, "low"),
        ({"type": "range", "options": {"from": 1, "to": None, "result": {"text": "high"}}}, 5.0, "high"),
        ({"type": "regex", "options": {"pattern": "^7", "result": {"text": "seven"}}}, 7.0, "seven"),
        ({"type": "special", "options": {"match": "null", "result": {"text": "nothing"}}}, 7.0, ">7<"),
        ({"type": "value", "options": None}, 7.0, ">7<"),
    ],
)
def test_words_for_values(mapping: dict[str, Any], value: float, text: str) -> None:
    assert text in one(panel("stat", fieldConfig=config(mappings=[mapping])), ({}, value)).html


def test_no_value_says_what_the_document_says() -> None:
    with fake_prometheus() as asking:
        kinds = ("stat", "timeseries", "table", "bargauge", "gauge", "piechart", "state-timeline", "heatmap")
        made = document(*(panel(kind, fieldConfig=config(noValue="<none>")) for kind in kinds))
        found = drawn(asking, made)
    assert [each.problem for each in found] == [""] * len(kinds)
    assert all("&lt;none&gt;" in each.html for each in found)


def test_a_number_may_be_a_label() -> None:
    options = {"reduceOptions": {"calcs": ["last"], "fields": "/^version$/"}}
    target = {"expr": "build", "instant": True, "format": "table"}
    assert "v1.2.3" in one(panel("stat", options=options, targets=[target]), ({"version": "v1.2.3"}, 1.0)).html


@pytest.mark.parametrize(
    ("calc", "text"), [("max", "8"), ("min", "2"), ("mean", "5"), ("sum", "10"), ("range", "6"), ("what", "8")]
)
def test_what_a_series_comes_to(calc: str, text: str) -> None:
    from viewer.data import reduced

    assert f"{reduced([2.0, None, 8.0], calc):g}" == text
    assert reduced([None], calc) is None


def test_bars_are_as_long_as_their_values() -> None:
    found = one(panel("bargauge", fieldConfig=config(min=0, max=2, thresholds=STEPS)))
    assert re.findall(r"width:([\d.]+)%", found.html) == ["12.5", "50.0"]


@pytest.mark.parametrize("kind", ["gauge", "piechart", "state-timeline", "status-history", "heatmap", "barchart"])
def test_other_charts_are_pictures_too(kind: str) -> None:
    found = one(panel(kind, fieldConfig=config(unit="percentunit", thresholds=STEPS)))
    assert found.problem == ""
    assert found.chart
    assert len(charts.png(found.chart, 400, 200)) > 1000


def test_states_that_are_equal_are_one_piece() -> None:
    mappings = [{"type": "value", "options": {"1": {"text": "up", "color": "green"}}}]
    found = one(panel("state-timeline", fieldConfig=config(mappings=mappings)), WEB, gap=(END - 2000, END - 1000))
    assert found.chart
    pieces = found.chart.values["datasets"]["pieces"]
    assert [(piece["text"], piece["n"]) for piece in pieces] == [("up", "web")] * 2
    assert pieces[0]["t2"] < pieces[1]["t"]
    assert "up" in found.html


def test_a_state_that_has_just_begun_is_seen() -> None:
    found = one(panel("state-timeline", maxDataPoints=2), WEB, gap=(0, END - 100))
    assert found.chart
    [piece] = found.chart.values["datasets"]["pieces"]
    assert piece["t2"] - piece["t"] >= 900_000


def table(*transformations: dict[str, Any], **more: Any) -> Drawn:
    targets = [{"refId": letter, "expr": letter, "instant": True, "format": "table"} for letter in "AB"]
    made = panel("table", targets=targets, transformations=list(transformations), **more)
    return one(made, ({"job": "web", "zone": "z"}, 3.0), ({"job": "api", "zone": "y"}, 1.0))


def cells(found: Drawn) -> list[list[str]]:
    return [re.findall(r"<t[dh][^>]*>([^<]*)<", line) for line in found.html.split("<tr>")[1:]]


def test_a_table_has_the_columns_that_transformations_leave_in_their_order() -> None:
    overrides = [{"matcher": {"id": "byName", "options": "Now"}, "properties": [
        {"id": "unit", "value": "bytes"}, {"id": "thresholds", "value": STEPS},
        {"id": "custom.cellOptions", "value": {"type": "color-text"}}]}]  # fmt: skip
    found = table(
        {"id": "filterFieldsByName", "options": {"include": {"names": ["job", "Value #A", "Value #B"]}}},
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {
            "indexByName": {"Value #B": 0, "job": 1, "Value #A": 2}, "renameByName": {"Value #B": "Now", "job": "Job"},
            "excludeByName": {"Value #A": True}}},
        fieldConfig={"defaults": {}, "overrides": overrides},
        options={"sortBy": [{"displayName": "Job", "desc": False}]},
    )  # fmt: skip
    assert cells(found) == [["Now", "Job"], ["1 B", "api"], ["3 B", "web"]]
    assert "color:#e02f44" in found.html


@pytest.mark.parametrize(
    ("transformations", "expected"),
    [
        ([], [["job", "zone", "Value #A", "Value #B"], ["web", "z", "3", "3"], ["api", "y", "1", "1"]]),
        ([{"id": "joinByField", "options": {"byField": "job"}}],
         [["job", "zone", "zone 2", "Value #A", "Value #B"], ["web", "z", "z", "3", "3"], ["api", "y", "y", "1", "1"]]),
        ([{"id": "filterByRefId", "options": {"include": "B"}}],
         [["job", "zone", "Value #B"], ["web", "z", "3"], ["api", "y", "1"]]),
        ([{"id": "merge"}, {"id": "sortBy", "options": {"sort": [{"field": "job"}]}},
          {"id": "limit", "options": {"limitField": 1}}],
         [["job", "zone", "Value #A", "Value #B"], ["api", "y", "1", "1"]]),
        ([{"id": "merge", "disabled": True}, {"id": "organize", "options": {"excludeByName": {"zone": True}}}],
         [["job", "Value #A", "Value #B"], ["web", "3", "3"], ["api", "1", "1"]]),
    ],
)  # fmt: skip
def test_transformations(transformations: list[dict[str, Any]], expected: list[list[str]]) -> None:
    found = table(*transformations)
    head, *lines = expected
    shown = cells(found)
    assert sorted(shown[0]) == sorted(head)
    assert [sorted(line) for line in shown[1:]] == [sorted(line) for line in lines]


def test_a_transformation_that_is_not_done_is_said() -> None:
    found = table({"id": "groupingToMatrix", "options": {}})
    assert found.notes == ["its transformation 'groupingToMatrix' isn't done here"]
    assert "web" in found.html


def test_many_lines_are_cut_off_and_it_is_said() -> None:
    target = {"expr": "x", "instant": True, "format": "table"}
    found = one(panel("table", targets=[target]), *(({"n": f"{number:03}"}, 1.0) for number in range(230)))
    assert found.html.count("<tr>") == 201
    assert "and 30 more lines" in found.html


@pytest.mark.parametrize("mode", ["markdown", "html"])
def test_a_text_is_shown_without_what_could_do_harm(mode: str) -> None:
    content = "# Hello $v\n\n**bold** <b>b</b> <script>alert(1)</script> "
    content += "<img src=https://evil.example/x onerror=alert(1)> [x](javascript:alert(1))"
    found = one(
        panel("text", options={"mode": mode, "content": content}, targets=None),
        templating={"list": [{"name": "v", "type": "constant", "query": "you"}]},
    )
    assert "Hello you" in found.html
    assert "<b>b</b>" in found.html
    for harm in ("<script", "<img", "onerror", 'href="javascript'):
        assert harm not in found.html


def test_whatever_a_label_holds_is_text() -> None:
    hostile = ({"job": '<script>alert("x")</script>'}, 1.0)
    for kind in ("stat", "table", "bargauge", "timeseries", "state-timeline"):
        found = one(panel(kind, options={"legend": {"calcs": ["last"]}, "textMode": "name"}), hostile)
        assert "<script" not in found.html


def test_a_query_that_fails_is_said_in_prometheus_words() -> None:
    found = one(panel(), problem="parse error: unexpected <eof>")
    assert found.problem == "the query failed: parse error: unexpected <eof>"
    assert found.title == "Requests"


def test_a_prometheus_that_is_away_is_said_by_each_panel() -> None:
    with fake_prometheus(API) as asking:
        asking.prometheus.url = "http://127.0.0.1:1"
        [found] = drawn(asking, document(panel()))
        assert found.problem.startswith("Prometheus doesn't answer at http://127.0.0.1:1")
        with pytest.raises(PanelError, match="doesn't answer"):
            firing(asking)


def test_an_answer_that_would_not_fit_into_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewer.prometheus._LARGEST", 2**20)
    found = one(panel(), *(({"job": f"j{number}"}, 1.0) for number in range(300)))
    assert found.problem == "Prometheus's answer is larger than 1 MB; choose fewer series, or less time"


@pytest.mark.parametrize("answer", [{"resultType": "matrix", "result": [{"metric": {}, "histograms": []}]}, {}])
def test_an_answer_without_numbers_is_no_data(answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakePrometheus, "_data", lambda *_: answer)
    assert "no data" in one(panel()).html


@pytest.mark.parametrize("answer", [[], "text", {"result": [{"metric": {}, "values": [[1, "x"]]}]}, {"result": [5]}])
def test_an_answer_that_is_not_prometheus_is_said(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakePrometheus, "_data", lambda *_: answer)
    assert one(panel()).problem.startswith("Prometheus's answer holds")


def test_queries_are_asked_with_steps_variables_and_once() -> None:
    target = {"expr": "rate(x[$__rate_interval]) + $__range_s", "interval": "1m", "datasource": {"uid": "${ds}"}}
    made = document(
        panel(targets=[target, {**target, "refId": "B"}, {"expr": "hidden", "hide": True}, {"expr": ""}]),
        templating={"list": [{"name": "ds", "type": "datasource", "query": "prometheus"}]},
    )
    with fake_prometheus(API) as asking:
        [found] = drawn(asking, made)
    assert found.problem == ""
    [(path, parameters)] = FakePrometheus.asked
    assert path == "query_range"
    assert parameters["query"] == "rate(x[240s]) + 3600"
    assert parameters["step"] == "60"
    assert float(parameters["start"]) % 60 == 0


def test_an_instant_query_is_asked_at_the_end() -> None:
    one(panel("stat", targets=[{"expr": "up", "instant": True, "range": False}]))
    [(path, parameters)] = FakePrometheus.asked
    assert (path, float(parameters["time"])) == ("query", END)


@pytest.mark.parametrize(
    ("legend", "names"),
    [
        ("{{job}} at {{zone}}", ["api at x", "web at x"]),
        ("{{ nothing }}", ["", ""]),
        ("__auto", ["job api", "job web"]),
        ("", ["job api", "job web"]),
        ("$v", ["five", "five"]),
    ],
)
def test_what_a_legend_calls_a_series(legend: str, names: list[str]) -> None:
    variable = {"name": "v", "type": "constant", "query": "five"}
    series = [({"job": job, "zone": "x"}, 1.0) for job in ("api", "web")]
    found = one(panel(targets=[{"expr": "up", "legendFormat": legend}]), *series, templating={"list": [variable]})
    assert found.chart
    assert [each["name"] for each in found.chart.values["series"]] == names


def test_alerts_that_fire_are_listed_the_urgent_first() -> None:
    def alert(name: str, severity: str, state: str = "firing") -> dict[str, Any]:
        labels = {"alertname": name, "severity": severity, "service": "<api>"}
        return {
            "labels": labels,
            "state": state,
            "annotations": {"summary": f"{name} said", "dashboard_url": "javascript:x"},
        }

    alerts = [
        alert("Slow", "warning"),
        alert("Down", "critical"),
        alert("Soon", "critical", "pending"),
        alert("Watchdog", "none"),
    ]
    found = one(panel("alertlist"), alerts=alerts)
    assert re.findall(r"<b>(\w+)</b>", found.html) == ["Down", "Slow"]
    assert "Down said" in found.html
    assert "&lt;api&gt;" in found.html
    assert "javascript" not in found.html
    with fake_prometheus(alerts=[{}, {"state": "firing", "labels": None}]) as asking:
        assert firing(asking) == []


def test_a_panel_with_a_time_of_its_own() -> None:
    found = one(panel(timeFrom="15m"))
    assert found.chart
    assert found.chart.values["from"] == (END - 900) * 1000


def test_panels_stand_side_by_side_as_they_do_in_grafana() -> None:
    made = document(
        *(
            panel(title=str(number), gridPos={"x": 8 * (number % 3), "y": 1 + number // 3, "w": 8, "h": 4})
            for number in range(5)
        )
    )
    with fake_prometheus(API) as asking:
        [row] = view(asking, made).rows()
    assert [[placed.title for placed in line] for line in row.lines] == [["0", "1", "2"], ["3", "4"]]


LINES = (({"job": "api", "host": "a"}, 2.0), ({"job": "api", "host": "b"}, 4.0), ({"job": "web", "host": "a"}, 9.0))


def transformed(transformation: dict[str, Any]) -> list[str]:
    """Head and lines of the table that a transformation makes of three series."""
    targets = [{"refId": "A", "expr": "x", "instant": True, "format": "table"}]
    html = one(panel("table", targets=targets, transformations=[transformation]), *LINES).html
    return [" ".join(re.findall(r"<t[dh][^>]*>([^<]*)<", line)) for line in html.split("<tr>")[1:]]


def by_value(kind: str, *conditions: tuple[str, str, dict[str, Any]], match: str = "any") -> dict[str, Any]:
    filters = [{"fieldName": name, "config": {"id": test, "options": options}} for name, test, options in conditions]
    return {"id": "filterByValue", "options": {"type": kind, "match": match, "filters": filters}}


@pytest.mark.parametrize(
    ("transformation", "lines"),
    [
        (by_value("include", ("Value", "greater", {"value": 3})), ["api b 4", "web a 9"]),
        (by_value("exclude", ("Value", "lowerOrEqual", {"value": "4"})), ["web a 9"]),
        (by_value("include", ("Value", "between", {"from": 3, "to": 5}), ("job", "equal", {"value": "web"})),
         ["api b 4", "web a 9"]),
        (by_value("include", ("job", "equal", {"value": "api"}), ("host", "regex", {"value": "^b"}), match="all"),
         ["api b 4"]),
        (by_value("include", ("job", "notSubstring", {"value": "p"})), ["web a 9"]),
        (by_value("include", ("gone", "isNotNull", {})), []),
        (by_value("include", ("job", "greater", {"value": 1})), []),
    ],
)  # fmt: skip
def test_lines_are_chosen_by_their_values(transformation: dict[str, Any], lines: list[str]) -> None:
    assert [line.replace("  ", " ") for line in transformed(transformation)[1:]] == [
        " ".join([line.split()[1], line.split()[0], line.split()[2]]) for line in lines
    ]


@pytest.mark.parametrize(
    ("options", "head", "values"),
    [
        ({"mode": "binary", "binary": {"left": "Value", "operator": "*", "right": "10"}}, "Value * 10", "20 40 90"),
        ({"mode": "binary", "alias": "Half", "binary": {
            "left": {"matcher": {"id": "byName", "options": "Value"}}, "operator": "/", "right": {"fixed": "2"}}},
         "Half", "1 2 4.5"),
        ({"mode": "binary", "binary": {"left": "Value", "operator": "/", "right": "0"}}, "Value / 0", ""),
        ({"mode": "reduceRow", "reduce": {"reducer": "max", "include": ["Value"]}}, "max", "2 4 9"),
    ],
)  # fmt: skip
def test_a_column_is_calculated(options: dict[str, Any], head: str, values: str) -> None:
    first, *lines = transformed({"id": "calculateField", "options": {**options, "replaceFields": True}})
    assert first.endswith(head)
    assert " ".join(lines).split() == values.split()


def test_lines_are_grouped() -> None:
    fields = {
        "job": {"operation": "groupby", "aggregations": []},
        "Value": {"operation": "aggregate", "aggregations": ["sum", "max"]},
        "host": {"operation": "aggregate", "aggregations": ["count", "last"]},
        "gone": {"operation": "groupby"},
    }
    assert transformed({"id": "groupBy", "options": {"fields": fields}}) == [
        "job Value (sum) Value (max) host (count) host (last)",
        "api 6 4 2 b",
        "web 9 9 1 a",
    ]
