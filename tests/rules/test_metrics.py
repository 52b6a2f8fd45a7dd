"""Rules read only what there is: metrics that exporters really export, and series that other rules record."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from tests.support import metrics
from tests.support.conditional import CONDITIONAL
from tests.support.expressions import metric_names, reads
from tests.support.metrics import exported, known, of_teams, recorded, rules_in, unknown
from tests.support.panel_queries import panel_queries
from tests.support.rendered import rendered, settings
from tools import record_metrics

STACKS = ("dev", "staging", "prod")
RULES = {f"{stack}/{file}": content for stack in STACKS for file, content in rendered(stack).items()}
# a stack without objectives, say, records none, and its alerts on them stay quiet: any stack will do
KNOWN = known() | recorded(RULES.values())
EXPRESSIONS = [rule["expr"] for content in RULES.values() for rule in rules_in(content)]
EXPRESSIONS += [query.expr for query in panel_queries(settings("prod"))]


@pytest.mark.parametrize("file", RULES)
def test_every_metric_is_exported_or_recorded(file: str) -> None:
    assert list(unknown(RULES[file], KNOWN)) == []


def test_the_postgres_exporter_of_today_exports_what_is_read_too() -> None:
    """The kit's 0.17 is recorded; 0.20, the official image, has its collectors written anew: read off its sources.

    Both have every number of the server's settings, under the same names.
    """
    today = set(Path(__file__).with_name("postgres_exporter_0.20.txt").read_text().split())
    today |= {name for name in exported()["postgres"] if name.startswith("pg_settings_")}
    read = {name for expr in EXPRESSIONS for name in metric_names(expr) if name.startswith("pg_")}
    assert len(read) > 30
    assert sorted(read - today) == []


def test_every_list_is_sorted_and_says_something() -> None:
    for path in metrics.EXPORTED.glob("*.txt"):
        names = path.read_text().splitlines()
        assert names == sorted(set(names)), path.name
        assert len(names) > 5, path.name
    assert {"node", "cadvisor", "postgres", "redis", "prometheus", "alertmanager", "blackbox", "probe"} <= set(
        exported()
    )


def test_a_metric_of_some_condition_is_in_no_list_and_is_used() -> None:
    """Otherwise the exception isn't one, or nobody needs it."""
    used = {name for expr in EXPRESSIONS for name in metric_names(expr)}
    assert sorted(CONDITIONAL.keys() - used) == []
    for job, names in exported().items():
        assert sorted(CONDITIONAL.keys() & names) == [], f"exported by {job}"


RULE_FILE = """
groups:
  - name: one
    rules:
      - {record: "a:rate", expr: "rate(a_total[5m])"}
      - {alert: A, expr: "a:rate > 1 and on () up == 1"}
      - {alert: B, expr: "a_totl > 1"}
      - {alert: C, expr: '{__name__=~"a.*"} > 1'}
      - {alert: D, expr: "b:rate > a_total"}
"""


def test_a_name_that_there_is_not() -> None:
    other = 'groups: [{name: two, rules: [{record: "b:rate", expr: a_total}]}]'
    names = {"a_total", "up", *recorded([RULE_FILE, other])}
    assert list(unknown(RULE_FILE, names)) == [
        "B: there is no metric a_totl",
        'C: `{__name__=~"a.*"}` names no metric; select one by its name',
    ]
    assert list(unknown(RULE_FILE, names - {"b:rate"}))[-1] == "D: there is no metric b:rate"


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("vector(1)", set()),
        ('sum by (le) (rate(a_bucket{b="c"}[5m] offset 1h)) / on (x) group_left (y) d', {"a_bucket", "d"}),
        ("max_over_time(a[1h:1m]) unless absent(b) or c == bool 1", {"a", "b", "c"}),
        ('{__name__="a", b="c"}', {"a"}),
        ("label_replace(a, 'x', '$1', 'y', '(.*)')", {"a"}),
    ],
)
def test_names_in_an_expression(expression: str, names: set[str]) -> None:
    assert metric_names(expression) == names
    assert all(reads(expression, [name]) for name in names)
    assert not reads(expression, ["z"])


def test_selecting_by_pattern_reads_what_fits() -> None:
    assert reads('{__name__=~"a.+"}', ["z", "ab"])
    assert not reads('{__name__=~"a.+"}', ["a", "xab"])
    assert reads('{job="x"}', ["anything"])


@pytest.mark.parametrize("text", ["a >", "", "a{b=}", "rate(a)"])
def test_what_is_not_promql_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="isn't PromQL"):
        metric_names(text)


def test_a_teams_own_metrics_count(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "metrics.txt").write_text("orders_total\norders_open\n")
    assert of_teams(tmp_path) == {"orders_total", "orders_open"}


class Handler(BaseHTTPRequestHandler):
    """A Prometheus with the jobs api and node."""

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)["query"][0]
        if query.startswith("count"):
            found = [{"job": "node"}, {"job": "api"}]
        else:
            assert query.startswith("group by (__name__) ({job=")
            names = {"node": ["node_load1", "up", "ALERTS"], "api": ["b_total", "a_bucket", "a:rate"]}
            found = [{"__name__": name} for name in names[query.split('"')[1]]]
        document = {"data": {"result": [{"metric": metric, "value": [0, "1"]} for metric in found]}}
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def prometheus() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_lists_are_recorded_from_a_running_prometheus(
    prometheus: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_metrics, "EXPORTED", tmp_path)
    (tmp_path / "node.txt").write_text("node_load1\nnode_load5\n")
    (tmp_path / "docker.txt").write_text("engine_daemon_engine_info\n")
    result = CliRunner().invoke(record_metrics.app, ["--url", prometheus])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "api.txt").read_text() == "a_bucket\nb_total\n"
    assert (tmp_path / "node.txt").read_text() == "node_load1\n"
    assert "node: 1 names, 0 new, 1 gone" in result.output
    assert "docker: kept as it was, this stack has no such job" in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--url", "http://127.0.0.1:1"], "no Prometheus answers at http://127.0.0.1:1"),
        (["--url", "nonsense"], "no Prometheus answers at nonsense"),
        (["--stack", "nope"], "no stack 'nope'"),
    ],
)
def test_what_can_not_be_asked_is_said_in_one_line(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(record_metrics.app, arguments)
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert line.startswith("metrics: ")
    assert words in line
