"""The dashboards, one per file."""

from dataclasses import replace

from config.areas.application.dashboard import services
from config.areas.containers.dashboard import containers
from config.areas.monitoring.dashboard import monitoring
from config.areas.postgres.dashboard import postgres
from config.areas.probes.dashboard import probes
from config.areas.redis.dashboard import redis
from config.areas.slo.dashboard import slos
from config.areas.system.dashboard import hosts
from config.grafana.dashboard import Dashboard
from config.grafana.dashboards.alerts import alerts
from config.grafana.dashboards.overview import overview
from config.settings.stack import Settings


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
