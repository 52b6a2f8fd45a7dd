"""Variables: what a viewer can choose on top of a dashboard."""

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as model

from config.grafana.datasources import PROMETHEUS, prometheus_name
from config.grafana.panels import DATASOURCE

Variable = Builder[model.VariableModel]

# metric by which the values of a label are found
_SOURCES = {
    "host": 'up{job="node"}',
    "service": 'up{service!="", job!="probe"}',
    "instance": "up",
    "container": 'container_last_seen{name!=""}',
}
_LABELS = {"container": "name"}


def datasource(environment: str) -> Variable:
    """Which environment is looked at: each has a Prometheus of its own, and further ones come from the settings.

    The name has to be right: an older Grafana goes by it, and takes the first in the alphabet when there is none such.
    """
    return (
        builders.DatasourceVariable("datasource")
        .label("Environment")
        .type("prometheus")
        .current(model.VariableOption(text=prometheus_name(environment), value=PROMETHEUS))
    )


def choice(name: str, *, source: str | None = None, label: str | None = None) -> Variable:
    """One, several or all values of a label.

    Args:
        name: the variable, one of host, service, instance, container, or any other with `source` and `label`.
        source: a selector in whose series the values are found.
        label: the label whose values they are.
    """
    source = source or _SOURCES[name]
    label = label or _LABELS.get(name, name)
    return (
        builders.QueryVariable(name)
        .label(name.capitalize())
        .query({"query": f"label_values({source}, {label})", "refId": name})
        .datasource(DATASOURCE)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(model.VariableOption(text=["All"], value=["$__all"]))
    )
