"""Containers and Docker: what runs, what it uses, what keeps falling over?"""

from config.grafana.dashboard import Dashboard, row
from config.grafana.folders import INFRASTRUCTURE
from config.grafana.panels import Column, Limits, Query, graph, listing, number
from config.grafana.variables import choice
from config.settings.stack import Settings

_HOST = 'host=~"$host"'
# most health checks come in bursts that are up to a minute apart
_CHECKS = "1m"
_NO_PORT = "the Docker engine gives no metrics: dockerMetricsPort"
_NAME = f'{_HOST}, name=~"$container"'

_TABLE = (
    f"abs(container_health_state{{{_NAME}}})",  # -1: it has no health check
    f"time() - container_start_time_seconds{{{_NAME}}}",
    f"rate(container_cpu_usage_seconds_total{{{_NAME}}}[2m])",
    f"container_memory_working_set_bytes{{{_NAME}}}",
    f"container_memory_working_set_bytes{{{_NAME}}} / (container_spec_memory_limit_bytes{{{_NAME}}} > 0)",
    *(
        f"sum by (name, host, image) (rate(container_{what}_bytes_total{{{_NAME}}}[2m]))"
        for what in ("network_receive", "network_transmit", "fs_reads", "fs_writes")
    ),
    f"container_restarts{{{_NAME}}}",
)


