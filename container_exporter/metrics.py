"""A container's figures under cAdvisor's names, which people's dashboards and rules read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from prometheus_client import Metric

from container_exporter.docker_api import Inspected, Listed, Stats
from container_exporter.watch import Labels

# name -> its type and what it is
HELP = {
    "container_cpu_cfs_periods_total": ("counter", "Periods in which the container wanted CPU, of those with a limit."),
    "container_cpu_cfs_throttled_periods_total": ("counter", "Periods in which it used up its CPU limit."),
    "container_cpu_cfs_throttled_seconds_total": ("counter", "Time for which it was stopped by its CPU limit."),
    "container_cpu_system_seconds_total": ("counter", "CPU time in the kernel."),
    "container_cpu_usage_seconds_total": ("counter", "CPU time."),
    "container_cpu_user_seconds_total": ("counter", "CPU time in programs."),
    "container_creation_time_seconds": ("gauge", "When the container was created (seconds of the epoch)."),
    "container_fs_reads_bytes_total": ("counter", "Bytes read from a disk."),
    "container_fs_reads_total": ("counter", "Reads from a disk."),
    "container_fs_writes_bytes_total": ("counter", "Bytes written to a disk."),
    "container_fs_writes_total": ("counter", "Writes to a disk."),
    "container_health_state": ("gauge", "1: healthy, 0: unhealthy or starting, -1: no health check."),
    "container_last_seen": ("gauge", "When the container was measured last (seconds of the epoch)."),
    "container_memory_cache": ("gauge", "Memory that holds files."),
    "container_memory_failcnt": ("gauge", "How often memory use met the limit."),
    "container_memory_failures_total": ("counter", "Page faults."),
    "container_memory_mapped_file": ("gauge", "Memory that holds mapped files."),
    "container_memory_max_usage_bytes": ("gauge", "Highest memory use (cgroup v1)."),
    "container_memory_rss": ("gauge", "Memory that holds no files."),
    "container_memory_total_active_file_bytes": ("gauge", "Memory that holds files in use."),
    "container_memory_total_inactive_file_bytes": ("gauge", "Memory that holds files not used lately."),
    "container_memory_usage_bytes": ("gauge", "Memory in use, with all files."),
    "container_memory_working_set_bytes": ("gauge", "Memory in use without files not used lately."),
    "container_network_receive_bytes_total": ("counter", "Bytes received."),
    "container_network_receive_errors_total": ("counter", "Errors when receiving."),
    "container_network_receive_packets_dropped_total": ("counter", "Packets dropped when receiving."),
    "container_network_receive_packets_total": ("counter", "Packets received."),
    "container_network_transmit_bytes_total": ("counter", "Bytes sent."),
    "container_network_transmit_errors_total": ("counter", "Errors when sending."),
    "container_network_transmit_packets_dropped_total": ("counter", "Packets dropped when sending."),
    "container_network_transmit_packets_total": ("counter", "Packets sent."),
    "container_oom_events_total": ("counter", "Kills for lack of memory since the exporter started."),
    "container_restarts": ("gauge", "How often the engine has restarted the container by its restart policy."),
    "container_spec_cpu_period": ("gauge", "Length of a period of the CPU limit, in microseconds."),
    "container_spec_cpu_quota": ("gauge", "CPU time that may be used in a period, in microseconds."),
    "container_spec_cpu_shares": ("gauge", "Weight where CPU is short."),
    "container_spec_memory_limit_bytes": ("gauge", "Memory limit; 0: none."),
    "container_spec_memory_reservation_limit_bytes": ("gauge", "Memory to get down to where memory is short; 0: none."),
    "container_spec_memory_swap_limit_bytes": ("gauge", "Limit of memory and swap; 0: none."),
    "container_start_time_seconds": ("gauge", "When the container was started last (seconds of the epoch)."),
    "container_threads": ("gauge", "Processes and threads."),
    "container_threads_max": ("gauge", "Limit of processes and threads."),
}
_CPU_PERIOD = 100_000  # microseconds: the kernel's and Docker's default
_CPU_SHARES = 1024
_NANOSECONDS = 1e-9
_NETWORK = {
    "receive_bytes": "rx_bytes",
    "receive_errors": "rx_errors",
    "receive_packets_dropped": "rx_dropped",
    "receive_packets": "rx_packets",
    "transmit_bytes": "tx_bytes",
    "transmit_errors": "tx_errors",
    "transmit_packets_dropped": "tx_dropped",
    "transmit_packets": "tx_packets",
}
# as the engine names what the kernel counts, in cgroup v1 and in v2
_MEMORY = {
    "container_memory_cache": ("total_cache", "file"),
    "container_memory_mapped_file": ("total_mapped_file", "file_mapped"),
    "container_memory_rss": ("total_rss", "anon"),
    "container_memory_total_active_file_bytes": ("total_active_file", "active_file"),
    "container_memory_total_inactive_file_bytes": ("total_inactive_file", "inactive_file"),
}

# name, further labels, value
Sample = tuple[str, dict[str, str], float]


@dataclass(frozen=True)
class Container:
    """Everything about a container at one moment (seconds of the epoch)."""

    labels: Labels
    listed: Listed
    inspected: Inspected
    stats: Stats
    kills: int
    now: float


@dataclass
class Families:
    """Series by name, as they are exported."""

    _metrics: dict[str, Metric] = field(default_factory=dict)

    def add(self, labels: Labels, samples: Iterable[Sample]) -> None:
        """Add a container's series."""
        common = {"id": f"/docker/{labels.id}", "image": labels.image, "name": labels.name, **dict(labels.more)}
        for name, further, value in samples:
            metric = self._metrics.get(name)
            if metric is None:
                kind, text = HELP[name]
                metric = self._metrics[name] = Metric(name.removesuffix("_total"), text, kind)
            metric.add_sample(name, {**common, **further}, value)

    def metrics(self) -> Sequence[Metric]:
        """All of them, sorted by name."""
        return [self._metrics[name] for name in sorted(self._metrics)]


