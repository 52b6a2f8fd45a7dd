"""The report as one HTML page that needs nothing beside itself."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from report.collect import Drawn, DrawnDashboard
from report.period import Period

_TEMPLATES = Environment(
    loader=PackageLoader("report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


@dataclass(frozen=True)
class Head:
    """What a report is about.

    Attributes:
        environment: the stack's environment.
        link: where Grafana is for those who read it.
    """

    environment: str
    link: str
    period: Period

    @property
    def title(self) -> str:
        return f"Monitoring of {self.environment}, {self.days}"

    @property
    def days(self) -> str:
        """The time it is about, in words."""
        begin, end = self._at(self.period.since), self._at(self.period.until)
        return f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} {end:%Z}"

    def _at(self, seconds: float) -> datetime:
        return datetime.fromtimestamp(seconds, self.period.zone)


def page(head: Head, dashboards: Sequence[DrawnDashboard]) -> str:
    """The page's HTML, pictures included."""
    return _TEMPLATES.get_template("page.html").render(
        head=head, dashboards=dashboards, source=_inline, failed=failed(dashboards)
    )


def mail(head: Head, dashboard: DrawnDashboard, others: Sequence[DrawnDashboard], source: dict[int, str]) -> str:
    """A mail's HTML: one dashboard, and what else is on the page that comes with it.

    Args:
        head: what the report is about.
        dashboard: shown.
        others: named.
        source: where each picture is, by the id of its panel.
    """
    return _TEMPLATES.get_template("mail.html").render(
        head=head,
        dashboard=dashboard,
        others=others,
        source=lambda drawn: source[id(drawn)],
        failed=failed([dashboard, *others]),
    )


def failed(dashboards: Sequence[DrawnDashboard]) -> list[tuple[DrawnDashboard, Drawn]]:
    """Panels whose queries failed, with their dashboards."""
    return [(one, drawn) for one in dashboards for drawn in one.panels if drawn.problem]


def _inline(drawn: Drawn) -> str:
    return f"data:image/png;base64,{base64.b64encode(drawn.picture.png).decode()}"
