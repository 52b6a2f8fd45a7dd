"""The report as a page that needs nothing, and as a mail that a real server takes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from tests.support.free_port import free_port
from tests.viewer.fake_prometheus import END, document, fake_prometheus, library_of, panel
from viewer.documents import Library
from viewer.errors import ReportError
from viewer.report import Head, PicturedDashboard, collect, compose, failed, page
from viewer.settings import Smtp
from viewer.times import Period
from viewer.weekly import send

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
PERIOD = Period(END - 7 * 86400, END, UTC)
HEAD = Head("prod", "https://grafana.example.com", PERIOD)
PASSWORD = "canary-smtp"
UP = ({"job": "api"}, 1.0)


def smtp_of(port: int, *, require_tls: bool = False) -> Smtp:
    return Smtp(host="127.0.0.1", port=port, sender="m@example.com", username="monitoring", require_tls=require_tls)


@pytest.fixture(scope="module")
def dashboards(tmp_path_factory: pytest.TempPathFactory) -> list[PicturedDashboard]:
    hostile = {**panel(title='<script>alert("x")</script>'), "description": '"><img src=x onerror=alert(1)>'}
    overview = document(hostile, panel("stat", "Now"), uid="overview")
    folder = library_of(tmp_path_factory.mktemp("library"), overview=overview, shop=document(panel(title="Sold")))
    with fake_prometheus(UP) as asking:
        return collect(Library(folder), ["overview", "shop"], asking, PERIOD)


@pytest.fixture
def message(dashboards: list[PicturedDashboard]) -> EmailMessage:
    return compose(HEAD, dashboards, "monitoring@example.com", ["team@example.com", "boss@example.com"])


def test_the_page_needs_nothing_from_anywhere(dashboards: list[PicturedDashboard]) -> None:
    html = page(HEAD, dashboards)
    assert html.count("<figure") == 3
    assert html.count("data:image/png;base64,") == 2, "a number is text"
    sources = re.findall(r'(?:src|href)="([^"]+)"', html)
    away = [source for source in sources if not source.startswith(("data:", "#", "https://grafana.example.com/d/"))]
    assert away == []
    assert "default-src 'none'" in html


def test_the_page_says_what_it_is_about(dashboards: list[PicturedDashboard]) -> None:
    html = page(HEAD, dashboards)
    assert "2026-11-16 08:00 to 2026-11-23 08:00 UTC" in html
    for text in ("Monitoring of prod", "Overview", "What shop shows.", "A &lt;row&gt;", "Now", "About Sold."):
        assert text in html


def test_what_a_dashboard_says_is_text(dashboards: list[PicturedDashboard], message: EmailMessage) -> None:
    body = message.get_body(("html",))
    assert body is not None
    for html in (page(HEAD, dashboards), body.get_content()):
        assert "<script>" not in html
        assert "<img src=x" not in html
        assert "&lt;script&gt;" in html


def test_failures_are_said_at_the_top_and_the_rest_is_drawn(tmp_path: Path) -> None:
    folder = library_of(tmp_path, shop=document(panel("news", "<News>"), panel(title="Sold")), broken="{")
    with fake_prometheus(UP) as asking:
        drawn = collect(Library(folder), [], asking, PERIOD)
    assert [(each.title, problem.drawn.title) for each, problem in failed(drawn)] == [("Shop", "<News>")]
    html = page(HEAD, drawn)
    assert "Shop, &lt;News&gt;: panels of type &#39;news&#39; aren&#39;t drawn here" in html.partition("<nav>")[0]
    assert html.count("data:image/png") == 1


@pytest.mark.parametrize(
    ("uids", "chosen", "sentence"),
    [
        (["shop", "nope"], {}, "there is no dashboard 'nope'; there are shop"),
        (["shop"], {"region": ["x"]}, "no dashboard of this report has a variable 'region'; there are job"),
    ],
)
def test_what_is_not_there_is_named(
    uids: list[str], chosen: dict[str, list[str]], sentence: str, tmp_path: Path
) -> None:
    folder = library_of(tmp_path, shop=document(templating={"list": [{"name": "job"}]}))
    with fake_prometheus() as asking, pytest.raises(ReportError, match=sentence):
        collect(Library(folder), uids, asking, PERIOD, chosen)


def test_a_library_without_anything(tmp_path: Path) -> None:
    with fake_prometheus() as asking:
        with pytest.raises(ReportError, match=r"index\.json can't be read"):
            collect(Library(tmp_path), [], asking, PERIOD)
        with pytest.raises(ReportError, match="no dashboard that could be drawn"):
            collect(Library(library_of(tmp_path, bad="[]")), [], asking, PERIOD)


def test_the_mail_shows_the_first_dashboard_and_brings_the_page(message: EmailMessage) -> None:
    assert message["Subject"] == "[prod] Monitoring report, 2026-11-16 08:00 to 2026-11-23 08:00 UTC"
    assert message["To"] == "team@example.com, boss@example.com"
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Shop: https://grafana.example.com/d/shop" in text.get_content()
    shown = re.findall(r'src="cid:([^"]+)"', html.get_content())
    pictures = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert len(shown) == 1
    assert [part["Content-ID"] for part in pictures] == [f"<{name}>" for name in shown]
    [attached] = list(message.iter_attachments())
    assert attached.get_filename() == "report-prod-2026-11-23.html"
    assert attached.get_content().count("data:image/png") == 2


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
        yield handler, smtp_of(port)
    finally:
        controller.stop()


def test_a_server_takes_it(message: EmailMessage) -> None:
    with mail_server() as (handler, smtp):
        send(message, smtp, PASSWORD)
    [envelope] = handler.mails
    assert envelope.rcpt_tos == ["team@example.com", "boss@example.com"]
    assert isinstance(envelope.content, bytes)
    again = message_from_bytes(envelope.content, policy=policy.default)
    assert len([part for part in again.walk() if part.get_content_type() == "image/png"]) == 1
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
        send(message, smtp_of(smtp.port, require_tls=True), PASSWORD)
    assert handler.mails == []


def test_an_address_that_the_server_refuses_is_named(dashboards: list[PicturedDashboard]) -> None:
    message = compose(HEAD, dashboards, "monitoring@example.com", ["nobody@example.com"])
    with mail_server() as (_, smtp), pytest.raises(ReportError, match=r"takes no mail for nobody@example\.com"):
        send(message, smtp, PASSWORD)


def test_a_server_that_is_not_there(message: EmailMessage) -> None:
    nowhere = smtp_of(free_port())
    with pytest.raises(ReportError, match="can't be reached: Connection refused"):
        send(message, nowhere, PASSWORD)
