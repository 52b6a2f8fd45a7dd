"""One report, from the dashboards to the mail server."""

from __future__ import annotations

import time

from report.collect import collect
from report.grafana import Grafana
from report.mail import compose, send
from report.page import Head
from report.period import Period
from report.settings import PASSWORD_FILE, TOKEN_FILE, ReportSettings, secret

_DAY = 86400.0


def send_report(settings: ReportSettings, until: float | None = None) -> None:
    """Draw and send; the time it is about ends at `until` (seconds of the epoch), or now.

    Raises:
        ReportError: one of the two didn't work.
    """
    end = time.time() if until is None else until
    period = Period(end - settings.days * _DAY, end, settings.schedule.zone)
    grafana = Grafana(settings.grafana, token=secret(TOKEN_FILE))
    dashboards = collect(grafana, settings.dashboards, period)
    head = Head(settings.environment, settings.link, period)
    message = compose(head, dashboards, settings.smtp.sender, settings.to)
    send(message, settings.smtp, secret(PASSWORD_FILE))
