"""A dashboard: rows of panels under a fixed uid, in the classic schema."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

from config.grafana.panels import DATASOURCE, Panel
from config.grafana.variables import Variable, datasource

TAG = "autonomica"

# marked on every graph: what was wrong, and what was deployed, when; name -> (colour, query, text)
_ANNOTATIONS = {
    "Firing alerts": ("red", 'ALERTS{alertstate="firing", severity!="info"}', "{{alertname}} {{service}}"),
    "Started containers": ("blue", 'time() - container_start_time_seconds{name!=""} < 60', "{{name}} started"),
}


@dataclass(frozen=True)
class Row:
    """A heading and what stands below it."""

    title: str
    panels: Sequence[Panel]


def row(title: str, *panels: Panel) -> Row:
    """A heading and what stands below it."""
    return Row(title, panels)


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """A dashboard.

    Attributes:
        uid: fixed for ever: alerts and other dashboards link to it.
        title: unique in its folder.
        description: what question it answers.
        folder: uid of its folder.
        rows: from top to bottom.
        variables: what can be chosen, beside the datasource.
        since: how far back it looks at first, such as `6h`.
        environment: the one that is looked at, at first.
    """

    uid: str
    title: str
    description: str
    folder: str
    rows: Sequence[Row]
    variables: Sequence[Variable] = field(default=())
    since: str = "6h"
    environment: str = ""

    def model(self) -> dict[str, Any]:
        """The dashboard as Grafana's API takes it."""
        builder = (
            builders.Dashboard(self.title)
            .uid(self.uid)
            .description(self.description)
            .tags([TAG])
            .editable()
            .timezone("browser")
            .time(f"now-{self.since}", "now")
            .refresh("30s")
            .tooltip(model.DashboardCursorSync.CROSSHAIR)
            .variables([datasource(self.environment), *self.variables])
            .annotations(_annotations())
            .links([_links()])
        )
        for row in self.rows:
            builder.with_row(builders.Row(row.title))
            for panel in row.panels:
                builder.with_panel(panel)
        document: dict[str, Any] = json.loads(JSONEncoder(sort_keys=True).encode(builder.build()))
        for annotation in document["annotations"]["list"]:
            annotation["titleFormat"] = _ANNOTATIONS[annotation["name"]][2]  # the SDK has no field for it
        for number, panel in enumerate(document["panels"], start=1):
            panel["id"] = number
        return document


def _links() -> builders.DashboardLink:
    return (
        builders.DashboardLink("Dashboards")
        .type(model.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True)
    )


def _annotations() -> list[Builder[model.AnnotationQuery]]:
    return [
        builders.AnnotationQuery().name(name).datasource(DATASOURCE).enable(True).icon_color(color).expr(expr)
        for name, (color, expr, _) in _ANNOTATIONS.items()
    ]
