"""Containers, and the Docker daemon that runs them."""

from collections.abc import Iterator, Sequence
from typing import Any

from config import addresses, health_checks
from config.areas.area import FILES_DIRECTORY, NOBODY, Area, Exporter, Scrape
from config.areas.containers import caddyfiles
from config.areas.containers.dashboard import containers
from config.labels import META_LABEL, STACK_LABEL, STACK_METRIC_LABEL
from config.settings.stack import Settings

_CADDYFILE = f"{FILES_DIRECTORY}/Caddyfile"
_SOCKET = "/var/run/docker.sock"


def _exporters(settings: Settings) -> Iterator[Exporter]:
    yield _docker_api(settings)
    # It asks the Docker API through the read-only filter and sees nothing else of the host: no mount, no device, no
    # capability. So it works with whatever store, control groups and folders the engine has.
    yield Exporter(
        part="container-exporter",
        image="container_exporter",
        port=8080,
        memory_mb=96,
        cpus=0.5,
        command=[
            f"--docker={addresses.DOCKER_INSPECTION}",
            # A label that changes with each replacement would start new series: none but the one that tells the
            # stacks of a host apart.
            f"--label={STACK_LABEL}",
        ],
        health=health_checks.python_get((8080, "/healthz")),
        after=["docker-api"],
        # called what people's rules and dashboards select these metrics by: their names are cAdvisor's
        job="cadvisor",
        scrape={
            "metric_relabel_configs": [
                _of_this_stack(STACK_METRIC_LABEL, settings),
                # Ids and image ids change with a replacement and would start new series: containers go by name.
                {"regex": f"id|image|{STACK_METRIC_LABEL}", "action": "labeldrop"},
            ]
        },
    )
    if settings.docker_metrics_port is not None:
        yield _docker_metrics(settings, settings.docker_metrics_port)


def _docker_api(settings: Settings) -> Exporter:
    """Lets Prometheus discover containers, and the container exporter measure them, without the Docker socket.

    The raw socket is the host. This proxy passes on a few reading requests and refuses everything else; it alone has
    the socket, and only the monitoring network reaches it.
    """
    group, host = settings.docker_socket_group, settings.docker_host
    return _proxy(
        "docker-api",
        port=2375,
        health="/_ping",  # with 100 containers it takes 22 MB, and 0.1 s of CPU at a scrape
        # the socket belongs to root and a group: without knowing the group, root (without capabilities)
        user=0 if group is None else NOBODY,
        groups=[] if group is None else [group],
        files={_CADDYFILE: caddyfiles.docker_api(_SOCKET)},
        mounts={_SOCKET: host.removeprefix("unix://") if host.startswith("unix://") else _SOCKET},
    )


def _docker_metrics(settings: Settings, port: int) -> Exporter:
    """Makes the daemon's own metrics scrapable.

    The daemon serves them on 127.0.0.1 of the host, where no container on a bridge can read them. This proxy listens
    on the host's address in the monitoring network and passes on `/metrics`, nothing else.
    """
    return _proxy(
        "docker-metrics",
        port=addresses.DOCKER_METRICS_PORT,
        health="/metrics",
        host_network=True,
        files={_CADDYFILE: caddyfiles.docker_metrics(settings.gateway, port)},
        job="docker",
    )


def _proxy(part: str, **options: Any) -> Exporter:
    return Exporter(
        part=part,
        image="caddy",
        entrypoint=["caddy"],
        command=["run", "--config", _CADDYFILE, "--adapter", "caddyfile"],
        environment={"XDG_CONFIG_HOME": "/tmp", "XDG_DATA_HOME": "/tmp"},  # noqa: S108
        # the official binary carries this one as a file capability and doesn't start without
        capabilities=["NET_BIND_SERVICE"],
        **options,
    )


def _scrapes(settings: Settings, _: Sequence[str]) -> Iterator[Scrape]:
    yield _restarting(settings)


def _restarting(settings: Settings) -> Scrape:
    """One target for every container that waits to be started again, as long as it waits.

    Measured is only what runs at the moment of a scrape, which a container that dies at once hardly ever does; the
    engine knows. What is scraped doesn't matter, and nothing of it is kept: that there is an `up` with the
    container's `name` says it all.
    """
    return {
        "job_name": "restarting",
        "docker_sd_configs": [
            {
                "host": f"tcp://{addresses.DOCKER_DISCOVERY}",
                "refresh_interval": "15s",
                "filters": [{"name": "status", "values": ["restarting"]}],
            }
        ],
        "relabel_configs": [
            _of_this_stack(f"{META_LABEL}_stack", settings),
            {"source_labels": ["__meta_docker_container_name"], "regex": "/(.*)", "target_label": "name"},
            {"target_label": "host", "replacement": settings.host_name},
            {"target_label": "__address__", "replacement": addresses.PROMETHEUS},
        ],
        "metric_relabel_configs": [{"source_labels": ["__name__"], "regex": ".+", "action": "drop"}],
    }


def _of_this_stack(label: str, settings: Settings) -> Scrape:
    """Keeps what has no stack, or this one.

    Stacks can share a host. Each watches all containers of the host, but for those of the other stacks' monitoring:
    they are watched by their own, and nobody wants to hear of them twice.
    """
    return {"source_labels": [label], "regex": f"|{settings.stack}", "action": "keep"}


AREA = Area(dashboard=containers, exporters=_exporters, scrapes=_scrapes)
