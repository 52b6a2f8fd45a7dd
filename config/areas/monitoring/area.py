"""The monitoring itself: its servers, and targets that are dropped in at run time."""

from collections.abc import Iterator, Sequence

from config import addresses
from config.areas.area import Area, Scrape, static_job
from config.areas.monitoring.dashboard import monitoring
from config.areas.monitoring.model import FILE_JOB, TARGETS_DIRECTORY
from config.settings.stack import Settings


def _scrapes(settings: Settings, _: Sequence[str]) -> Iterator[Scrape]:
    yield static_job("prometheus", addresses.PROMETHEUS, settings)
    yield static_job("alertmanager", addresses.ALERTMANAGER, settings)
    if settings.grafana.enabled:
        yield static_job("grafana", addresses.GRAFANA, settings)
    yield static_job("viewer", addresses.VIEWER, settings)
    # as Prometheus's file service discovery reads them
    yield {
        "job_name": FILE_JOB,
        "file_sd_configs": [{"files": [f"{TARGETS_DIRECTORY}/*.json", f"{TARGETS_DIRECTORY}/*.yml"]}],
    }


AREA = Area(dashboard=monitoring, scrapes=_scrapes)
