"""The part of the Docker API that tells about containers, each answer as a model of what is read of it."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

T = TypeVar("T")

_PATIENCE_SECONDS = 10.0


class DockerError(Exception):
    """The engine didn't answer, or not what it should have."""


class GoneError(DockerError):
    """The container isn't there any more."""


def _or_empty(value: object) -> object:
    """Go writes an empty list or map as null."""
    return {} if value is None else value


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Listed(_Answer):
    """A container of `/containers/json`."""

    id: str = Field(alias="Id")
    names: tuple[str, ...] = Field(alias="Names")
    image: str = Field(alias="Image")
    state: str = Field(alias="State")
    status: str = Field(alias="Status")
    labels: Annotated[dict[str, str], BeforeValidator(_or_empty)] = Field(alias="Labels", default={})

    @property
    def name(self) -> str:
        """The container's name; links give it others, with a slash in them."""
        names = [name.removeprefix("/") for name in self.names]
        return next((name for name in names if "/" not in name), self.id[:12])


class _State(_Answer):
    started: datetime = Field(alias="StartedAt")


class _HostConfig(_Answer):
    memory: int = Field(alias="Memory", default=0)
    reservation: int = Field(alias="MemoryReservation", default=0)
    swap: int = Field(alias="MemorySwap", default=0)
    nano_cpus: int = Field(alias="NanoCpus", default=0)
    cpu_shares: int = Field(alias="CpuShares", default=0)
    cpu_period: int = Field(alias="CpuPeriod", default=0)
    cpu_quota: int = Field(alias="CpuQuota", default=0)


class Inspected(_Answer):
    """A container of `/containers/<id>/json`: when it was made and started, and its limits."""

    created: datetime = Field(alias="Created")
    restarts: int = Field(alias="RestartCount", default=0)
    state: _State = Field(alias="State")
    limits: _HostConfig = Field(alias="HostConfig")


class _CpuUsage(_Answer):
    total: int = Field(alias="total_usage", default=0)
    kernel: int = Field(alias="usage_in_kernelmode", default=0)
    user: int = Field(alias="usage_in_usermode", default=0)


class _Throttling(_Answer):
    periods: int = 0
    throttled_periods: int = 0
    throttled_time: int = 0


class _Cpu(_Answer):
    usage: _CpuUsage = Field(alias="cpu_usage", default=_CpuUsage())
    throttling: _Throttling = Field(alias="throttling_data", default=_Throttling())


class _Memory(_Answer):
    usage: int = 0
    highest: int | None = Field(alias="max_usage", default=None)
    failures: int = Field(alias="failcnt", default=0)
    stats: Annotated[dict[str, int], BeforeValidator(_or_empty)] = {}


class _Io(_Answer):
    major: int
    minor: int
    op: str
    value: int


class _Block(_Answer):
    bytes: tuple[_Io, ...] | None = Field(alias="io_service_bytes_recursive", default=None)
    operations: tuple[_Io, ...] | None = Field(alias="io_serviced_recursive", default=None)


class _Network(_Answer):
    rx_bytes: int = 0
    rx_packets: int = 0
    rx_errors: int = 0
    rx_dropped: int = 0
    tx_bytes: int = 0
    tx_packets: int = 0
    tx_errors: int = 0
    tx_dropped: int = 0


class _Pids(_Answer):
    current: int | None = None
    limit: int | None = None


class Stats(_Answer):
    """What a container uses, of `/containers/<id>/stats`. A container that isn't running has no memory in use."""

    cpu: _Cpu = Field(alias="cpu_stats", default=_Cpu())
    memory: _Memory = Field(alias="memory_stats", default=_Memory())
    block: _Block = Field(alias="blkio_stats", default=_Block())
    networks: Annotated[dict[str, _Network], BeforeValidator(_or_empty)] = {}
    pids: _Pids = Field(alias="pids_stats", default=_Pids())


class Info(_Answer):
    """The engine's machine, of `/info`."""

    cpus: int = Field(alias="NCPU")
    memory: int = Field(alias="MemTotal")


class _Layered(_Answer):
    written: int = Field(alias="SizeRw", default=0)


class _VolumeUse(_Answer):
    size: int = Field(alias="Size", default=0)


class _Volume(_Answer):
    use: _VolumeUse | None = Field(alias="UsageData", default=None)


class _Cached(_Answer):
    size: int = Field(alias="Size", default=0)


class _Total(_Answer):
    size: int = Field(alias="TotalSize", default=0)


class DiskUse(_Answer):
    """What Docker's objects take of the disk, of `/system/df`: one by one, since API 1.52 their sums."""

    layers: int = Field(alias="LayersSize", default=0)
    containers: tuple[_Layered, ...] | None = Field(alias="Containers", default=None)
    volumes: tuple[_Volume, ...] | None = Field(alias="Volumes", default=None)
    build_cache: tuple[_Cached, ...] | None = Field(alias="BuildCache", default=None)
    image_use: _Total | None = Field(alias="ImageUsage", default=None)
    container_use: _Total | None = Field(alias="ContainerUsage", default=None)
    volume_use: _Total | None = Field(alias="VolumeUsage", default=None)
    build_cache_use: _Total | None = Field(alias="BuildCacheUsage", default=None)

    def sizes(self) -> dict[str, int]:
        """Bytes by kind of object. A volume whose driver can't tell has a size of -1."""
        volumes = sum(max(0, volume.use.size) for volume in self.volumes or () if volume.use)
        return {
            "images": self.image_use.size if self.image_use else self.layers,
            "containers": self.container_use.size
            if self.container_use
            else sum(c.written for c in self.containers or ()),
            "volumes": self.volume_use.size if self.volume_use else volumes,
            "build_cache": self.build_cache_use.size
            if self.build_cache_use
            else sum(c.size for c in self.build_cache or ()),
        }


