"""`monitor query`: PromQL asked of the running stack's Prometheus; and every expression that the docs give to it."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import promql_parser as promql
import pytest
from typer.testing import CliRunner, Result

from ops.cli import app
from tests.ops.conftest import FakePulumi

DOCS = Path(__file__).parents[2] / "docs"
ANSWERS: dict[str, object] = {
    "up": [
        {"metric": {"__name__": "up", "job": "node", "host": "shop-1"}, "value": [1.5, "1"]},
        {"metric": {"job": "a"}, "value": [1.5, "0"]},
    ],
    "up == 2": [],
    "up[1m]": [{"metric": {"__name__": "up"}, "values": [[1, "1"], [16, "0"]]}],
    "native": [{"metric": {"__name__": "native"}, "histogram": [1, {"count": "3"}]}],
    "1 + 1": [1.5, "2"],
    "'words'": [1.5, "words"],
}
KINDS = {"up[1m]": "matrix", "1 + 1": "scalar", "'words'": "string"}


class _Prometheus(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        [expression] = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["query"]
        if expression == "page":
            self._answer(200, b"<html>a proxy</html>")
        elif expression not in ANSWERS:
            self._answer(400, json.dumps({"status": "error", "errorType": "bad_data", "error": "parse error"}).encode())
        else:
            data = {"resultType": KINDS.get(expression, "vector"), "result": ANSWERS[expression]}
            self._answer(200, json.dumps({"status": "success", "data": data, "infos": ["x"]}).encode())

    def _answer(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


pytestmark = pytest.mark.usefixtures("pulumi")


@pytest.fixture
def _deployed(checkout: Path) -> None:
    stacks = checkout / ".state" / "backend" / ".pulumi" / "stacks" / "autonomica-monitoring"
    stacks.mkdir(parents=True)
    (checkout / ".state" / "passphrase").write_text("x")
    (stacks / "dev.json").write_text("{}")


@pytest.fixture
def prometheus(_deployed: None, pulumi: FakePulumi) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Prometheus)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    pulumi.answer("stack output", {"urls": {"prometheus": url}})
    yield url
    server.shutdown()
    server.server_close()


def query(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["query", *arguments], prog_name="monitor")


@pytest.mark.usefixtures("prometheus")
@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("up", 'up{host="shop-1", job="node"}  1\n{job="a"}                      0\n'),
        ("up == 2", "no series\n"),
        ("up[1m]", "up  1 0\n"),
        ("native", "native  a native histogram; ask for histogram_quantile(0.95, …) of it\n"),
        ("1 + 1", "2\n"),
        ("'words'", "words\n"),
    ],
)
def test_a_line_for_each_series(expression: str, said: str) -> None:
    result = query(expression)
    assert (result.exit_code, result.output) == (0, said)


@pytest.mark.usefixtures("prometheus")
@pytest.mark.parametrize("expression", ANSWERS)
def test_json_is_what_prometheus_says(expression: str) -> None:
    document = json.loads(query("--json", expression).stdout)
    assert (document["stack"], document["query"]) == ("dev", expression)
    assert (document["resultType"], document["result"]) == (KINDS.get(expression, "vector"), ANSWERS[expression])


@pytest.mark.usefixtures("prometheus")
def test_what_is_no_promql_is_said_in_prometheus_words() -> None:
    result = query("sum(")
    assert (result.exit_code, result.stderr) == (2, "monitor: Prometheus can't answer `sum(`: parse error\n")


def test_something_else_that_answers_is_no_prometheus(prometheus: str) -> None:
    result = query("page")
    assert (result.exit_code, result.stderr) == (1, f"monitor: Prometheus answers 200 OK at {prometheus}\n")


@pytest.mark.usefixtures("_deployed")
def test_one_that_is_down(pulumi: FakePulumi) -> None:
    pulumi.answer("stack output", {"urls": {"prometheus": "http://127.0.0.1:1"}})
    result = query("up")
    assert result.exit_code == 1
    assert result.stderr == "monitor: Prometheus doesn't answer at http://127.0.0.1:1: connection refused\n"


def test_a_stack_that_is_not_there() -> None:
    assert "stack 'dev' isn't deployed" in query("up").stderr


_QUERY = re.compile(r"""monitor query (?:'([^']*)'|"((?:\\.|[^"\\])*)"|([^\s'"`;]+))""")


def _given_to_it(text: str) -> Iterator[str]:
    """The expressions of `monitor query EXPR` in a document, with something in place of the shell's variables."""
    for single, double, bare in _QUERY.findall(text):
        shell = re.sub(r"\\(.)", r"\1", double) if double else bare
        yield single or re.sub(r"\$\{?\w+\}?", "NAME", shell)


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: path.stem)
def test_what_the_docs_ask_is_promql(path: Path) -> None:
    for expression in _given_to_it(path.read_text()):
        promql.parse(expression)


def test_the_docs_ask_for_much() -> None:
    assert sum(len(list(_given_to_it(path.read_text()))) for path in DOCS.rglob("*.md")) > 300
