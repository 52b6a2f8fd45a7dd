"""Datasources, each under a uid that never changes, because dashboards and links name it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from config import addresses
from config.settings.errors import SettingsError
from config.settings.grafana import DatasourceSettings, PostgresDatasourceSettings
from config.settings.stack import Settings

PROMETHEUS = "prometheus"
ALERTMANAGER = "alertmanager"
POSTGRES = "postgres"
# Plugins that Grafana renamed: exports of earlier versions have the id on the left. A datasource is declared with the
# one on the right, which Grafana reports: declared with the other it would be changed at every update.
RENAMED_PLUGINS = {"postgres": "grafana-postgresql-datasource"}


@dataclass(frozen=True, kw_only=True)
class Datasource:
    """One datasource.

    Attributes:
        uid: fixed for ever.
        name: what people see.
        type: the plugin's id.
        url: where Grafana's server reaches it; browsers never do.
        json_data: the plugin's settings, nothing secret.
        password: key of the secret it signs in with, if any.
        user: whom it signs in as.
        database: name of the database, where there are several.
        default: what a panel asks that names none.
    """

    uid: str
    name: str
    type: str
    url: str
    json_data: Mapping[str, Any] = field(default_factory=dict)
    password: str | None = None
    user: str | None = None
    database: str | None = None
    default: bool = False


def prometheus_name(environment: str) -> str:
    """One Prometheus per environment: on the dashboards, it is the environment that is chosen."""
    return f"Prometheus ({environment})"


def datasources(settings: Settings) -> list[Datasource]:
    """Every datasource of a stack.

    Raises:
        SettingsError: two have one name.
    """
    grafana = settings.grafana
    found = [
        _prometheus(settings),
        Datasource(
            uid=ALERTMANAGER,
            name="Alertmanager",
            type="alertmanager",
            url=f"http://{addresses.ALERTMANAGER}",
            json_data={"implementation": "prometheus", "handleGrafanaManagedAlerts": False},
        ),
        *([_postgres(grafana.postgres)] if grafana.postgres else []),
        *(_further(source) for source in grafana.datasources),
    ]
    names = [source.name for source in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SettingsError([f"grafana.datasources[].name: '{name}' is used twice; choose another" for name in twice])
    return found


def _prometheus(settings: Settings) -> Datasource:
    traces = [source.uid for source in settings.grafana.datasources if source.type == "tempo"]
    json_data: dict[str, Any] = {
        # queries of dashboards outgrow what fits into an address
        "httpMethod": "POST",
        # the step of a graph is never finer than what was measured
        "timeInterval": f"{settings.prometheus.scrape_interval_seconds}s",
        "prometheusType": "Prometheus",
        "prometheusVersion": "2.50.1",  # the newest that Grafana tells apart
        "cacheLevel": "Low",
        "disableRecordingRules": False,
        "manageAlerts": True,
        "alertmanagerUid": ALERTMANAGER,
    }
    if settings.grafana.exemplars:
        json_data["exemplarTraceIdDestinations"] = [{"name": "trace_id", "datasourceUid": uid} for uid in traces]
    return Datasource(
        uid=PROMETHEUS,
        name=prometheus_name(settings.environment),
        type="prometheus",
        url=f"http://{addresses.PROMETHEUS}",
        json_data=json_data,
        default=True,
    )


def _postgres(postgres: PostgresDatasourceSettings) -> Datasource:
    return Datasource(
        uid=POSTGRES,
        name="PostgreSQL",
        type=RENAMED_PLUGINS["postgres"],
        url=postgres.address,
        user=postgres.user,
        database=postgres.database,
        password="grafanaPostgresPassword",  # noqa: S106 - the secret's key, not its value
        json_data={
            "database": postgres.database,
            "sslmode": postgres.ssl_mode,
            "maxOpenConns": 5,
            "maxIdleConns": 2,
            "connMaxLifetime": 14400,
            "postgresVersion": 1500,
            "timescaledb": False,
        },
    )


def _further(source: DatasourceSettings) -> Datasource:
    return Datasource(
        uid=source.uid,
        name=source.name,
        type=source.type,
        url=source.url,
        user=source.user,
        password=f"grafanaDatasourcePassword-{source.uid}" if source.user else None,
        json_data={"httpMethod": "POST"} if source.type == "prometheus" else {},
    )
