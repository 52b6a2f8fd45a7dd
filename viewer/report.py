"""The report: dashboards with every panel drawn, as one page that needs nothing beside itself, and as a mail."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from viewer import charts
from viewer.data import Asking
from viewer.documents import Dashboard, Library
from viewer.draw import TEMPLATES, Drawn, Placed, PlacedRow, draw_all, look_at
from viewer.errors import ReportError
from viewer.settings import ReportSettings, ViewerSettings
from viewer.times import Period

_PAGE_WIDTH = 1184  # pixels, of 24 columns
_ROW_HEIGHT = 36
_POINTS_PER_COLUMN = 20
_DAY = 86400.0
_LINES = 12  # of a legend: a picture with more is no picture


@dataclass(frozen=True)
class Pictured:
    """A panel of a report; `png` is its chart, where it has one."""

    placed: Placed
    drawn: Drawn
    png: bytes
    width: int
    height: int

    @property
    def inline(self) -> str:
        """The picture as an address of its own."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"


@dataclass(frozen=True)
class PicturedDashboard:
    """A dashboard of a report."""

    uid: str
    title: str
    description: str
    rows: Sequence[tuple[PlacedRow, Sequence[Pictured]]]

    @property
    def panels(self) -> list[Pictured]:
        return [panel for _, panels in self.rows for panel in panels]


@dataclass(frozen=True)
class Head:
    """What a report is about; `link` is where people find the dashboards."""

    environment: str
    link: str
    period: Period

    @property
    def title(self) -> str:
        return f"Monitoring of {self.environment}, {self.days}"

    @property
    def days(self) -> str:
        """The time it is about, in words."""
        begin, end = (datetime.fromtimestamp(at, self.period.zone) for at in (self.period.since, self.period.until))
        return f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} {end:%Z}"


def collect(
    library: Library,
    uids: Sequence[str],
    asking: Asking,
    period: Period,
    chosen: Mapping[str, Sequence[str]] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> list[PicturedDashboard]:
    """Draw the dashboards with these uids, in this order, or all that can be shown.

    `chosen` has values of variables, for the dashboards that have them; `progress` is told each that is done.

    Raises:
        ReportError: one isn't there, or none has such a variable.
    """
    dashboards = library.dashboards(uids)
    if not dashboards:
        raise ReportError("there is no dashboard that could be drawn")
    known = sorted({variable.name for dashboard in dashboards for variable in dashboard.variables})
    for name in chosen or {}:
        if name not in known:
            raise ReportError(f"no dashboard of this report has a variable '{name}'; there are {', '.join(known)}")
    found = []
    for dashboard in dashboards:
        found.append(_pictured(dashboard, asking, period, chosen or {}))
        progress(f"{dashboard.title}: {len(found[-1].panels)} panels")
    return found


def _pictured(
    dashboard: Dashboard, asking: Asking, period: Period, chosen: Mapping[str, Sequence[str]]
) -> PicturedDashboard:
    view = look_at(dashboard, chosen, period, asking)
    rows = [
        (row, [_picture(placed, drawn) for placed, drawn in panels])
        for row, panels in draw_all(view, lambda placed: placed.width * _POINTS_PER_COLUMN)
    ]
    return PicturedDashboard(dashboard.uid, dashboard.title, dashboard.description, [each for each in rows if each[1]])


def _picture(placed: Placed, drawn: Drawn) -> Pictured:
    width, height = round(placed.width / 24 * _PAGE_WIDTH) - 18, round(placed.height * _ROW_HEIGHT) - 34
    legend = min(len(drawn.chart.legend), _LINES) if drawn.chart else 0
    height = max(height - 20 * legend, 110)
    return Pictured(placed, drawn, charts.png(drawn.chart, width, height) if drawn.chart else b"", width, height)


def page(head: Head, dashboards: Sequence[PicturedDashboard]) -> str:
    """The page's HTML, pictures included."""
    return TEMPLATES.get_template("report.html").render(
        head=head, dashboards=dashboards, failed=failed(dashboards), style=_style()
    )


def failed(dashboards: Iterable[PicturedDashboard]) -> list[tuple[PicturedDashboard, Pictured]]:
    """Panels that couldn't be drawn, with their dashboards."""
    return [(each, panel) for each in dashboards for panel in each.panels if panel.drawn.problem]


def compose(head: Head, dashboards: Sequence[PicturedDashboard], sender: str, to: Sequence[str]) -> EmailMessage:
    """A mail with the first dashboard in it and everything on the page that comes with it; nothing is fetched."""
    first, *others = dashboards
    message = EmailMessage()
    message["Subject"] = f"[{head.environment}] Monitoring report, {head.days}"
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(head, dashboards))
    pictures = {id(panel): f"panel-{number}@report" for number, panel in enumerate(first.panels) if panel.png}
    html = TEMPLATES.get_template("mail.html").render(
        head=head, dashboard=first, others=others, failed=failed(dashboards), style=_style(),
        source=lambda panel: f"cid:{pictures[id(panel)]}",
    )  # fmt: skip
    message.add_alternative(html, subtype="html")
    body = message.get_payload()
    assert isinstance(body, list)  # noqa: S101 - two alternatives
    shown = body[1]
    assert isinstance(shown, EmailMessage)  # noqa: S101
    for panel in first.panels:
        if panel.png:
            shown.add_related(panel.png, "image", "png", cid=f"<{pictures[id(panel)]}>", disposition="inline")
    end = datetime.fromtimestamp(head.period.until, head.period.zone)
    message.add_attachment(page(head, dashboards), subtype="html", filename=f"report-{head.environment}-{end:%F}.html")
    return message


def weekly(
    settings: ViewerSettings, report: ReportSettings, library: Library, asking: Asking, until: float | None = None
) -> EmailMessage:
    """The weekly mail; the time it is about ends at `until` (seconds of the epoch), or now; see `collect`."""
    end = time.time() if until is None else until
    period = Period(end - report.days * _DAY, end, report.schedule.zone)
    dashboards = collect(library, report.dashboards, asking, period)
    return compose(Head(settings.environment, settings.link, period), dashboards, report.smtp.sender, report.to)


def _style() -> str:
    """What the fragments look like where there is no style sheet beside them."""
    return str(TEMPLATES.get_template("report.css").render())


def _text(head: Head, dashboards: Sequence[PicturedDashboard]) -> str:
    lines = [f"Monitoring of {head.environment}", head.days, ""]
    lines += [f"{each.title}: {head.link}/d/{each.uid}" for each in dashboards]
    return "\n".join([*lines, "", "The pictures are on the page that comes with this mail.", ""])
