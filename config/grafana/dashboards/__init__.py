"""The dashboards: those of the subjects, and those across them."""

from dataclasses import replace

from config.areas.registry import AREAS
from config.grafana.dashboard import Dashboard
from config.grafana.dashboards.alerts import alerts
from config.grafana.dashboards.overview import overview
from config.settings.stack import Settings


def dashboards(settings: Settings) -> list[Dashboard]:
    """Every dashboard of the product, with this stack's limits."""
    of_areas = [area.dashboard(settings) for area in AREAS.values() if area.dashboard]
    return [
        replace(dashboard, environment=settings.environment) for dashboard in (overview(settings), alerts(), *of_areas)
    ]
