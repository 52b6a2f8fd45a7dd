"""How services are reached, as Prometheus itself reads it."""

from pathlib import Path
from typing import Any

import pytest

from config.prometheus.rules import rules
from config.prometheus.scrapes import scrapes
from config.prometheus.server import prometheus_config
from tests.support.rendered import promtool, settings
from tests.unit.certificate import CERTIFICATE

SERVICE: dict[str, Any] = {
    "name": "order_service",
    "address": "order_service:8080",
    "tls": {"ca": CERTIFICATE, "serverName": "orders.internal"},
    "proxy": "http://proxy:3128",
}


@pytest.mark.parametrize(
    "access", [{"basicAuth": {"username": "prom"}}, {"bearerToken": True}, {"tls": {"insecureSkipVerify": True}}]
)
def test_prometheus_takes_logins_tls_and_proxies(access: dict[str, Any], tmp_path: Path) -> None:
    stack = settings("prod", services=[{**SERVICE, **access}])
    config = prometheus_config(stack, scrapes(stack, ()), {"application.yml": rules(stack)["application.yml"]})
    (tmp_path / "secrets").mkdir()
    for key in ("servicePassword", "serviceToken"):
        (tmp_path / "secrets" / f"{key}-order_service").write_text("x")
    text = config.files["prometheus.yml"].replace("/etc/prometheus", str(tmp_path))
    (tmp_path / "prometheus.yml").write_text(text)
    result = promtool("check", "config", "--syntax-only", "prometheus.yml", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
