"""Services: how each is reached, by addresses, TLS, logins and proxies; what is wrong is one line."""

from typing import Any

import pulumi
import pytest
import yaml

from config.areas.probes.area import blackbox_config
from config.prometheus.scrapes import scrapes
from config.settings.errors import SettingsError
from config.settings.services import CONVENTIONS
from config.settings.stack import Settings
from tests.support.program import SECRETS, Secret, run_program
from tests.support.rendered import settings
from tests.unit.certificate import CERTIFICATE

SERVICE: dict[str, Any] = {"name": "order_service", "address": "order_service:8080"}


def chosen(**more: Any) -> Settings:
    return settings("prod", services=[{**SERVICE, **more}])


def job(**more: Any) -> dict[str, Any]:
    return {job["job_name"]: job for job in scrapes(chosen(**more), ())}["order_service"]


def test_a_service_is_scraped_at_each_of_its_addresses() -> None:
    made = job(
        address=["order_service:8080", "[fd00::8]:8080"], metricsPath="/m", params={"format": "text", "x": ["a", "b"]}
    )
    assert made["static_configs"][0]["targets"] == ["order_service:8080", "[fd00::8]:8080"]
    assert (made["metrics_path"], made["params"]) == ("/m", {"format": ["text"], "x": ["a", "b"]})


def test_a_login_tls_and_a_proxy_are_prometheus_own() -> None:
    more: dict[str, Any] = {"tls": {"ca": CERTIFICATE, "serverName": "orders.internal"}, "proxy": "http://proxy:3128"}
    made = job(**more, basicAuth={"username": "prom"})
    assert made["scheme"] == "https"
    assert made["basic_auth"] == {
        "username": "prom",
        "password_file": "/etc/prometheus/secrets/servicePassword-order_service",
    }
    assert made["tls_config"] == {"ca": CERTIFICATE, "server_name": "orders.internal"}
    assert made["proxy_url"] == "http://proxy:3128"


def test_a_login_is_a_secret_and_a_file() -> None:
    service = {**SERVICE, "bearerToken": True}
    with pytest.raises(pulumi.RunError, match=r"^serviceToken-order_service: this secret is missing; set it with "):
        run_program("prod", changes={"services": [service]})
    graph = run_program(
        "prod", changes={"services": [service]}, secrets={**SECRETS, "serviceToken-order_service": "canary"}
    )
    uploads = graph.container("prometheus-config").inputs["uploads"]
    found = {upload["file"]: upload["content"].value for upload in uploads if isinstance(upload["content"], Secret)}
    assert found == {"/etc/prometheus/secrets/serviceToken-order_service": "canary"}


def test_a_probe_asks_every_address_and_trusts_whom_the_scrape_trusts() -> None:
    stack = chosen(
        address=["a:8443", "b:8443"], probe="/healthz", tls={"ca": CERTIFICATE}, basicAuth={"username": "prom"}
    )
    [probe] = [each for each in scrapes(stack, ()) if each["job_name"] == "probe"]
    assert probe["static_configs"][0]["targets"] == ["https://a:8443/healthz", "https://b:8443/healthz"]
    assert probe["static_configs"][0]["labels"]["__param_module"] == "http_2xx-order_service"
    modules = yaml.safe_load(blackbox_config(stack.services))["modules"]
    assert modules["http_2xx-order_service"]["http"]["tls_config"] == {"ca": CERTIFICATE}
    assert "basic_auth" not in modules["http_2xx-order_service"]["http"]
    assert list(yaml.safe_load(blackbox_config())["modules"]) == ["http_2xx", "tcp_connect"]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"name": "-x"}, "services[0].name: "),
        ({"name": "a b"}, "services[0].name: "),
        ({"address": []}, "services[0].address: "),
        ({"address": ["a:1", "a:1"]}, "services[0]: address: 'a:1' is there twice"),
        ({"address": ["a:1", "b"]}, "services[0].address[1]: must be HOST:PORT"),
        (
            {"address": "::1:80"},
            "services[0].address: is an IPv6 address; write it in brackets: [::1]:80, or [::1:80]:PORT",
        ),
        ({"address": "[::1]"}, "services[0].address: must be HOST:PORT"),
        ({"address": "a:99999"}, "services[0].address: must be HOST:PORT"),
        ({"basicAuth": {}}, "services[0].basicAuth.username: this setting is missing"),
        (
            {"basicAuth": {"username": "a", "password": "hunter2"}},
            "services[0].basicAuth.password: there is no such setting",
        ),
        ({"bearerToken": "hunter2"}, "services[0].bearerToken: "),
        (
            {"bearerToken": True, "basicAuth": {"username": "a"}},
            "services[0]: basicAuth and bearerToken exclude each other",
        ),
        ({"tls": True, "scheme": "http"}, "services[0]: tls says how https is checked, and scheme is http"),
        ({"tls": {"ca": "none.pem"}}, "services[0].tls.ca: the file can't be read"),
        ({"tls": {"cert": "x"}}, "services[0].tls.cert: there is no such setting; known here: ca, insecureSkipVerify"),
        ({"proxy": "proxy:3128"}, "services[0].proxy: must be an http:// or https:// URL"),
        ({"params": {"x": 1}}, "services[0].params.x: "),
        ({"labels": {"__address__": "x:1"}}, "services[0].labels: the label '__address__' is Prometheus's own"),
        ({"metrics": "otel"}, "services[0].metrics: there is no such convention; there are: default, opentelemetry, "),
        ({"metrics": {"request": "x"}}, "services[0].metrics.request: there is no such setting"),
        ({"metrics": {"requests": "a-b"}}, "services[0].metrics.requests: "),
        ({"metrics": {"failed": "5(.."}}, "services[0].metrics.failed: is no regular expression"),
        ({"metrics": {"only": {"a": 'x"} or vector(1) #'}}}, "services[0].metrics.only.a: "),
    ],
)
def test_what_is_wrong_with_a_service_is_one_line(more: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        chosen(**more)
    [line] = refused.value.problems
    assert line.startswith(problem)
    assert "hunter2" not in line or more == {"bearerToken": "hunter2"}


def test_a_convention_has_one_name_and_none_is_another() -> None:
    assert chosen().services[0].metrics == CONVENTIONS["default"]
    assert chosen(metrics="envoy").services[0].metrics == CONVENTIONS["envoy"]
    different = [metrics.model_dump_json() for metrics in CONVENTIONS.values()]
    assert len(set(different)) == len(different)
