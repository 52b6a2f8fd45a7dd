"""The mail server: takes mail from those who log in, decodes it, keeps it."""

from __future__ import annotations

import asyncio
import hmac
import warnings
from collections.abc import AsyncIterator, Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from demo.environment import ConfigError, SecretFile
from demo.log import describe, event
from demo.sink.mailbox import Arrival, Mailbox
from demo.sink.switch import Switch

# Given at each connection, past the log's JSON; here it is on purpose: the sink lives in a private network.
warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")

USER = "alertmanager"
LARGEST_MAIL = 16 * 1024 * 1024  # bytes; a report comes with its pictures
IDLE_LIMIT = 60.0  # seconds


class MailServer(SMTP):
    """SMTP as Alertmanager's client expects it.

    It knows AUTH LOGIN by these two prompts only, and Go's client refuses PLAIN on a connection without TLS.
    """

    AuthLoginUsernameChallenge = "Username:"
    AuthLoginPasswordChallenge = "Password:"


class MailHandler:
    """What happens with a mail; the method names are aiosmtpd's."""

    def __init__(self, mailbox: Mailbox, switch: Switch) -> None:
        self._mailbox = mailbox
        self._switch = switch

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep a mail; answers 451 while the channel is switched to fail."""
        if self._switch.failing("email"):
            return "451 4.3.0 switched-on fault, try again later"
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content or "").encode()
        message = self._mailbox.add(decode_mail(raw, tuple(envelope.rcpt_tos)))
        event("message_kept", channel="email", id=message.id)
        return "250 2.0.0 kept"

    async def handle_exception(self, error: Exception) -> str:
        """One line for the client; what went wrong goes to the log."""
        event("mail_failed", level="error", problem=describe(error))
        return "451 4.3.0 the sink failed to take this"


def authenticator(
    password: SecretFile,
) -> Callable[[SMTP, Session, Envelope, str, object], AuthResult]:
    """Checks a login against `USER` and the password in the file, in constant time."""

    def check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
        good = isinstance(data, LoginPassword) and _matches(data, password)
        if not good:
            event("mail_login_refused", level="warning")
        # "Not handled": the server then tells the client that the login was refused.
        return AuthResult(success=good, handled=False)

    return check


def _matches(data: LoginPassword, password: SecretFile) -> bool:
    try:
        expected = password.read().encode()
    except ConfigError as error:
        event("secret_unreadable", level="error", problem=str(error))
        return False
    user_good = hmac.compare_digest(data.login, USER.encode())
    return hmac.compare_digest(data.password, expected) and user_good


class MailListener:
    """Listens on `port` while the application runs."""

    def __init__(self, mailbox: Mailbox, switch: Switch, password: SecretFile, port: int) -> None:
        self._handler = MailHandler(mailbox, switch)
        self._authenticator = authenticator(password)
        self._server: asyncio.Server | None = None
        self.port = port

    async def open(self, _app: web.Application) -> AsyncIterator[None]:
        """A clean-up context that opens and closes the port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, port=self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        yield
        self._server.close()
        self._server = None

    async def listening(self) -> None:
        """Raises when the port isn't open."""
        if self._server is None or not self._server.is_serving():
            raise OSError("the mail server isn't listening")

    def _connection(self) -> MailServer:
        return MailServer(
            self._handler,
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            hostname="sink",  # else the host's name is looked up for each connection
            ident="notification sink",
            timeout=IDLE_LIMIT,
            auth_required=True,
            auth_require_tls=False,
            auth_exclude_mechanism=["PLAIN"],
            authenticator=self._authenticator,
        )


def decode_mail(raw: bytes, recipients: tuple[str, ...]) -> Arrival:
    """A mail with its parts decoded; what can't be decoded is kept as it came."""
    shown = raw.decode("utf-8", "replace")
    try:
        mail = message_from_bytes(raw, policy=policy.default)
        subject = str(mail.get("subject", ""))
        text, html = _part(mail, "text/plain"), _part(mail, "text/html")
    except Exception as error:  # the standard library's parser fails in many ways on hostile headers
        event("mail_undecodable", level="warning", problem=describe(error))
        return Arrival("email", recipients, subject="(undecodable)", text=shown, raw=shown)
    if text is None:
        text = plain_text(html) if html is not None else ""
    return Arrival("email", recipients, subject, text, shown, html)


def _part(mail: EmailMessage, content_type: str) -> str | None:
    for part in mail.walk():
        if part.get_content_type() == content_type and not part.is_attachment():
            content = part.get_payload(decode=True)
            if not isinstance(content, bytes):
                return None
            try:
                return content.decode(part.get_content_charset("utf-8"), "replace")
            except LookupError:  # a character set nobody knows
                return content.decode("utf-8", "replace")
    return None


class _TextOnly(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in {"style", "script", "head"}

    def handle_endtag(self, tag: str) -> None:
        if tag in {"style", "script", "head"} and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        line = " ".join(data.split())
        if line and not self._hidden:
            self.lines.append(line)


def plain_text(html: str) -> str:
    """The text of an HTML mail, one line per piece."""
    parser = _TextOnly()
    parser.feed(html)
    parser.close()
    return "\n".join(parser.lines)
