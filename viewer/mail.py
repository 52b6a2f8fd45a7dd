"""The way to the mail server."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage

from viewer.errors import ReportError
from viewer.settings import Smtp

_SECONDS = 60


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
