"""Which containers have to run: the monitoring's own parts, as the settings imply them, and those the settings name."""

from config.areas.registry import exporters
from config.settings.stack import Settings

_SERVERS = ("alertmanager", "alertmanager-reloader", "prometheus", "prometheus-reloader", "viewer")


def parts(settings: Settings) -> frozenset[str]:
    """The monitoring's parts that run all the time; a demo's services are no part of it."""
    grafana = ["grafana"] if settings.grafana.enabled else []
    return frozenset([*_SERVERS, *grafana, *(exporter.part for exporter in exporters(settings))])


def expected_containers(settings: Settings) -> dict[str, str]:
    """Containers of the Docker host that have to run.

    Returns:
        name -> kind, sorted by name: `service` if the settings name it, `monitoring` if it is a part of ours.
    """
    own = {f"{settings.prefix}-{part}": "monitoring" for part in parts(settings)}
    return dict(sorted({**own, **dict.fromkeys(settings.containers, "service")}.items()))


def services_of_containers(settings: Settings) -> dict[str, str]:
    """Container -> the service that is reached under its name, so that one that is gone is told once, not twice."""
    here = (None, settings.host_name)
    addresses = {
        each: service.name for service in settings.services if service.host in here for each in service.address
    }
    addresses |= {server.address: kind for kind, server in settings.servers}
    return {address.rpartition(":")[0]: service for address, service in addresses.items()}
