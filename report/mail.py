"""The report as a mail: the first dashboard in it, everything on the page that comes with it."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from report.collect import DrawnDashboard
from report.errors import ReportError
from report.page import Head, mail, page
from report.settings import Smtp

_SECONDS = 60


def compose(head: Head, dashboards: Sequence[DrawnDashboard], sender: str, to: Sequence[str]) -> EmailMessage:
    """A mail with pictures that no reader has to fetch from anywhere."""
    first, *others = dashboards
    message = EmailMessage()
    message["Subject"] = f"[{head.environment}] Monitoring report, {head.days}"
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(head, dashboards))
    names = {id(drawn): f"panel-{index}@report" for index, drawn in enumerate(first.panels)}
    message.add_alternative(
        mail(head, first, others, {key: f"cid:{name}" for key, name in names.items()}), subtype="html"
    )
    body = message.get_payload()
    assert isinstance(body, list)  # noqa: S101 - two alternatives
    html = body[1]
    assert isinstance(html, EmailMessage)  # noqa: S101
    for drawn in first.panels:
        html.add_related(drawn.picture.png, "image", "png", cid=f"<{names[id(drawn)]}>", disposition="inline")
    end = datetime.fromtimestamp(head.period.until, head.period.zone)
    message.add_attachment(page(head, dashboards), subtype="html", filename=f"report-{head.environment}-{end:%F}.html")
    return message


def send(message: EmailMessage, smtp: Smtp, password: str) -> None:
    """Hand a mail to the server, as Alertmanager does: with TLS where it is offered, or not at all where it must be.

    Raises:
        ReportError: the server can't be reached, or refuses.
    """
    where = f"the mail server {smtp.host}:{smtp.port}"
    try:
        with _connected(smtp) as server:
            if not isinstance(server, smtplib.SMTP_SSL):
                server.ehlo()
                if server.has_extn("starttls"):
                    server.starttls(context=ssl.create_default_context())
                elif smtp.require_tls:
                    raise ReportError(
                        f"{where} offers no TLS; set notifications.email.requireTls to false, or change it"
                    )
            server.login(smtp.username, password)
            server.send_message(message)
    except smtplib.SMTPAuthenticationError:
        raise ReportError(f"{where} refuses the login of {smtp.username}; is the secret smtpPassword right?") from None
    except smtplib.SMTPRecipientsRefused as error:
        raise ReportError(f"{where} takes no mail for {', '.join(error.recipients)}") from None
    except smtplib.SMTPException as error:
        raise ReportError(f"{where} doesn't take the mail: {' '.join(str(error).split())}") from None
    except OSError as error:
        raise ReportError(f"{where} can't be reached: {error.strerror or error}") from None


def _connected(smtp: Smtp) -> smtplib.SMTP:
    if smtp.port == smtplib.SMTP_SSL_PORT:
        return smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=_SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(smtp.host, smtp.port, timeout=_SECONDS)


def _text(head: Head, dashboards: Sequence[DrawnDashboard]) -> str:
    lines = [f"Monitoring of {head.environment}", head.days, ""]
    lines += [f"{one.title}: {head.link}/d/{one.uid}" for one in dashboards]
    return "\n".join([*lines, "", "The pictures are on the page that comes with this mail.", ""])
