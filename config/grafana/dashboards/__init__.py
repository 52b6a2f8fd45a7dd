"""The dashboards, one per file."""

from dataclasses import replace

from config.grafana.dashboard import Dashboard
from config.grafana.dashboards.alerts import alerts
from config.grafana.dashboards.containers import containers
from config.grafana.dashboards.hosts import hosts
from config.grafana.dashboards.monitoring import monitoring
from config.grafana.dashboards.overview import overview
from config.grafana.dashboards.postgres import postgres
from config.grafana.dashboards.probes import probes
from config.grafana.dashboards.redis import redis
from config.grafana.dashboards.services import services
from config.grafana.dashboards.slos import slos
from config.settings import Settings


def dashboards(settings: Settings) -> list[Dashboard]:
    """Every dashboard of the product, with this stack's limits."""
    own = [
        overview(settings),
        alerts(settings),
        services(settings),
        slos(),
        probes(settings),
        hosts(settings),
        containers(settings),
        postgres(settings),
        redis(settings),
        monitoring(settings),
    ]
    return [replace(dashboard, environment=settings.environment) for dashboard in own]
