"""Which containers have to run: the monitoring's own parts, as the settings imply them, and those the settings name."""

from config.settings.stack import Settings


def parts(settings: Settings) -> frozenset[str]:
    """The monitoring's parts that run all the time; a demo's services are no part of it."""
    optional = {
        "docker-metrics": settings.docker_metrics_port,
        "postgres-exporter": settings.postgres,
        "redis-exporter": settings.redis,
        "grafana": settings.grafana.enabled,
    }
    return frozenset(
        {
            "alertmanager",
            "alertmanager-reloader",
            "blackbox-exporter",
            "container-exporter",
            "docker-api",
            "node-exporter",
            "prometheus",
            "prometheus-reloader",
            "viewer",
            *(part for part, setting in optional.items() if setting),
        }
    )


def expected_containers(settings: Settings) -> dict[str, str]:
    """Containers of the Docker host that have to run.

    Returns:
        name -> kind, sorted by name: `service` if the settings name it, `monitoring` if it is a part of ours.
    """
    own = {f"{settings.prefix}-{part}": "monitoring" for part in parts(settings)}
    return dict(sorted({**own, **dict.fromkeys(settings.containers, "service")}.items()))
