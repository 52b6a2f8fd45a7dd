"""Hosts: is a machine short of something, and of what?"""

from config.grafana.dashboard import Dashboard, row
from config.grafana.folders import INFRASTRUCTURE
from config.grafana.panels import Column, Limits, Query, bars, graph, listing, number
from config.grafana.variables import choice
from config.settings.stack import Settings

_HOST = 'host=~"$host"'
_DISKS = f'{_HOST}, device=~"$disk", device!~"(dm-|md|loop|ram|zram|sr|fd).*"'
_FILES = f'{_HOST}, mountpoint=~"$mountpoint"'
_SWAP = f"node_memory_SwapTotal_bytes{{{_HOST}}}"
_WAITED_FOR = {"cpu": "CPU", "memory": "memory", "io": "disks"}
# as free counts it
_CACHES = ("Buffers", "Cached", "SReclaimable")
_MEMORY = {
    "programs": [("", "MemTotal"), *(("- ", name) for name in ("MemFree", *_CACHES))],
    "buffers and caches": [("", "Buffers"), ("+ ", "Cached"), ("+ ", "SReclaimable")],
    "free": [("", "MemFree")],
}
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
        variables=[
            choice("host"),
            choice("mountpoint", source="instance:node_filesystem_utilisation:ratio"),
            choice("disk", source="node_disk_info", label="device"),
        ],
        rows=[
            row(
                "Now",
                number(
                    "Hosts up", "Hosts whose node exporter answers.", "short", Query(f'sum(up{{job="node", {_HOST}}})')
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
                number(
                    "Cores",
                    "Cores of all chosen hosts.",
                    "short",
                    Query(f'count(node_cpu_seconds_total{{mode="idle", {_HOST}}})'),
                    width=3,
                ),
                number(
                    "Memory",
                    "Memory of all chosen hosts.",
                    "bytes",
                    Query(f"sum(node_memory_MemTotal_bytes{{{_HOST}}})"),
                    width=3,
                ),
                number(
                    "Swap in use",
                    "Share of the swap space that holds something, of the host with most of it.",
                    "percentunit",
                    Query(f"max(1 - node_memory_SwapFree_bytes{{{_HOST}}} / ({_SWAP} > 0))"),
                    empty="no swap",
                    width=3,
                ),
                number(
                    "Disk space",
                    "Size of all filesystems on disks, each disk once.",
                    "bytes",
                    Query(
                        f"sum(max by (host, device) (node_filesystem_size_bytes{{{_HOST}}}"
                        " and on (instance, device, mountpoint) instance:node_filesystem_utilisation:ratio))"
                    ),
                    width=3,
                ),
                bars(
                    "Waiting now",
                    "Share of the time in which some process waits for a CPU, memory or a disk, of the worst host.",
                    "percentunit",
                    *(
                        Query(f"max(rate(node_pressure_{what}_waiting_seconds_total{{{_HOST}}}[5m]))", title)
                        for what, title in _WAITED_FOR.items()
                    ),
                    maximum=1,
                    width=12,
                    height=4,
                ),
            ),
            row(
                "CPU and load",
                graph(
                    "CPU",
                    "Share of all cores that is not idle, over 5 minutes. The line is the alert's limit.",
                    "percentunit",
                    Query(f"instance:node_cpu_utilisation:ratio_rate5m{{{_HOST}}}", "{{host}}"),
                    limits=cpu,
                    maximum=1,
                ),
                graph(
                    "CPU by what it does",
                    "Share of the time by mode, mean of the chosen hosts: much iowait is a slow disk, much steal a"
                    " crowded hypervisor.",
                    "percentunit",
                    Query(
                        f'avg by (mode) (rate(node_cpu_seconds_total{{mode!="idle", {_HOST}}}[$__rate_interval]))',
                        "{{mode}}",
                    ),
                    stacked=True,
                ),
                graph(
                    "Load",
                    "Processes that run or wait to run or for a disk, over 1 and 15 minutes.",
                    "short",
                    Query(f"node_load1{{{_HOST}}}", "{{host}} 1 min"),
                    Query(f"node_load15{{{_HOST}}}", "{{host}} 15 min"),
                ),
                graph(
                    "Waiting",
                    "Share of the time in which some process waited (pressure stall information).",
                    "percentunit",
                    *(
                        Query(
                            f"rate(node_pressure_{what}_waiting_seconds_total{{{_HOST}}}[$__rate_interval])",
                            f"{{{{host}}}} {title}",
                        )
                        for what, title in _WAITED_FOR.items()
                    ),
                    width=12,
                ),
                graph(
                    "Switches and interrupts",
                    "How often per second a core goes over to another task, or is interrupted by a device.",
                    "ops",
                    Query(f"rate(node_context_switches_total{{{_HOST}}}[$__rate_interval])", "{{host}} switches"),
                    Query(f"rate(node_intr_total{{{_HOST}}}[$__rate_interval])", "{{host}} interrupts"),
                    width=12,
                ),
            ),
            row(
                "Memory",
                graph(
                    "Memory",
                    "Share of the memory that programs can't get any more. The lines are the alert's limits.",
                    "percentunit",
                    Query(f"instance:node_memory_utilisation:ratio{{{_HOST}}}", "{{host}}"),
                    limits=memory,
                    maximum=1,
                ),
                graph(
                    "Available memory",
                    "What programs can still get, with the caches that the kernel would give up.",
                    "bytes",
                    Query(f"node_memory_MemAvailable_bytes{{{_HOST}}}", "{{host}}"),
                ),
                graph(
                    "Memory by use",
                    "Memory of all chosen hosts; buffers and caches are given up when programs need them.",
                    "bytes",
                    *(
                        Query(
                            " ".join(f"{sign}sum(node_memory_{name}_bytes{{{_HOST}}})" for sign, name in parts), title
                        )
                        for title, parts in _MEMORY.items()
                    ),
                    stacked=True,
                ),
                graph(
                    "Swap",
                    "What was put on disk for want of memory.",
                    "bytes",
                    Query(f"{_SWAP} - node_memory_SwapFree_bytes{{{_HOST}}}", "{{host}}"),
                    width=12,
                ),
                graph(
                    "Killed for memory",
                    "Processes that the kernel killed for want of memory within an hour.",
                    "short",
                    Query(f"increase(node_vmstat_oom_kill{{{_HOST}}}[1h])", "{{host}}"),
                    width=12,
                ),
            ),
            row(
                "Disks",
                bars(
                    "Space",
                    "Share of each filesystem that is used, counted as df does.",
                    "percentunit",
                    Query(f"instance:node_filesystem_utilisation:ratio{{{_FILES}}}", "{{host}} {{mountpoint}}"),
                    limits=disk,
                    maximum=1,
                ),
                graph(
                    "Space over time",
                    "Share of each filesystem that is used. The lines are the alert's limits.",
                    "percentunit",
                    Query(f"instance:node_filesystem_utilisation:ratio{{{_FILES}}}", "{{host}} {{mountpoint}}"),
                    limits=disk,
                    maximum=1,
                ),
                graph(
                    "Inodes",
                    "Share of each filesystem's inodes that is used: many small files fill a disk that has space.",
                    "percentunit",
                    Query(f"instance:node_filesystem_inodes_utilisation:ratio{{{_FILES}}}", "{{host}} {{mountpoint}}"),
                    limits=inodes,
                    maximum=1,
                ),
                graph(
                    "Space left",
                    "Bytes that ordinary users can still write, by filesystem.",
                    "bytes",
                    Query(
                        f"node_filesystem_avail_bytes{{{_FILES}}}"
                        " and on (instance, device, mountpoint) instance:node_filesystem_utilisation:ratio",
                        "{{host}} {{mountpoint}}",
                    ),
                ),
                graph(
                    "Operations",
                    "Reads and writes per second by device; reading is above zero, writing below.",
                    "iops",
                    Query(
                        f"rate(node_disk_reads_completed_total{{{_DISKS}}}[$__rate_interval])",
                        "{{host}} {{device}} reads",
                    ),
                    Query(
                        f"-rate(node_disk_writes_completed_total{{{_DISKS}}}[$__rate_interval])",
                        "{{host}} {{device}} writes",
                    ),
                    negative=True,
                ),
                graph(
                    "Read and written",
                    "Bytes per second by device; reading is above zero, writing below.",
                    "Bps",
                    Query(
                        f"rate(node_disk_read_bytes_total{{{_DISKS}}}[$__rate_interval])", "{{host}} {{device}} read"
                    ),
                    Query(
                        f"-rate(node_disk_written_bytes_total{{{_DISKS}}}[$__rate_interval])",
                        "{{host}} {{device}} written",
                    ),
                    negative=True,
                ),
                graph(
                    "Busy",
                    "Share of the time in which a device had something to do.",
                    "percentunit",
                    Query(
                        f"rate(node_disk_io_time_seconds_total{{{_DISKS}}}[$__rate_interval])", "{{host}} {{device}}"
                    ),
                ),
                graph(
                    "Time per operation",
                    "How long a read or write takes, the wait in the queue with it. The line is the alert's limit.",
                    "s",
                    Query(f"instance_device:node_disk_operation_seconds:mean_rate5m{{{_HOST}}}", "{{host}} {{device}}"),
                    limits=Limits(warning=limits.disk_latency_milliseconds / 1000),
                ),
            ),
            row(
                "Network",
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
                    width=12,
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
                    width=12,
                ),
            ),
            row(
                "Connections",
                graph(
                    "TCP connections",
                    "Connections that are open, and those that wait to be forgotten.",
                    "short",
                    Query(f"node_netstat_Tcp_CurrEstab{{{_HOST}}}", "{{host}} open"),
                    Query(f"node_sockstat_TCP_tw{{{_HOST}}}", "{{host}} waiting"),
                ),
                graph(
                    "Sent again",
                    "Share of the TCP segments that had to be sent again: packets get lost on the way.",
                    "percentunit",
                    Query(
                        f"rate(node_netstat_Tcp_RetransSegs{{{_HOST}}}[$__rate_interval])"
                        f" / (rate(node_netstat_Tcp_OutSegs{{{_HOST}}}[$__rate_interval]) > 0)",
                        "{{host}}",
                    ),
                ),
                graph(
                    "Sockets",
                    "Sockets that are in use, of every kind, and those of TCP with the kernel's memory for it.",
                    "short",
                    Query(f"node_sockstat_sockets_used{{{_HOST}}}", "{{host}} all"),
                    Query(f"node_sockstat_TCP_alloc{{{_HOST}}}", "{{host}} TCP"),
                ),
            ),
            row(
                "Processes",
                graph(
                    "Processes",
                    "Processes that run, and those that wait for a disk or another device.",
                    "short",
                    Query(f"node_procs_running{{{_HOST}}}", "{{host}} running"),
                    Query(f"node_procs_blocked{{{_HOST}}}", "{{host}} blocked"),
                ),
                graph(
                    "Kernel's limits",
                    "Open files, threads and tracked connections, as shares of what the kernel allows."
                    " The lines are the alerts' limits.",
                    "percentunit",
                    Query(f"node_filefd_allocated{{{_HOST}}} / node_filefd_maximum{{{_HOST}}}", "{{host}} files"),
                    Query(
                        f"node_processes_threads{{{_HOST}}} / (node_processes_max_threads"
                        " < node_processes_max_processes or node_processes_max_processes > 0)",
                        "{{host}} threads",
                    ),
                    Query(
                        f"node_nf_conntrack_entries{{{_HOST}}} / (node_nf_conntrack_entries_limit{{{_HOST}}} > 0)",
                        "{{host}} connections",
                    ),
                    limits=Limits(
                        warning=limits.kernel_limit_warning_percent / 100,
                        critical=limits.kernel_limit_critical_percent / 100,
                    ),
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
            ),
            row(
                "Trouble",
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
                ),
                graph(
                    "Read back from swap",
                    "Pages per second that programs needed and that were on disk. The line is the alert's limit.",
                    "short",
                    Query(f"rate(node_vmstat_pswpin{{{_HOST}}}[$__rate_interval])", "{{host}}"),
                    limits=Limits(warning=limits.swapped_in_pages_per_second),
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
                ),
                graph(
                    "Links",
                    "1: up; 0: down, or never plugged in.",
                    "short",
                    Query(f"node_network_up{{{_NICS}}}", "{{host}} {{device}}"),
                ),
                graph(
                    "Turned away and hanging",
                    "Connections that nobody accepted, and processes that hang, within 15 minutes.",
                    "short",
                    Query(f"increase(node_netstat_TcpExt_ListenOverflows{{{_HOST}}}[15m])", "{{host}} connections"),
                    Query(f"increase(node_kernel_hung_tasks_total{{{_HOST}}}[15m])", "{{host}} processes"),
                ),
                graph(
                    "Clock",
                    "By how much a clock is away from Prometheus's, and how far it may be off by its own account.",
                    "s",
                    Query(f"node_time_seconds{{{_HOST}}} - timestamp(node_time_seconds{{{_HOST}}})", "{{host}} away"),
                    Query(f"node_timex_maxerror_seconds{{{_HOST}}}", "{{host}} may be off"),
                    negative=True,
                ),
                graph(
                    "Disks missing in arrays",
                    "Disks that a software RAID should have and doesn't use.",
                    "short",
                    Query(
                        f'node_md_disks_required{{{_HOST}}} - ignoring (state) node_md_disks{{state="active"}}',
                        "{{host}} {{device}}",
                    ),
                    empty="no array",
                ),
                graph(
                    "Temperature",
                    "Of every sensor that the kernel knows.",
                    "celsius",
                    Query(f"node_hwmon_temp_celsius{{{_HOST}}}", "{{host}} {{chip}} {{sensor}}"),
                    empty="no sensors",
                ),
                graph(
                    "Filesystems in trouble",
                    "1: can't be written, or gives no answer.",
                    "short",
                    Query(f"node_filesystem_readonly{{{_HOST}}}", "{{host}} {{mountpoint}} read-only"),
                    Query(f"node_filesystem_device_error{{{_HOST}}}", "{{host}} {{mountpoint}} no answer"),
                ),
            ),
        ],
    )