class _Actor(_Answer):
    id: str = Field(alias="ID")


class Event(_Answer):
    """Something that happened to a container, of `/events`."""

    action: str = Field(alias="Action")
    actor: _Actor = Field(alias="Actor")
    nanoseconds: int = Field(alias="timeNano")


_LIST = TypeAdapter(tuple[Listed, ...])
_INSPECTED = TypeAdapter(Inspected)
_STATS = TypeAdapter(Stats)
_INFO = TypeAdapter(Info)
_EVENT = TypeAdapter(Event)
_DISK_USE = TypeAdapter(DiskUse)


class DockerApi:
    """Asks the Docker API over TCP. Every thread keeps a connection of its own.

    Args:
        address: host and port.
    """

    def __init__(self, address: str) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)
        self._own = threading.local()

    def containers(self, seconds: float) -> tuple[Listed, ...]:
        """Containers that run, and those that wait to be started again."""
        return _parsed(_LIST, self.get("/containers/json", seconds))

    def inspect(self, container: str, seconds: float) -> Inspected:
        """One container's settings and state."""
        return _parsed(_INSPECTED, self.get(f"/containers/{container}/json", seconds))

    def stats(self, container: str, seconds: float) -> Stats:
        """One container's use; without `one-shot` the engine waits a second or two for another sample."""
        path = f"/containers/{container}/stats?stream=false&one-shot=true"
        return _parsed(_STATS, self.get(path, seconds))

    def info(self, seconds: float) -> Info:
        """The engine's machine."""
        return _parsed(_INFO, self.get("/info", seconds))

    def disk_use(self, seconds: float) -> DiskUse:
        """What Docker's objects take of the disk; the engine walks through all of them."""
        return _parsed(_DISK_USE, self.get("/system/df", seconds))

    def events(self, since: int, until: int) -> Iterator[Event]:
        """Starts, changes, kills for memory and removals of containers, as they happen.

        The filter in front of the API passes on these kinds alone: others carry command lines.

        Args:
            since: what happened from this moment on comes first (nanoseconds of the epoch).
            until: the engine ends the stream then, so that a dead connection is noticed soon after.
        """
        seconds = max(0, until - time.time_ns()) / 10**9 + _PATIENCE_SECONDS
        connection = self._connection(seconds)
        try:
            connection.request("GET", f"/events?since={_moment(since)}&until={_moment(until)}")
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise _unanswered("/events", seconds, error) from None
        if response.status != 200:
            connection.close()
            raise DockerError(f"/events is answered {response.status} {response.reason}")
        return _events(connection, response, seconds)

    def get(self, path: str, seconds: float) -> bytes:
        """The answer to a GET.

        Raises:
            GoneError: 404.
            DockerError: no answer within the time, or another status than 200.
        """
        kept: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        try:
            if kept is not None and kept.sock is not None:
                try:
                    return self._ask(kept, path, seconds)
                except (ConnectionError, http.client.HTTPException):
                    kept.close()  # the other side may close it at any time: that is no failure
            self._own.connection = self._connection(seconds)
            return self._ask(self._own.connection, path, seconds)
        except (OSError, http.client.HTTPException) as error:
            self._own.connection.close()
            raise _unanswered(path, seconds, error) from None

    def _ask(self, connection: http.client.HTTPConnection, path: str, seconds: float) -> bytes:
        if connection.sock is not None:
            connection.sock.settimeout(seconds)
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        if response.status == 404:
            raise GoneError(path)
        if response.status != 200:
            raise DockerError(f"{path} is answered {response.status}: {body[:200].decode(errors='replace').strip()}")
        return body

    def _connection(self, seconds: float) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._host, self._port, timeout=seconds)


def _events(
    connection: http.client.HTTPConnection, response: http.client.HTTPResponse, seconds: float
) -> Iterator[Event]:
    try:
        while line := response.readline():
            if line.strip():
                yield _parsed(_EVENT, line)
    except (OSError, http.client.HTTPException) as error:
        raise _unanswered("/events", seconds, error) from None
    finally:
        connection.close()


def _unanswered(path: str, seconds: float, error: Exception) -> DockerError:
    reason = f"no answer within {seconds:.1f} s" if isinstance(error, TimeoutError) else error
    return DockerError(f"{path} isn't answered: {reason or type(error).__name__}")


def _moment(nanoseconds: int) -> str:
    return f"{nanoseconds // 10**9}.{nanoseconds % 10**9:09d}"


def _parsed(adapter: TypeAdapter[T], body: bytes) -> T:
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DockerError(f"an answer that isn't understood: {where}: {first['msg']}") from None
