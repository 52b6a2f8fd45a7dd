"""`python -m container_exporter --docker HOST:PORT`: serves the metrics until it is told to stop."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from container_exporter.docker_api import DockerApi
from container_exporter.log import log
from container_exporter.serve import Exporter, server


def main(words: list[str]) -> int:
    """Serve until SIGTERM; the exit code."""
    parser = argparse.ArgumentParser("container_exporter", description="Metrics of every container of a Docker engine.")
    parser.add_argument("--docker", required=True, type=_address, help="HOST:PORT of the Docker API")
    parser.add_argument("--port", type=int, default=8080, help="where the metrics are served")
    parser.add_argument("--label", action="append", default=[], help="a container label that the series carry")
    arguments = parser.parse_args(words)
    stop = threading.Event()
    exporter = Exporter(DockerApi(arguments.docker), tuple(arguments.label))
    httpd = server(exporter, arguments.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    exporter.start(stop)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    log("started", port=httpd.server_port)
    stop.wait()
    httpd.shutdown()
    log("stopped")
    return 0


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} isn't HOST:PORT")
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
