"""Each convention of `services[].metrics`, by the series that its library exports: what is recorded of them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings.services import CONVENTIONS
from tests.support.rendered import promtool, rendered

# Of each, at 2 requests a second of which 1 fails, all in 0.2 to 0.5 seconds: labels of the counter (what fails, what
# doesn't), the histogram and the bound that everything fits into. Names and labels as the libraries write them.
_PATH = 'path="/orders"'
OTEL = (
    'http_request_method="GET",http_route="/orders/{id}",network_protocol_version="1.1",otel_scope_name="x",'
    'url_scheme="http",http_response_status_code="%s"'
)
SPRING = 'error="none",exception="none",method="GET",outcome="X",uri="/orders",status="%s"'
DJANGO = 'method="GET",view="orders"'
INGRESS = 'exported_host="shop",exported_service="shop",ingress="shop",method="GET",path="/",status="%s"'
TRAEFIK = 'code="%s",entrypoint="websecure",method="GET",protocol="http"'
SERIES: dict[str, tuple[str, str, str, str | None, str]] = {
    # convention: counter, labels with the status, statuses (failed, fine), histogram with labels, bound
    "default": (
        "http_requests_total",
        f'status="%s",{_PATH}',
        "500 200",
        f"http_request_duration_seconds{{{_PATH}",
        "0.5",
    ),
    "opentelemetry": (
        "http_server_request_duration_seconds_count",
        OTEL,
        "500 200",
        f"http_server_request_duration_seconds{{{OTEL % 200}",
        "0.5",
    ),
    "micrometer": (
        "http_server_requests_seconds_count",
        SPRING,
        "500 200",
        f"http_server_requests_seconds{{{SPRING % 200}",
        "0.5",
    ),
    "prom-client": (
        "http_request_duration_seconds_count",
        'method="GET",route="/orders",status_code="%s"',
        "503 200",
        'http_request_duration_seconds{method="GET",route="/orders",status_code="200"',
        "0.5",
    ),
    "express-prom-bundle": (
        "http_request_duration_seconds_count",
        'method="GET",path="/orders",status_code="%s"',
        "500 200",
        'http_request_duration_seconds{method="GET",path="/orders",status_code="200"',
        "0.5",
    ),
    "fastapi": (
        "http_requests_total",
        'handler="/orders",method="GET",status="%s"',
        "5xx 2xx",
        'http_request_duration_seconds{handler="/orders",method="GET"',
        "0.5",
    ),
    "flask": (
        "flask_http_request_total",
        'method="GET",status="%s"',
        "500 200",
        'flask_http_request_duration_seconds{method="GET",path="/orders",status="200"',
        "0.5",
    ),
    "starlette": (
        "starlette_requests_total",
        'app_name="shop",method="GET",path="/orders",status_code="%s"',
        "500 200",
        'starlette_request_duration_seconds{app_name="shop",method="GET",path="/orders",status_code="200"',
        "0.5",
    ),
    "promhttp": (
        "http_requests_total",
        'code="%s",handler="orders",method="get"',
        "500 200",
        'http_request_duration_seconds{code="200",handler="orders",method="get"',
        "0.5",
    ),
    "django": (
        "django_http_responses_total_by_status_view_method_total",
        f'status="%s",{DJANGO}',
        "500 200",
        f"django_http_requests_latency_seconds_by_view_method{{{DJANGO}",
        "0.5",
    ),
    "nginx": ("nginx_http_requests_total", "", "", None, ""),
    "nginx-vts": (
        "nginx_vts_server_requests_total",
        'exported_host="*",code="%s"',
        "5xx 2xx",
        'nginx_vts_server_request_duration_seconds{exported_host="*"',
        "0.5",
    ),
    "nginx-ingress": (
        "nginx_ingress_controller_requests",
        INGRESS,
        "502 200",
        f"nginx_ingress_controller_request_duration_seconds{{{INGRESS % 200}",
        "0.5",
    ),
    "traefik": (
        "traefik_entrypoint_requests_total",
        TRAEFIK,
        "502 200",
        f"traefik_entrypoint_request_duration_seconds{{{TRAEFIK % 200}",
        "0.5",
    ),
    "envoy": (
        "envoy_http_downstream_rq_xx",
        'envoy_http_conn_manager_prefix="ingress_http",envoy_response_code_class="%s"',
        "5 2",
        'envoy_http_downstream_rq_time{envoy_http_conn_manager_prefix="ingress_http"',
        "500",
    ),
}
# what has to be left out: health checks, a proxy's own pages, sums of what is counted already
UNCOUNTED = {
    "opentelemetry": [("http_server_request_duration_seconds_count", (OTEL % 500).replace("/orders/{id}", "/healthz"))],
    "micrometer": [("http_server_requests_seconds_count", (SPRING % 500).replace("/orders", "/actuator/health"))],
    "traefik": [("traefik_entrypoint_requests_total", (TRAEFIK % 500).replace("websecure", "traefik"))],
    "envoy": [
        ("envoy_http_downstream_rq_xx", 'envoy_http_conn_manager_prefix="admin",envoy_response_code_class="5"'),
    ],
    "nginx-vts": [
        ("nginx_vts_server_requests_total", 'exported_host="*",code="total"'),
        ("nginx_vts_server_requests_total", 'exported_host="shop.example.com",code="5xx"'),
    ],
}
TARGET = 'service="shop",job="shop",host="h",instance="shop:1"'


def series(convention: str) -> list[dict[str, str]]:
    """Input of promtool."""
    counter, labels, statuses, histogram, bound = SERIES[convention]
    made = [{"series": f"up{{{TARGET}}}", "values": "1x40"}]
    for status in statuses.split() or [""]:
        own = labels % status if status else labels
        made.append({"series": f"{counter}{{{TARGET},{own}}}", "values": "0+15x40"})
    for name, own in UNCOUNTED.get(convention, ()):
        made.append({"series": f"{name}{{{TARGET},{own}}}", "values": "0+900x40"})
    if histogram:
        metric, _, own = histogram.partition("{")
        for le, values in (("0.0001", "0x40"), (bound, "0+30x40"), ("+Inf", "0+30x40")):
            made.append({"series": f'{metric}_bucket{{{TARGET},{own},le="{le}"}}', "values": values})
    return made


def one(expression: str, value: float | None) -> dict[str, Any]:
    """What promtool expects of an expression, to three places: one sample without labels, or none."""
    samples = [] if value is None else [{"labels": "{}", "value": value}]
    return {"expr": f"round({expression}, 0.001)", "eval_time": "9m", "exp_samples": samples}


def judged(metrics: Any, inputs: list[dict[str, str]], expected: list[dict[str, Any]], folder: Path) -> str:
    """promtool's words about rules for a service whose metrics have these names; nothing if all is as expected."""
    chosen = [
        {"name": "shop", "address": "shop:1", "metrics": metrics, "latencyObjective": {"percent": 99, "seconds": 0.5}},
        {"name": "old", "address": "old:1"},
    ]
    for name, content in rendered("prod", services=chosen).items():
        (folder / name).write_text(content)
    tests = [{"interval": "15s", "input_series": inputs, "promql_expr_test": expected}]
    document = {"rule_files": ["application.yml", "slo.yml"], "evaluation_interval": "15s", "tests": tests}
    (folder / "test.yml").write_text(yaml.safe_dump(document))
    check = promtool("check", "rules", "--lint=all", "--lint-fatal", "application.yml", "slo.yml", folder=folder)
    result = promtool("test", "rules", "test.yml", folder=folder)
    return "" if check.returncode == result.returncode == 0 else check.stderr + result.stdout + result.stderr