def containers(settings: Settings) -> Dashboard:
    """CPU, memory, restarts and health of each container; the Docker daemon."""
    limits = settings.thresholds.containers
    memory = Limits(warning=limits.memory_percent / 100)
    window = f"{limits.restart_window_minutes}m"
    return Dashboard(
        uid="containers",
        title="Containers & Docker",
        description="CPU, memory, network, disk, restarts and health of each container, and the Docker daemon.",
        folder=INFRASTRUCTURE,
        variables=[choice("host"), choice("container")],
        rows=[
            row(
                "Now",
                number(
                    "Running",
                    "Containers that run.",
                    "short",
                    Query(f'count(container_last_seen{{name!="", {_HOST}}})'),
                ),
                number(
                    "Memory of all",
                    "Memory in use that can't be given up, of all chosen containers.",
                    "bytes",
                    Query(f"sum(container_memory_working_set_bytes{{{_NAME}}})"),
                ),
                number(
                    "Unhealthy",
                    "Containers whose health check fails.",
                    "short",
                    Query(f"count(container_health_state{{{_NAME}}} == 0) or vector(0)"),
                    limits=Limits(critical=1),
                ),
                number(
                    "Starts in an hour",
                    "Starts within the last hour: a deployment starts many once, a crash loop one often.",
                    "short",
                    Query(f"sum(changes(container_start_time_seconds{{{_NAME}}}[1h]))"),
                ),
                number(
                    "Fullest memory",
                    "Share of its limit that a container uses, of the fullest one.",
                    "percentunit",
                    Query(f"max(container:memory_held:ratio{{{_NAME}}})"),
                    limits=memory,
                ),
                number(
                    "Killed for memory",
                    "Processes that the kernel killed for want of memory, within a day.",
                    "short",
                    Query(f"sum(increase(container_oom_events_total{{{_NAME}}}[1d]))"),
                    limits=Limits(warning=1),
                ),
            ),
            row(
                "All of them",
                listing(
                    "Every container",
                    "Every container that runs, with what it uses now; those whose health check fails first.",
                    [
                        Column(source="name", title="Name"),
                        Column(source="host", title="Host"),
                        Column(source="A", title="Health", unit="none", limits=Limits(critical=1, below=True)),
                        Column(source="B", title="Running for", unit="s"),
                        Column(source="C", title="Cores", unit="short"),
                        Column(source="D", title="Memory", unit="bytes"),
                        Column(source="E", title="Of its limit", unit="percentunit", limits=memory),
                        Column(source="F", title="Received", unit="Bps"),
                        Column(source="G", title="Sent", unit="Bps"),
                        Column(source="H", title="Read", unit="Bps"),
                        Column(source="I", title="Written", unit="Bps"),
                        Column(source="J", title="Restarts", unit="none"),
                        Column(source="image", title="Image"),
                    ],
                    *(Query(f"max by (name, host, image) ({expr})") for expr in _TABLE),
                    sort="Health",
                    height=12,
                ),
            ),
            row(
                "CPU",
                graph(
                    "CPU",
                    "Cores in use, of the ten containers that use most.",
                    "short",
                    Query(_rate("container_cpu_usage_seconds_total"), "{{name}}"),
                    width=12,
                ),
                graph(
                    "Throttled",
                    "Share of the time slices in which a container used up its CPU, of the ten highest."
                    " The line is the alert's limit.",
                    "percentunit",
                    Query(_highest(f"container:cpu_throttled:ratio_rate5m{{{_NAME}}}"), "{{name}}"),
                    limits=Limits(warning=limits.cpu_throttled_percent / 100),
                    maximum=1,
                    width=12,
                ),
            ),
            row(
                "Memory",
                graph(
                    "Memory",
                    "Memory in use that can't be given up, of the ten containers that use most.",
                    "bytes",
                    Query(_highest(f"container_memory_working_set_bytes{{{_NAME}}}"), "{{name}}"),
                    width=12,
                ),
                graph(
                    "Memory against the limit",
                    "Share of its limit that a container uses, of the ten highest. The line is the alert's limit.",
                    "percentunit",
                    Query(_highest(f"container:memory_held:ratio{{{_NAME}}}"), "{{name}}"),
                    limits=memory,
                    maximum=1,
                    width=12,
                ),
            ),
            row(
                "Network and disk",
                *(
                    graph(
                        title,
                        f"{words}, of the ten containers with most. One in the host's network isn't counted.",
                        "Bps",
                        Query(_rate(f"container_network_{way}_bytes_total"), "{{name}}"),
                        width=6,
                    )
                    for title, words, way in (
                        ("Received", "Bytes received per second", "receive"),
                        ("Sent", "Bytes sent per second", "transmit"),
                    )
                ),
                *(
                    graph(
                        title,
                        f"{words}, of the ten containers with most. What comes from memory isn't counted.",
                        "Bps",
                        Query(_rate(f"container_fs_{way}_bytes_total"), "{{name}}"),
                        empty="not counted by this kernel",
                        width=6,
                    )
                    for title, words, way in (
                        ("Read from disk", "Bytes read from disks per second", "reads"),
                        ("Written to disk", "Bytes written to disks per second", "writes"),
                    )
                ),
            ),
            row(
                "Life",
                graph(
                    "Restarts",
                    f"How often a container was started again within {window}; one that is replaced counts nothing."
                    " The line is the alert's limit.",
                    "short",
                    Query(
                        f"changes(container_start_time_seconds{{{_NAME}}}[{window}])"
                        f" - changes(container_creation_time_seconds{{{_NAME}}}[{window}]) > 0",
                        "{{name}}",
                    ),
                    limits=Limits(warning=limits.restarts),
                    empty="none restarted",
                ),
                graph(
                    "Age",
                    "Time since the last start, of the ten that started last.",
                    "s",
                    Query(f"time() - ({_highest(f'container_start_time_seconds{{{_NAME}}}')})", "{{name}}"),
                ),
                graph(
                    "Killed for memory over time",
                    "Processes that the kernel killed for want of memory within an hour, by container.",
                    "short",
                    Query(f"increase(container_oom_events_total{{{_NAME}}}[1h]) > 0", "{{name}}"),
                    empty="none was killed",
                ),
                graph(
                    "Restarting",
                    "1: Docker starts it again and again, and it ends each time.",
                    "short",
                    Query(f"container:restarting:info{{{_NAME}}}", "{{name}}"),
                    empty="none restarts",
                ),
                graph(
                    "Processes and threads",
                    "Processes and threads, of the ten containers that have most.",
                    "short",
                    Query(_highest(f"container_threads{{{_NAME}}}"), "{{name}}"),
                ),
            ),
            row(
                "Docker daemon",
                graph(
                    "Containers",
                    "Containers by state.",
                    "short",
                    Query(f"engine_daemon_container_states_containers{{{_HOST}}}", "{{host}} {{state}}"),
                    empty=_NO_PORT,
                ),
                graph(
                    "Health checks",
                    "Health checks per minute, and how many of them failed.",
                    "short",
                    Query(
                        f"rate(engine_daemon_health_checks_total{{{_HOST}}}[$__rate_interval]) * 60",
                        "{{host}} all",
                        every=_CHECKS,
                    ),
                    Query(
                        f"rate(engine_daemon_health_checks_failed_total{{{_HOST}}}[$__rate_interval]) * 60",
                        "{{host}} failed",
                        every=_CHECKS,
                    ),
                    empty=_NO_PORT,
                ),
                graph(
                    "Time per action",
                    "Mean time that the daemon needs to start, stop, create or delete a container.",
                    "s",
                    Query(
                        f"rate(engine_daemon_container_actions_seconds_sum{{{_HOST}}}[$__rate_interval]) / "
                        f"(rate(engine_daemon_container_actions_seconds_count{{{_HOST}}}[$__rate_interval]) > 0)",
                        "{{host}} {{action}}",
                    ),
                    empty=_NO_PORT,
                ),
                graph(
                    "Containers it can't log or reach",
                    "Lines of containers' logs that the daemon couldn't write within 5 minutes, and discoveries of"
                    " containers that failed within 15.",
                    "short",
                    Query(f"increase(logger_log_write_operations_failed_total{{{_HOST}}}[5m])", "{{host}} log lines"),
                    Query("sum(increase(prometheus_sd_refresh_failures_total[15m]))", "discoveries"),
                ),
                graph(
                    "Disk space",
                    "What images, containers, volumes and build cache take of the disk, looked at once an hour.",
                    "bytes",
                    Query(f"docker_disk_use_bytes{{{_HOST}}}", "{{host}} {{kind}}"),
                    width=16,
                ),
            ),
        ],
    )


def _rate(counter: str) -> str:
    """Of the ten that count most over the whole time: a `topk` at each point gives more lines, which come and go."""
    highest = f"topk(10, sum by (name) (rate({counter}{{{_NAME}}}[$__range] @ end())))"
    return f"sum by (name) (rate({counter}{{{_NAME}}}[$__rate_interval])) and on (name) {highest}"


def _highest(series: str) -> str:
    """Of the ten whose value was highest in the whole time; see `_rate`."""
    return f"{series} and on (host, name) topk(10, max by (host, name) (max_over_time({series}[$__range] @ end())))"