def label_name(container_label: str) -> str:
    """The name under which a container's label is exported, as cAdvisor writes it."""
    return "container_label_" + re.sub(r"[^a-zA-Z0-9_]", "_", container_label)


def samples(container: Container) -> Iterator[Sample]:
    """Every series of a container."""
    yield "container_last_seen", {}, container.now
    yield "container_health_state", {}, _health(container.listed.status)
    yield "container_oom_events_total", {}, container.kills
    yield from _life_and_limits(container.inspected)
    yield from _cpu(container.inspected, container.stats)
    yield from _memory(container.stats)
    yield from _network(container.stats)
    yield from _disks(container.stats)
    if container.stats.pids.current is not None:
        yield "container_threads", {}, container.stats.pids.current
    if container.stats.pids.limit is not None:
        # none is the highest number there is
        yield "container_threads_max", {}, container.stats.pids.limit if container.stats.pids.limit < 2**63 else 0


def _health(status: str) -> int:
    if status.endswith("(healthy)"):
        return 1
    return 0 if status.endswith(("(unhealthy)", "(health: starting)")) else -1


def _life_and_limits(inspected: Inspected) -> Iterator[Sample]:
    limits = inspected.limits
    yield "container_creation_time_seconds", {}, inspected.created.timestamp()
    yield "container_start_time_seconds", {}, inspected.state.started.timestamp()
    yield "container_restarts", {}, inspected.restarts
    yield "container_spec_memory_limit_bytes", {}, limits.memory
    yield "container_spec_memory_reservation_limit_bytes", {}, limits.reservation
    yield "container_spec_memory_swap_limit_bytes", {}, max(limits.swap, 0)  # -1: none
    yield "container_spec_cpu_shares", {}, limits.cpu_shares or _CPU_SHARES
    period, quota = cpu_limit(inspected)
    yield "container_spec_cpu_period", {}, period
    if quota:
        yield "container_spec_cpu_quota", {}, quota


def cpu_limit(inspected: Inspected) -> tuple[int, int]:
    """Period and quota in microseconds; a quota of 0 is no limit."""
    limits = inspected.limits
    if limits.nano_cpus:
        return _CPU_PERIOD, limits.nano_cpus * _CPU_PERIOD // 10**9
    return limits.cpu_period or _CPU_PERIOD, max(limits.cpu_quota, 0)


def _cpu(inspected: Inspected, stats: Stats) -> Iterator[Sample]:
    usage, throttling = stats.cpu.usage, stats.cpu.throttling
    yield "container_cpu_usage_seconds_total", {"cpu": "total"}, usage.total * _NANOSECONDS
    yield "container_cpu_user_seconds_total", {}, usage.user * _NANOSECONDS
    yield "container_cpu_system_seconds_total", {}, usage.kernel * _NANOSECONDS
    if cpu_limit(inspected)[1]:
        yield "container_cpu_cfs_periods_total", {}, throttling.periods
        yield "container_cpu_cfs_throttled_periods_total", {}, throttling.throttled_periods
        yield "container_cpu_cfs_throttled_seconds_total", {}, throttling.throttled_time * _NANOSECONDS


def _memory(stats: Stats) -> Iterator[Sample]:
    memory, counts = stats.memory, stats.memory.stats
    version = 0 if "total_rss" in counts else 1
    yield "container_memory_usage_bytes", {}, memory.usage
    yield "container_memory_working_set_bytes", {}, max(0, memory.usage - counts.get(_INACTIVE_FILE[version], 0))
    for name, names in _MEMORY.items():
        if names[version] in counts:
            yield name, {}, counts[names[version]]
    for kind in ("pgfault", "pgmajfault"):
        if (faults := counts.get(f"total_{kind}", counts.get(kind))) is not None:
            yield "container_memory_failures_total", {"failure_type": kind, "scope": "hierarchy"}, faults
    yield "container_memory_failcnt", {}, memory.failures
    if memory.highest is not None:
        yield "container_memory_max_usage_bytes", {}, memory.highest


_INACTIVE_FILE = _MEMORY["container_memory_total_inactive_file_bytes"]


def _network(stats: Stats) -> Iterator[Sample]:
    for interface, counts in stats.networks.items():
        for name, count in _NETWORK.items():
            yield f"container_network_{name}_total", {"interface": interface}, getattr(counts, count)


def _disks(stats: Stats) -> Iterator[Sample]:
    for unit, counts in (("_bytes", stats.block.bytes), ("", stats.block.operations)):
        for count in counts or ():
            # cgroup v1 says Read, v2 read; other operations are those two, counted in another way
            if (way := count.op.lower()) in ("read", "write"):
                yield f"container_fs_{way}s{unit}_total", {"device": device(count.major, count.minor)}, count.value


@cache
def device(major: int, minor: int, root: Path = Path("/sys/dev/block")) -> str:
    """The disk's name; its numbers where the kernel doesn't tell it to containers."""
    try:
        lines = (root / f"{major}:{minor}" / "uevent").read_text().splitlines()
    except OSError:
        lines = []
    return next((f"/dev/{line[8:]}" for line in lines if line.startswith("DEVNAME=")), f"{major}:{minor}")
