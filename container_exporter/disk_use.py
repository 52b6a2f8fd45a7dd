"""What Docker's images, containers, volumes and build cache take of the disk; dear to find out, so done rarely."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from container_exporter.docker_api import DiskUse, DockerApi, DockerError, Info
from container_exporter.log import log

_FIRST_SECONDS, _PAUSE_SECONDS, _AGAIN_SECONDS = 30.0, 3600.0, 300.0
_INFO_SECONDS, _DISK_SECONDS = 10.0, 300.0


class DiskUseWatch:
    """Looks once an hour: the engine walks through every volume for it."""

    def __init__(self) -> None:
        self._use: DiskUse | None = None
        self._info: Info | None = None

    def follow(self, api: DockerApi, stop: threading.Event) -> None:
        """Look again and again until told to stop."""
        pause = 0.0
        while not stop.wait(pause):
            try:
                if self._info is None:
                    self._info = api.info(_INFO_SECONDS)
                    pause = _FIRST_SECONDS
                else:
                    self._use = api.disk_use(_DISK_SECONDS)
                    pause = _PAUSE_SECONDS
            except DockerError as error:
                log("disk_use_missing", problem=str(error))
                pause = _AGAIN_SECONDS if self._info else _FIRST_SECONDS

    def metrics(self) -> Iterator[Metric]:
        """What is known so far."""
        if self._info:
            yield GaugeMetricFamily("machine_cpu_cores", "CPUs of the engine's machine.", self._info.cpus)
            yield GaugeMetricFamily("machine_memory_bytes", "Memory of the engine's machine.", self._info.memory)
        if self._use:
            family = GaugeMetricFamily(
                "docker_disk_use_bytes", "Disk space that Docker's objects take.", labels=["kind"]
            )
            for kind, size in self._use.sizes().items():
                family.add_metric([kind], size)
            yield family
