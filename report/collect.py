"""A report's content: dashboards, each panel asked and drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from report.errors import ReportError
from report.grafana import Grafana, QueryError
from report.panel import Panel, rows
from report.period import Period
from report.pictures.draw import Picture, draw
from report.variables import Values, names, resolved, values

_AT_ONCE = 4  # questions; Prometheus is busy with others, too
_LONGEST_SERIES = 400  # points


@dataclass(frozen=True)
class Drawn:
    """A panel and its picture; `problem` is why its queries failed, if they did."""

    panel: Panel
    picture: Picture
    problem: str | None = None


@dataclass(frozen=True)
class DrawnRow:
    """A heading and its pictures."""

    title: str
    panels: Sequence[Drawn]


@dataclass(frozen=True)
class DrawnDashboard:
    """A dashboard, whole."""

    uid: str
    title: str
    description: str
    rows: Sequence[DrawnRow]

    @property
    def panels(self) -> list[Drawn]:
        return [panel for row in self.rows for panel in row.panels]


def collect(
    grafana: Grafana,
    uids: Sequence[str],
    period: Period,
    chosen: Mapping[str, Sequence[str]] | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> list[DrawnDashboard]:
    """Draw dashboards.

    Args:
        grafana: where they are.
        uids: which ones, in this order; none: all of them.
        period: the time they show.
        chosen: values of variables, for the dashboards that have them.
        told: hears of each dashboard that is done.

    Raises:
        ReportError: Grafana can't be asked, one of the dashboards isn't there, or none has such a variable.
    """
    documents = [grafana.dashboard(uid) for uid in uids or [each.uid for each in grafana.dashboards()]]
    if not documents:
        raise ReportError(f"there is no dashboard in the Grafana at {grafana.url} that may be seen")
    chosen = chosen or {}
    known = sorted({name for document in documents for name in names(document)})
    for name in chosen:
        if name not in known:
            raise ReportError(f"no dashboard of this report has a variable '{name}'; there are {', '.join(known)}")
    sources = grafana.datasources()
    found = []
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        for document in documents:
            variables = values(document, sources, chosen)
            found.append(_dashboard(document, variables, grafana, period, pool))
            told(f"{document['title']}: {len(found[-1].panels)} panels")
    return found


def _dashboard(
    document: Mapping[str, Any], variables: Values, grafana: Grafana, period: Period, pool: ThreadPoolExecutor
) -> DrawnDashboard:
    described = rows(document)
    panels = [panel for row in described for panel in row.panels]
    answers = pool.map(lambda each: _ask(grafana, each, variables, period), panels)
    return DrawnDashboard(
        uid=str(document["uid"]),
        title=str(document["title"]),
        description=str(document.get("description") or ""),
        # both go through the panels in the same order
        rows=[DrawnRow(row.title, [_drawn(each, next(answers), period) for each in row.panels]) for row in described],
    )


def _drawn(panel: Panel, answer: Mapping[str, Any] | QueryError, period: Period) -> Drawn:
    if isinstance(answer, QueryError):
        problem = f"the query failed: {answer}"
    else:
        try:
            return Drawn(panel, draw(panel, answer, period))
        except Exception as error:  # whatever somebody else's panel holds: the others are to be seen all the same
            problem = f"it can't be drawn: {type(error).__name__}: {error}"
    return Drawn(panel, draw(panel, None, period, problem), problem)


def _ask(grafana: Grafana, panel: Panel, variables: Values, period: Period) -> Mapping[str, Any] | QueryError:
    since, until = round(period.since * 1000), round(period.until * 1000)
    points = min(_LONGEST_SERIES, panel.width * 20)
    queries = [
        {
            "datasource": panel.document.get("datasource"),
            **target,
            "intervalMs": max(1000, (until - since) // points),
            "maxDataPoints": points,
        }
        for target in panel.document.get("targets") or []
        if not target.get("hide")
    ]
    try:
        return grafana.query(resolved(queries, variables), since, until) if queries else {}
    except QueryError as error:
        return error
