"""`monitor services detect`: by a target's text or what Prometheus has, an entry for the stack's file."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from config.settings.services import CONVENTIONS
from ops.cli import app
from ops.commands import services
from ops.commands.services import measured
from ops.errors import OpsError, UsageError
from ops.outputs import Outputs
from tests.rules.test_conventions import SERIES

TEXT = """# HELP http_server_requests_seconds x
# TYPE http_server_requests_seconds histogram
http_server_requests_seconds_count{method="GET",status="200",uri="/a \\"}{b"} 4.0
http_server_requests_seconds_bucket{method="GET",status="200",uri="/a",le="0.5"} 4
up_since 1.7e9 1700000000
"""


class Target(BaseHTTPRequestHandler):
    text = TEXT

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/metrics" else 404)
        self.end_headers()
        self.wfile.write(self.text.encode())

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def target() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Target)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["services", "detect", *words])


def test_a_target_is_read_and_its_entry_proposed(target: str) -> None:
    result = run(f"{target}/metrics")
    assert result.stdout.splitlines() == [
        "metrics: micrometer   # into its entry of services",
        "requests  http_server_requests_seconds_count",
        'errors    http_server_requests_seconds_count{status=~"5.."}',
        "latency   http_server_requests_seconds_bucket",
    ]
    assert json.loads(run(f"{target}/metrics", "--json").stdout)["metrics"] == "micrometer"


@pytest.mark.parametrize("convention", SERIES)
def test_every_convention_is_detected(convention: str) -> None:
    counter, labels, _, histogram, _ = SERIES[convention]
    series = {counter: {part.partition("=")[0] for part in labels.split(",")}}
    if histogram:
        series[f"{histogram.partition('{')[0]}_bucket"] = {"le"}
    found = measured(series)
    assert found
    same = {"fastapi": "default", "express-prom-bundle": "prom-client"}  # apart from the label of their routes
    assert found.name == same.get(convention, convention)
    assert found.requests
    assert (found.errors, found.latency) == ((False, False) if convention == "nginx" else (True, True))


def test_names_of_their_own_are_proposed_one_by_one() -> None:
    found = measured({"shop_requests_total": {"code"}, "shop_rpc_ms_count": {"outcome"}, "shop_rpc_ms_bucket": {"le"}})
    assert found
    assert found.metrics.model_dump(by_alias=True, exclude_defaults=True) == {
        "requests": "shop_rpc_ms_count", "status": "outcome", "duration": "shop_rpc_ms", "unit": "milliseconds",
    }  # fmt: skip


def test_nothing_to_say_and_nothing_there() -> None:
    found = measured({"http_requests_total": {"status"}, "http_request_duration_seconds_bucket": {"le"}})
    assert found
    assert found.metrics == CONVENTIONS["default"]
    assert measured({"process_cpu_seconds_total": set()}) is None


def test_prometheus_is_asked_for_a_service(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def fetch(url: str, params: Any) -> object:
        asked.append((url, params["match[]"]))
        return {"data": [{"__name__": "http_requests_total", "code": "200"}] if '"go"' in params["match[]"] else []}

    class Opened:
        pulumi = None

    monkeypatch.setattr(services, "fetch_json", fetch)
    monkeypatch.setattr("ops.commands.services.Session.open_deployed", lambda _stack: Opened)
    monkeypatch.setattr(services, "read_outputs", lambda _: Outputs.parse("dev", {"urls": {"prometheus": "http://p"}}))
    assert run("go").stdout.splitlines()[0] == "metrics: promhttp   # into its entry of services"
    assert "latency   not measured: no histogram with buckets" in run("go").stdout
    assert asked[0][0] == "http://p/api/v1/series"
    assert isinstance(run("gone").exception, UsageError | SystemExit)


@pytest.mark.parametrize(
    ("place", "problem"),
    [("/nothing", "answers 404 Not Found"), ("", "answers 404"), ("/metrics", "none that counts requests")],
)
def test_a_target_without_metrics_is_one_line(
    target: str, place: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Target, "text", "go_info 1\n")
    with pytest.raises(OpsError, match=problem):
        services.detect(f"{target}{place}")


def test_what_is_no_metrics_is_said(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Target, "text", "<html>hello</html>")
    with pytest.raises(OpsError, match="answers, but not with metrics"):
        services.scraped(f"{target}/metrics")
    with pytest.raises(OpsError, match="doesn't answer: connection refused"):
        services.scraped("http://127.0.0.1:1/metrics")
    with pytest.raises(UsageError, match="is neither a service's name nor a URL"):
        services.stored('a"} or up{', "dev")
