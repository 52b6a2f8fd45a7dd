"""nginx, by its status page."""

from collections.abc import Iterator

from config.areas.area import Area, Exporter, tls_files
from config.areas.nginx.dashboard import nginx
from config.settings.stack import Settings


def _exporters(settings: Settings) -> Iterator[Exporter]:
    for server in settings.nginx:
        files, (ca, _, skip) = tls_files(server.tls)
        yield Exporter(
            part=f"nginx-exporter{server.suffix}",
            image="nginx_exporter",
            port=9113,
            # the official image holds nothing else that could ask it; whether it answers, Prometheus sees
            health=["CMD", "/usr/bin/nginx-prometheus-exporter", "--version"],
            user=1001,  # the image's own
            networks=["edge", "services"],
            command=[
                f"--nginx.scrape-uri={'https' if server.tls else 'http'}://{server.address}{server.path}",
                "--no-nginx.ssl-verify" if skip else "--nginx.ssl-verify",
                # shorter than any scrape: nginx that is gone is to be an answer, not a failed scrape
                "--nginx.timeout=2s",
                *([f"--nginx.ssl-ca-cert={ca}"] if ca else []),
            ],
            files=files,
            job="nginx",
        )


AREA = Area(dashboard=nginx, exporters=_exporters, alerts="Nginx")
