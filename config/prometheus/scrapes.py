"""Scrape jobs, as prometheus.yml lists them."""

from collections.abc import Sequence

from config.areas.area import Scrape
from config.areas.registry import AREAS
from config.settings.prometheus import ScrapeLimits
from config.settings.stack import Settings


def scrapes(settings: Settings, networks: Sequence[str]) -> list[Scrape]:
    """Every scrape job of a stack, by subject.

    Args:
        settings: the stack's settings.
        networks: Docker networks that Prometheus shares with services; discovered targets are reached there.
    """
    limits = settings.prometheus.job_limits | {service.name: service.limits for service in settings.services}
    jobs: list[Scrape] = []
    for area in AREAS.values():
        for exporter in area.exporters(settings):
            jobs += exporter.scrapes(settings)
        jobs += area.scrapes(settings, networks)
    merged: dict[str, Scrape] = {}
    for job in jobs:  # several exporters of a kind are targets of one job
        same = merged.setdefault(job["job_name"], {**job, "static_configs": []} if "static_configs" in job else job)
        if same is not job:
            same["static_configs"] += job["static_configs"]
    return [job | limit_options(limits.get(name, ScrapeLimits())) for name, job in merged.items()]


def limit_options(limits: ScrapeLimits) -> Scrape:
    """Limits as prometheus.yml has them; what isn't limited here is left out."""
    options: Scrape = limits.model_dump(exclude_none=True, exclude={"body_size_limit_mb"})
    if limits.body_size_limit_mb:
        options["body_size_limit"] = f"{limits.body_size_limit_mb}MB"
    return options


def body_size_limits(jobs: Sequence[Scrape], settings: Settings) -> dict[str, int]:
    """Job -> bytes that an answer may have: of this limit alone Prometheus has no metric."""
    limits = {job["job_name"]: job.get("body_size_limit") for job in jobs}
    default = settings.prometheus.limits.body_size_limit_mb
    megabytes = {job: int(own.removesuffix("MB")) if own else default for job, own in limits.items()}
    return {job: size * 2**20 for job, size in megabytes.items() if size}


def expected_jobs(jobs: Sequence[Scrape]) -> list[str]:
    """Jobs that must have a target at all times: all but those that find targets at run time."""
    return [job["job_name"] for job in jobs if "static_configs" in job]
