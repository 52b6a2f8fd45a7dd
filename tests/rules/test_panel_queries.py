"""What the dashboards ask is PromQL, of metrics that there are."""

from pathlib import Path

import pytest
import yaml

from tests.support.metrics import known, recorded
from tests.support.panel_queries import PanelQuery, as_rule_file, of_dashboard, panel_queries, resolved, unknown_names
from tests.support.rendered import promtool, rendered, settings

STACKS = ("dev", "staging", "prod")
KNOWN = known() | recorded(content for stack in STACKS for content in rendered(stack).values())


def judged(queries: list[PanelQuery], folder: Path) -> tuple[int, str]:
    (folder / "dashboards.yml").write_text(as_rule_file(queries))
    result = promtool("check", "rules", "--lint=none", "dashboards.yml", folder=folder)
    return result.returncode, result.stdout + result.stderr


@pytest.mark.parametrize("stack", STACKS)
def test_promtool_reads_every_query(stack: str, tmp_path: Path) -> None:
    queries = panel_queries(settings(stack))
    assert len(queries) > 150
    code, said = judged(queries, tmp_path)
    assert code == 0, said
    assert f"{len(queries)} rules found" in said


@pytest.mark.parametrize("stack", STACKS)
def test_every_metric_is_exported_or_recorded(stack: str) -> None:
    assert list(unknown_names(panel_queries(settings(stack)), KNOWN)) == []


def test_a_broken_query_is_found(tmp_path: Path) -> None:
    code, said = judged([PanelQuery("good", "up"), PanelQuery("bad", "sum by (job (up)")], tmp_path)
    assert code != 0
    assert "query:1" in said


def test_a_misspelt_metric_is_found() -> None:
    queries = [PanelQuery("shop: Sold A", 'rate(odrers_total{a=~".*"}[1m]) / up'), PanelQuery("shop: Left A", "up >")]
    first, second = unknown_names(queries, frozenset({"up"}))
    assert first == "shop: Sold A: there is no metric odrers_total"
    assert second.startswith("shop: Left A: `up >` isn't PromQL")


def test_panels_annotations_and_variables_are_all_asked() -> None:
    document = {
        "uid": "shop",
        "panels": [
            {"type": "row", "title": "Heading"},
            {"title": "Sold", "targets": [{"refId": "A", "expr": 'rate(a{b=~"$b"}[$__rate_interval])'}]},
        ],
        "annotations": {"list": [{"name": "Firing", "expr": "ALERTS"}]},
        "templating": {
            "list": [
                {"name": "datasource", "type": "datasource"},
                {"name": "b", "type": "query", "query": {"query": 'label_values(a{c!=""}, b)'}},
            ]
        },
    }
    assert list(of_dashboard(document)) == [
        PanelQuery("shop: Sold A", 'rate(a{b=~".*"}[1m])'),
        PanelQuery("shop: annotation Firing", "ALERTS"),
        PanelQuery("shop: variable b", 'a{c!=""}'),
    ]


def test_what_belongs_to_promql_stays() -> None:
    expr = 'label_replace(up{h=~"${host}"}, "x", "$1", "y", "(.*)")[$__range]'
    assert resolved(expr) == 'label_replace(up{h=~".*"}, "x", "$1", "y", "(.*)")[6h]'


def asked(place: str) -> str:
    [query] = [each for each in panel_queries(settings("prod")) if each.place == place]
    return query.expr


@pytest.mark.parametrize(
    ("place", "series", "answers"),
    [
        # an alert's group may be evaluated every minute, Prometheus's others every 15 seconds
        (
            "alerts: Time spent firing A",
            {
                'ALERTS{alertname="Always",severity="critical",alertstate="firing",instance="a"}': "1x2000",
                'ALERTS{alertname="Always",severity="critical",alertstate="firing",instance="b"}': "1x2000",
                'ALERTS{alertname="Half",severity="warning",alertstate="firing"}': "_x1281 1x720",
                'ALERTS{alertname="Pending",severity="warning",alertstate="pending"}': "1x2000",
            },
            {
                '{alertname="Always",severity="critical"}': 1,
                '{alertname="Half",severity="warning"}': 0.5,
            },
        ),
        # the two whose highest value in the whole time was the least are left out, whatever they have now
        (
            "containers: Memory A",
            {
                f'container_memory_working_set_bytes{{host="h",name="c{number}"}}': f"{number}x1990 {20 - number}x10"
                for number in range(12)
            }
            | {'container_memory_working_set_bytes{host="h",name="c0"}': "0x2000"},
            {
                f'container_memory_working_set_bytes{{host="h",name="c{number}"}}': 20 - number
                for number in (*range(1, 10), 11)
            },
        ),
    ],
    ids=["time spent firing", "the ten with most"],
)
def test_an_answer_is_right(place: str, series: dict[str, str], answers: dict[str, float], tmp_path: Path) -> None:
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": asked(place),
                "eval_time": "2000m",
                "exp_samples": [{"labels": labels, "value": value} for labels, value in answers.items()],
            }
        ],
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump({"tests": [test]}))
    result = promtool("test", "rules", "test.yml", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
