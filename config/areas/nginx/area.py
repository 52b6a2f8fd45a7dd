"""nginx, by its status page."""

from collections.abc import Iterator

from config.areas.area import Area, Exporter
from config.areas.nginx.dashboard import nginx
from config.settings.stack import Settings


def _exporters(settings: Settings) -> Iterator[Exporter]:
    server = settings.nginx
    if server is None:
        return
    yield Exporter(
        part="nginx-exporter",
        image="nginx_exporter",
        port=9113,
        # the official image holds nothing else that could ask it; whether it answers, Prometheus sees
        health=["CMD", "/usr/bin/nginx-prometheus-exporter", "--version"],
        user=1001,  # the image's own
        networks=["edge", "services"],
        command=[
            f"--nginx.scrape-uri={'https' if server.tls else 'http'}://{server.address}{server.path}",
            "--nginx.ssl-verify",
            # shorter than any scrape: nginx that is gone is to be an answer, not a failed scrape
            "--nginx.timeout=2s",
        ],
        job="nginx",
    )


AREA = Area(dashboard=nginx, exporters=_exporters, alerts="Nginx")
