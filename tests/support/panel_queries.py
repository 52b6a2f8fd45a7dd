"""What the dashboards ask Prometheus: panels, annotations, variables; resolved as they are opened at first."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from config.grafana.dashboards import dashboards
from config.settings.stack import Settings
from tests.support.expressions import metric_names

# Grafana's own, at a range of six hours
_OWN = {"__rate_interval": "1m", "__interval": "15s", "__range": "6h", "__range_s": "21600", "__interval_ms": "15000"}
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
_LABEL_VALUES = re.compile(r"label_values\((?P<selector>.+), \w+\)")


@dataclass(frozen=True)
class PanelQuery:
    """One question, and where it stands."""

    place: str
    expr: str


def panel_queries(settings: Settings) -> list[PanelQuery]:
    """Every question of the product's dashboards."""
    return [query for dashboard in dashboards(settings) for query in of_dashboard(dashboard.model())]


def of_dashboard(document: Mapping[str, Any]) -> Iterator[PanelQuery]:
    """Every question of a dashboard, as its JSON has them."""
    uid = document["uid"]
    for panel in document["panels"]:
        for target in panel.get("targets", []):
            yield PanelQuery(f"{uid}: {panel['title']} {target['refId']}", resolved(target["expr"]))
    for annotation in document["annotations"]["list"]:
        yield PanelQuery(f"{uid}: annotation {annotation['name']}", resolved(annotation["expr"]))
    for variable in document["templating"]["list"]:
        if variable["type"] == "query":
            found = _LABEL_VALUES.fullmatch(variable["query"]["query"])
            assert found, f"{uid}: the variable {variable['name']} asks for something else than label_values(…)"
            yield PanelQuery(f"{uid}: variable {variable['name']}", resolved(found["selector"]))


def resolved(expr: str) -> str:
    """With everything chosen."""
    return _VARIABLE.sub(lambda match: _OWN.get(match[1], ".*") if not match[1].isdigit() else match[0], expr)


def as_rule_file(queries: list[PanelQuery]) -> str:
    """The questions as recording rules, so that promtool reads all of them at once."""
    rules = [{"record": f"query:{number}", "expr": query.expr} for number, query in enumerate(queries)]
    return yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]})


def unknown_names(queries: list[PanelQuery], known: frozenset[str]) -> Iterator[str]:
    """What a question reads that nobody exports or records, one line each."""
    for query in queries:
        try:
            read = metric_names(query.expr)
        except ValueError as error:
            yield f"{query.place}: {error}"
            continue
        for name in sorted(read - known):
            yield f"{query.place}: there is no metric {name}"