def test_every_convention_has_series_here() -> None:
    assert list(SERIES) == list(CONVENTIONS)


@pytest.mark.parametrize("convention", SERIES)
def test_what_a_library_exports_is_measured(convention: str, tmp_path: Path) -> None:
    _, _, statuses, histogram, _ = SERIES[convention]
    expected = [
        one('sum(service:requests:rate5m{service="shop",kind="requests"})', 2 if statuses else 1),
        one('sum(service:errors:ratio_rate5m{service="shop"})', 0.5 if statuses else None),
        one('sum(route:requests:rate5m{service="shop"})', 2 if statuses else 1),
        one('sum(route:errors:rate5m{service="shop"})', 1 if statuses else None),
        one('count(count by (status) (route:requests:rate5m{service="shop"}))', 2 if statuses else 1),
        one('count(route:requests:rate5m{service="shop",status=~"5.*"})', 1 if statuses else None),
        one('sum(service:request_duration_seconds:p95_rate5m{service="shop"})', 0.475 if histogram else None),
        # all within the objective's half second
        one('sum(service:slo_late:ratio_rate5m{service="shop"})', 0 if histogram else None),
        one('sum(service:slo_late:ratio_rate1m{service="shop"})', 0 if histogram else None),
        one('count(ALERTS{alertname="ErrorRateHigh",alertstate="firing",service="shop"})', 1 if statuses else None),
    ]  # fmt: skip
    # another service, under our names, is measured beside it
    other = {"series": 'http_requests_total{service="old",instance="o",status="200"}', "values": "0+15x40"}
    expected.append(one('sum(service:requests:rate5m{service="old"})', 1))
    assert judged(convention, [*series(convention), other], expected, tmp_path) == ""


