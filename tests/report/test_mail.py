"""The report as a page that needs nothing, and as a mail that a real server takes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from report.collect import DrawnDashboard, collect
from report.errors import ReportError
from report.grafana import Grafana
from report.mail import compose, send
from report.page import Head, page
from report.period import Period
from report.settings import Smtp
from tests.free_port import free_port
from tests.report.answers import answer, series_frame
from tests.report.fake_grafana import TOKEN, dashboard, fake_grafana, panel

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
PERIOD = Period(1795420800.0 - 7 * 86400, 1795420800.0, UTC)
HEAD = Head("prod", "https://grafana.example.com", PERIOD)
PASSWORD = "canary-smtp"


@pytest.fixture(scope="module")
def dashboards() -> list[DrawnDashboard]:
    hostile = {**panel('<script>alert("x")</script>'), "description": '"><img src=x onerror=alert(1)>'}
    shop = {"overview": dashboard("overview", hostile, panel("Now", "stat")), "shop": dashboard("shop", panel("Sold"))}
    with fake_grafana(shop, {"results": answer(series_frame("api", [PERIOD.since, PERIOD.until], [1, 2]))}) as url:
        return collect(Grafana(url, token=TOKEN), ["overview", "shop"], PERIOD)


@pytest.fixture
def message(dashboards: list[DrawnDashboard]) -> EmailMessage:
    return compose(HEAD, dashboards, "monitoring@example.com", ["team@example.com", "boss@example.com"])


def test_the_page_needs_nothing_from_anywhere(dashboards: list[DrawnDashboard]) -> None:
    html = page(HEAD, dashboards)
    assert html.count("data:image/png;base64,") == 3
    sources = re.findall(r'(?:src|href)="([^"]+)"', html)
    away = [source for source in sources if not source.startswith(("data:", "#", "https://grafana.example.com/d/"))]
    assert away == []
    assert "default-src 'none'" in html


def test_the_page_says_what_it_is_about(dashboards: list[DrawnDashboard]) -> None:
    html = page(HEAD, dashboards)
    assert "Monitoring of prod" in html
    assert "2026-11-16 08:00 to 2026-11-23 08:00 UTC" in html
    for text in ("Overview", "What shop shows.", "A &lt;row&gt;", "Now", "About Sold."):
        assert text in html


def test_what_a_dashboard_says_is_text(dashboards: list[DrawnDashboard], message: EmailMessage) -> None:
    body = message.get_body(("html",))
    assert body is not None
    for html in (page(HEAD, dashboards), body.get_content()):
        assert "<script>" not in html
        assert "<img src=x" not in html
        assert "&lt;script&gt;" in html


def test_failures_are_said_at_the_top() -> None:
    with fake_grafana({"shop": dashboard("shop", panel("Sold"))}, {"message": "no <such> datasource"}, 404) as url:
        drawn = collect(Grafana(url, token=TOKEN), ["shop"], PERIOD)
    head = page(HEAD, drawn).partition("<nav>")[0]
    assert "Shop, Sold: the query failed: no &lt;such&gt; datasource" in head


def test_the_mail_shows_the_first_dashboard_and_brings_the_page(message: EmailMessage) -> None:
    assert message["Subject"] == "[prod] Monitoring report, 2026-11-16 08:00 to 2026-11-23 08:00 UTC"
    assert message["To"] == "team@example.com, boss@example.com"
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Shop: https://grafana.example.com/d/shop" in text.get_content()
    shown = re.findall(r'src="cid:([^"]+)"', html.get_content())
    pictures = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert len(shown) == 2
    assert [part["Content-ID"] for part in pictures] == [f"<{name}>" for name in shown]
    [attached] = list(message.iter_attachments())
    assert attached.get_filename() == "report-prod-2026-11-23.html"
    assert attached.get_content().count("data:image/png") == 3


class Handler:
    """A mail server's memory."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:
        if address.startswith("nobody"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        self.mails.append(envelope)
        return "250 OK"


def _check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: object) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password.decode() == PASSWORD
    return AuthResult(success=good, handled=False)


@contextmanager
def mail_server() -> Iterator[tuple[Handler, Smtp]]:
    handler, port = Handler(), free_port()
    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=port,
        auth_required=True,
        auth_require_tls=False,
        authenticator=_check,
        data_size_limit=2**25,
    )
    controller.start()
    try:
        yield handler, Smtp("127.0.0.1", port, "monitoring@example.com", "monitoring", False)
    finally:
        controller.stop()


def test_a_server_takes_it(message: EmailMessage) -> None:
    with mail_server() as (handler, smtp):
        send(message, smtp, PASSWORD)
    [envelope] = handler.mails
    assert envelope.rcpt_tos == ["team@example.com", "boss@example.com"]
    assert isinstance(envelope.content, bytes)
    again = message_from_bytes(envelope.content, policy=policy.default)
    assert len([part for part in again.walk() if part.get_content_type() == "image/png"]) == 2
    assert PASSWORD.encode() not in envelope.content


def test_a_wrong_password_is_said_and_not_shown(message: EmailMessage) -> None:
    with (
        mail_server() as (handler, smtp),
        pytest.raises(ReportError, match="is the secret smtpPassword") as raised,
    ):
        send(message, smtp, "another-canary")
    assert "canary" not in str(raised.value)
    assert handler.mails == []


def test_a_server_without_tls_gets_no_password_where_tls_must_be(message: EmailMessage) -> None:
    with mail_server() as (handler, smtp), pytest.raises(ReportError, match="offers no TLS"):
        send(message, Smtp(smtp.host, smtp.port, smtp.sender, smtp.username, True), PASSWORD)
    assert handler.mails == []


def test_an_address_that_the_server_refuses_is_named(dashboards: list[DrawnDashboard]) -> None:
    message = compose(HEAD, dashboards, "monitoring@example.com", ["nobody@example.com"])
    with mail_server() as (_, smtp), pytest.raises(ReportError, match=r"takes no mail for nobody@example\.com"):
        send(message, smtp, PASSWORD)


def test_a_server_that_is_not_there(message: EmailMessage) -> None:
    nowhere = Smtp("127.0.0.1", free_port(), "monitoring@example.com", "monitoring", False)
    with pytest.raises(ReportError, match="can't be reached: Connection refused"):
        send(message, nowhere, PASSWORD)
