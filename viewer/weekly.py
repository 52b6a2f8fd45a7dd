"""The weekly mail: sent whenever it is due, across failures and restarts, and Prometheus is told about it."""

from __future__ import annotations

import json
import smtplib
import ssl
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge

from viewer.errors import ReportError
from viewer.settings import DATA, ReportSettings, Smtp

_LOOK_SECONDS = 20.0
_AGAIN_SECONDS = 300.0  # after a failure
_SMTP_SECONDS = 60


class Memory:
    """The moment of the last report, kept in a file: a restart must not forget it.

    Who starts for the first time owes nobody the report of last week: then it is that moment.
    """

    def __init__(self, path: Path = DATA / "sent") -> None:
        self._path = path

    def read(self, now: datetime) -> datetime:
        """The moment kept; now, from then on, if there is none that can be read."""
        try:
            return datetime.fromisoformat(self._path.read_text().strip())
        except (OSError, ValueError):
            self.write(now)
            return now

    def write(self, moment: datetime) -> None:
        """Keep it: whole, or as it was."""
        beside = self._path.with_suffix(".new")
        beside.write_text(moment.astimezone(UTC).isoformat())
        beside.replace(self._path)


class Reporter:
    """One weekly report; `send` sends one that ends then (seconds of the epoch)."""

    def __init__(
        self,
        settings: ReportSettings,
        memory: Memory,
        send: Callable[[float], None],
        registry: CollectorRegistry,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings, self._memory, self._send, self._now = settings, memory, send, now
        self._sent = memory.read(now())
        self._due = Gauge("report_due_timestamp_seconds", "When the last report had to go out.", registry=registry)
        self._last = Gauge("report_last_success_timestamp_seconds", "Until when none is owed.", registry=registry)
        self._successes = Counter("report_sent", "Reports that went out.", registry=registry)
        self._failures = Counter("report_failures", "Attempts that failed.", registry=registry)
        self._last.set(self._sent.timestamp())
        self._due.set(settings.schedule.due(now()).timestamp())

    def look(self) -> float:
        """Send what is due; the seconds until it is worth looking again."""
        due = self._settings.schedule.due(self._now())
        self._due.set(due.timestamp())
        if due <= self._sent:
            return _LOOK_SECONDS
        try:
            # who can't remember a report may not send it: after a restart it would go out again, and again
            self._memory.write(self._sent)
            self._send(due.timestamp())
        except (ReportError, OSError) as error:
            self._failures.inc()
            log("report_failed", problem=str(error), due=due.isoformat())
            return _AGAIN_SECONDS
        self._sent = due
        self._memory.write(due)
        self._last.set(due.timestamp())
        self._successes.inc()
        log("report_sent", due=due.isoformat(), to=list(self._settings.to))
        return _LOOK_SECONDS

    def run(self, stop: threading.Event) -> None:
        """Go on until told to stop."""
        while not stop.wait(self.look()):
            pass


def log(event: str, **fields: object) -> None:
    """One line of JSON on standard output."""
    line = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "event": event, **fields}
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.stdout.flush()


def send(message: EmailMessage, smtp: Smtp, password: str) -> None:
    """Hand a mail to the server, as Alertmanager does: with TLS where it is offered, or not at all where it must be.

    Raises:
        ReportError: the server can't be reached, or refuses.
    """
    where, context = f"the mail server {smtp.host}:{smtp.port}", ssl.create_default_context()
    tls = smtp.implicit_tls
    try:
        with (
            smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=_SMTP_SECONDS, context=context)
            if tls
            else smtplib.SMTP(smtp.host, smtp.port, timeout=_SMTP_SECONDS)
        ) as server:
            server.ehlo()
            if not tls and server.has_extn("starttls"):
                server.starttls(context=context)
            elif not tls and smtp.require_tls:
                raise ReportError(f"{where} offers no TLS; set notifications.email.requireTls to false, or change it")
            if smtp.username:
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