def test_names_of_their_own(tmp_path: Path) -> None:
    metrics = {"requests": "shop_calls", "errors": "shop_failures", "duration": "shop_ms", "unit": "milliseconds",
               "route": "action", "only": {"kind": "public|partner"}, "without": {"action": "ping_.*"}}  # fmt: skip
    inputs = [
        {"series": f'shop_calls{{{TARGET},kind="public",action="buy"}}', "values": "0+15x40"},
        {"series": f'shop_calls{{{TARGET},kind="internal",action="buy"}}', "values": "0+15x40"},
        {"series": f'shop_calls{{{TARGET},kind="public",action="ping_db"}}', "values": "0+15x40"},
        {"series": f"shop_failures{{{TARGET}}}", "values": "0x20 0+3x20"},
        *(
            {"series": f'shop_ms_bucket{{{TARGET},kind="public",le="{le}"}}', "values": f"0+{count}x40"}
            for le, count in (("2.5", 3), ("250.0", 6), ("500", 9), ("1000.0", 12), ("+Inf", 15))
        ),
    ]
    buckets = 'count(service:request_duration_seconds_bucket:rate5m{service="shop",le="%s"})'
    expected = [
        one('sum(service:requests:rate5m{service="shop"})', 1),
        one('count(route:requests:rate5m{service="shop",route="buy"})', 1),
        *(one(buckets % le, 1) for le in ("0.0025", "0.250", "0.500", "1.000", "+Inf")),
        one('sum(service:slo_late:ratio_rate5m{service="shop"})', 0.4),
        one('sum(service:slo_late:ratio_rate1m{service="shop"})', 0.4),
        one('sum(service:errors:rate5m{service="shop"}) > bool 0.05', 1),
    ]
    assert judged(metrics, inputs, expected, tmp_path) == ""


def test_the_conventions_are_told_apart_by_service(tmp_path: Path) -> None:
    """Two services whose histogram has the same name, one of which counts under ours: neither counts for the other."""
    inputs = [*series("prom-client"),
              {"series": 'http_requests_total{service="old",instance="o",status="500"}', "values": "0+15x40"},
              {"series": 'http_request_duration_seconds_count{service="old",instance="o",status_code="200"}',
               "values": "0+90x40"}]  # fmt: skip
    expected = [
        one('sum(service:requests:rate5m{service="old"})', 1),
        one('sum(service:errors:ratio_rate5m{service="old"})', 1),
        one('sum(service:requests:rate5m{service="shop"})', 2),
    ]
    assert judged("prom-client", inputs, expected, tmp_path) == ""
