"""Hosts: is a machine short of something, and of what?"""

from config.grafana.dashboard import Dashboard, Row
from config.grafana.folders import INFRASTRUCTURE
from config.grafana.panels import Column, Limits, Query, bars, graph, listing, number
from config.grafana.variables import choice
from config.settings.stack import Settings

_HOST = 'host=~"$host"'
_DISKS = f'{_HOST}, device!~"(dm-|md|loop|ram|zram|sr|fd).*"'
_NICS = f'{_HOST}, device!~"lo|veth.*|br-.*|docker.*"'


def hosts(settings: Settings) -> Dashboard:
    """CPU, memory, disks, network, processes of each host."""
    limits = settings.thresholds.system
    cpu = Limits(warning=limits.cpu_percent / 100)
    memory = Limits(warning=limits.memory_warning_percent / 100, critical=limits.memory_critical_percent / 100)
    disk = Limits(warning=limits.disk_warning_percent / 100, critical=limits.disk_critical_percent / 100)
    inodes = Limits(warning=limits.inodes_warning_percent / 100, critical=limits.inodes_critical_percent / 100)
    return Dashboard(
        uid="hosts",
        title="Hosts",
        description="CPU and load, memory, disks, network and processes of each host.",
        folder=INFRASTRUCTURE,
        variables=[choice("host")],
        rows=[
            Row(
                title="Now",
                panels=[
                    number(
                        "Hosts up",
                        "Hosts whose node exporter answers.",
                        "short",
                        Query(f'sum(up{{job="node", {_HOST}}})'),
                    ),
                    number(
                        "Busiest CPU",
                        "Share of all cores that is not idle, over 5 minutes, on the busiest host.",
                        "percentunit",
                        Query(f"max(instance:node_cpu_utilisation:ratio_rate5m{{{_HOST}}})"),
                        limits=cpu,
                    ),
                    number(
                        "Fullest memory",
                        "Share of the memory that programs can't get any more, on the fullest host.",
                        "percentunit",
                        Query(f"max(instance:node_memory_utilisation:ratio{{{_HOST}}})"),
                        limits=memory,
                    ),
                    number(
                        "Fullest filesystem",
                        "Share of a filesystem that is used, of the fullest one.",
                        "percentunit",
                        Query(f"max(instance:node_filesystem_utilisation:ratio{{{_HOST}}})"),
                        limits=disk,
                    ),
                    number(
                        "Load per core",
                        "Processes that run or wait, over 5 minutes, per core; above 1 they wait for each other.",
                        "short",
                        Query(
                            f"max(node_load5{{{_HOST}}} / on (instance) group_left ()"
                            f' count by (instance) (node_cpu_seconds_total{{mode="idle", {_HOST}}}))'
                        ),
                    ),
                    number(
                        "Shortest uptime",
                        "Time since the last start of the host that started last.",
                        "s",
                        Query(f"min(time() - node_boot_time_seconds{{{_HOST}}})"),
                    ),
                ],
            ),
            Row(
                title="CPU and load",
                panels=[
                    graph(
                        "CPU",
                        "Share of all cores that is not idle, over 5 minutes. The line is the alert's limit.",
                        "percentunit",
                        Query(f"instance:node_cpu_utilisation:ratio_rate5m{{{_HOST}}}", "{{host}}"),
                        limits=cpu,
                        maximum=1,
                        width=8,
                    ),
                    graph(
                        "CPU by what it does",
                        "Cores that are busy, by mode: much iowait is a slow disk, much steal a crowded hypervisor.",
                        "short",
                        Query(
                            f'sum by (mode) (rate(node_cpu_seconds_total{{mode!="idle", {_HOST}}}[$__rate_interval]))',
                            "{{mode}}",
                        ),
                        stacked=True,
                        width=8,
                    ),
                    graph(
                        "Load",
                        "Processes that run or wait to run or for a disk, over 1 and 15 minutes.",
                        "short",
                        Query(f"node_load1{{{_HOST}}}", "{{host}} 1 min"),
                        Query(f"node_load15{{{_HOST}}}", "{{host}} 15 min"),
                        width=8,
                    ),
                ],
            ),
            Row(
                title="Memory",
                panels=[
                    graph(
                        "Memory",
                        "Share of the memory that programs can't get any more. The lines are the alert's limits.",
                        "percentunit",
                        Query(f"instance:node_memory_utilisation:ratio{{{_HOST}}}", "{{host}}"),
                        limits=memory,
                        maximum=1,
                        width=8,
                    ),
                    graph(
                        "Available memory",
                        "What programs can still get, with the caches that the kernel would give up.",
                        "bytes",
                        Query(f"node_memory_MemAvailable_bytes{{{_HOST}}}", "{{host}}"),
                        width=8,
                    ),
                    graph(
                        "Waiting for memory",
                        "Share of the time in which some process waited for memory (pressure stall information).",
                        "percentunit",
                        Query(
                            f"rate(node_pressure_memory_waiting_seconds_total{{{_HOST}}}[$__rate_interval])", "{{host}}"
                        ),
                        width=8,
                    ),
                ],
            ),
            Row(
                title="Disks",
                panels=[
                    bars(
                        "Space",
                        "Share of each filesystem that is used, counted as df does.",
                        "percentunit",
                        Query(f"instance:node_filesystem_utilisation:ratio{{{_HOST}}}", "{{host}} {{mountpoint}}"),
                        limits=disk,
                        maximum=1,
                    ),
                    graph(
                        "Space over time",
                        "Share of each filesystem that is used. The lines are the alert's limits.",
                        "percentunit",
                        Query(f"instance:node_filesystem_utilisation:ratio{{{_HOST}}}", "{{host}} {{mountpoint}}"),
                        limits=disk,
                        maximum=1,
                        width=8,
                    ),
                    graph(
                        "Inodes",
                        "Share of each filesystem's inodes that is used: many small files fill a disk that has space.",
                        "percentunit",
                        Query(
                            f"instance:node_filesystem_inodes_utilisation:ratio{{{_HOST}}}", "{{host}} {{mountpoint}}"
                        ),
                        limits=inodes,
                        maximum=1,
                        width=8,
                    ),
                    graph(
                        "Read and written",
                        "Bytes per second by device; reading is above zero, writing below.",
                        "Bps",
                        Query(
                            f"rate(node_disk_read_bytes_total{{{_DISKS}}}[$__rate_interval])",
                            "{{host}} {{device}} read",
                        ),
                        Query(
                            f"-rate(node_disk_written_bytes_total{{{_DISKS}}}[$__rate_interval])",
                            "{{host}} {{device}} written",
                        ),
                        negative=True,
                        width=8,
                    ),
                    graph(
                        "Busy",
                        "Share of the time in which a device had something to do.",
                        "percentunit",
                        Query(
                            f"rate(node_disk_io_time_seconds_total{{{_DISKS}}}[$__rate_interval])",
                            "{{host}} {{device}}",
                        ),
                        width=8,
                    ),
                    graph(
                        "Time per operation",
                        "How long a read or write takes, the wait in the queue with it. The line is the alert's limit.",
                        "s",
                        Query(
                            f"instance_device:node_disk_operation_seconds:mean_rate5m{{{_HOST}}}", "{{host}} {{device}}"
                        ),
                        limits=Limits(warning=limits.disk_latency_milliseconds / 1000),
                        width=8,
                    ),
                ],
            ),
            Row(
                title="Network",
                panels=[
                    graph(
                        "Received and sent",
                        "Bits per second by device; receiving is above zero, sending below.",
                        "bps",
                        Query(
                            f"rate(node_network_receive_bytes_total{{{_NICS}}}[$__rate_interval]) * 8",
                            "{{host}} {{device}} received",
                        ),
                        Query(
                            f"-rate(node_network_transmit_bytes_total{{{_NICS}}}[$__rate_interval]) * 8",
                            "{{host}} {{device}} sent",
                        ),
                        negative=True,
                    ),
                    graph(
                        "Errors and drops",
                        "Packets per second that were lost to an error or to a full queue, by device.",
                        "pps",
                        Query(
                            f"rate(node_network_receive_errs_total{{{_NICS}}}[$__rate_interval])"
                            f" + rate(node_network_transmit_errs_total{{{_NICS}}}[$__rate_interval])",
                            "{{host}} {{device}} errors",
                        ),
                        Query(
                            f"rate(node_network_receive_drop_total{{{_NICS}}}[$__rate_interval])"
                            f" + rate(node_network_transmit_drop_total{{{_NICS}}}[$__rate_interval])",
                            "{{host}} {{device}} drops",
                        ),
                    ),
                ],
            ),
            Row(
                title="Processes",
                panels=[
                    graph(
                        "Processes",
                        "Processes that run, and those that wait for a disk or another device.",
                        "short",
                        Query(f"node_procs_running{{{_HOST}}}", "{{host}} running"),
                        Query(f"node_procs_blocked{{{_HOST}}}", "{{host}} blocked"),
                        width=8,
                    ),
                    graph(
                        "Open files",
                        "Share of the file handles that the kernel gives out.",
                        "percentunit",
                        Query(f"node_filefd_allocated{{{_HOST}}} / node_filefd_maximum{{{_HOST}}}", "{{host}}"),
                        limits=Limits(
                            warning=limits.kernel_limit_warning_percent / 100,
                            critical=limits.kernel_limit_critical_percent / 100,
                        ),
                        width=8,
                    ),
                    listing(
                        "Systems",
                        "What runs on each host.",
                        [
                            Column(source="nodename", title="Host"),
                            Column(source="release", title="Kernel"),
                            Column(source="machine", title="Architecture"),
                        ],
                        Query(f"node_uname_info{{{_HOST}}}"),
                        width=8,
                    ),
                ],
            ),
            Row(
                title="Trouble",
                panels=[
                    graph(
                        "CPU time that is lost",
                        "Share that was taken, or passed waiting for disks. The line is the alert's limit.",
                        "percentunit",
                        Query(
                            f'avg by (host) (rate(node_cpu_seconds_total{{mode="steal", {_HOST}}}[$__rate_interval]))',
                            "{{host}} taken",
                        ),
                        Query(
                            f'avg by (host) (rate(node_cpu_seconds_total{{mode="iowait", {_HOST}}}[$__rate_interval]))',
                            "{{host}} waiting",
                        ),
                        limits=Limits(warning=limits.steal_percent / 100),
                        width=8,
                    ),
                    graph(
                        "Read back from swap",
                        "Pages per second that programs needed and that were on disk. The line is the alert's limit.",
                        "short",
                        Query(f"rate(node_vmstat_pswpin{{{_HOST}}}[$__rate_interval])", "{{host}}"),
                        limits=Limits(warning=limits.swapped_in_pages_per_second),
                        width=8,
                    ),
                    graph(
                        "Link in use",
                        "Share of what a link can carry, where its speed is known. The line is the alert's limit.",
                        "percentunit",
                        Query(
                            f"rate(node_network_receive_bytes_total{{{_NICS}}}[$__rate_interval])"
                            f" / (node_network_speed_bytes{{{_NICS}}} > 0)",
                            "{{host}} {{device}} received",
                        ),
                        Query(
                            f"rate(node_network_transmit_bytes_total{{{_NICS}}}[$__rate_interval])"
                            f" / (node_network_speed_bytes{{{_NICS}}} > 0)",
                            "{{host}} {{device}} sent",
                        ),
                        limits=Limits(warning=limits.network_saturated_percent / 100),
                        empty="no link whose speed is known",
                        width=8,
                    ),
                    graph(
                        "Links",
                        "1: up; 0: down, or never plugged in.",
                        "short",
                        Query(f"node_network_up{{{_NICS}}}", "{{host}} {{device}}"),
                        width=8,
                    ),
                    graph(
                        "Turned away and hanging",
                        "Connections that nobody accepted, and processes that hang, within 15 minutes.",
                        "short",
                        Query(f"increase(node_netstat_TcpExt_ListenOverflows{{{_HOST}}}[15m])", "{{host}} connections"),
                        Query(f"increase(node_kernel_hung_tasks_total{{{_HOST}}}[15m])", "{{host}} processes"),
                        width=8,
                    ),
                    graph(
                        "Filesystems in trouble",
                        "1: can't be written, or gives no answer.",
                        "short",
                        Query(f"node_filesystem_readonly{{{_HOST}}}", "{{host}} {{mountpoint}} read-only"),
                        Query(f"node_filesystem_device_error{{{_HOST}}}", "{{host}} {{mountpoint}} no answer"),
                        width=8,
                    ),
                ],
            ),
        ],
    )
