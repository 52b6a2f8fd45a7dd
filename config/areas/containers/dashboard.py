"""Containers and Docker: what runs, what it uses, what keeps falling over?"""

from config.grafana.dashboard import Dashboard, Row
from config.grafana.folders import INFRASTRUCTURE
from config.grafana.panels import Limits, Query, graph, number
from config.grafana.variables import choice
from config.settings.stack import Settings

_HOST = 'host=~"$host"'
# most health checks come in bursts that are up to a minute apart
_CHECKS = "1m"
_NAME = f'{_HOST}, name=~"$container"'


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
            Row(
                title="Now",
                panels=[
                    number(
                        "Running",
                        "Containers that run.",
                        "short",
                        Query(f'sum(engine_daemon_container_states_containers{{state="running", {_HOST}}})'),
                    ),
                    number(
                        "Stopped",
                        "Containers that are there and don't run; the carriers of configuration never do.",
                        "short",
                        Query(f'sum(engine_daemon_container_states_containers{{state="stopped", {_HOST}}})'),
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
                ],
            ),
            Row(
                title="CPU",
                panels=[
                    graph(
                        "CPU",
                        "Cores in use, of the ten containers that use most.",
                        "short",
                        Query(
                            _rate("container_cpu_usage_seconds_total"),
                            "{{name}}",
                        ),
                    ),
                    graph(
                        "Throttled",
                        "Share of the time slices in which a container used up its CPU, of the ten highest."
                        " The line is the alert's limit.",
                        "percentunit",
                        Query(f"topk(10, container:cpu_throttled:ratio_rate5m{{{_NAME}}})", "{{name}}"),
                        limits=Limits(warning=limits.cpu_throttled_percent / 100),
                        maximum=1,
                    ),
                ],
            ),
            Row(
                title="Memory",
                panels=[
                    graph(
                        "Memory",
                        "Memory in use that can't be given up, of the ten containers that use most.",
                        "bytes",
                        Query(f"topk(10, container_memory_working_set_bytes{{{_NAME}}})", "{{name}}"),
                    ),
                    graph(
                        "Memory against the limit",
                        "Share of its limit that a container uses, of the ten highest. The line is the alert's limit.",
                        "percentunit",
                        Query(f"topk(10, container:memory_held:ratio{{{_NAME}}})", "{{name}}"),
                        limits=memory,
                        maximum=1,
                    ),
                ],
            ),
            Row(
                title="Network and disk",
                panels=[
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
                ],
            ),
            Row(
                title="Life",
                panels=[
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
                        width=8,
                    ),
                    graph(
                        "Age",
                        "Time since the last start, of the ten youngest.",
                        "s",
                        Query(f"bottomk(10, time() - container_start_time_seconds{{{_NAME}}})", "{{name}}"),
                        width=8,
                    ),
                    graph(
                        "Processes and threads",
                        "Processes and threads, of the ten containers that have most.",
                        "short",
                        Query(f"topk(10, container_threads{{{_NAME}}})", "{{name}}"),
                        width=8,
                    ),
                ],
            ),
            Row(
                title="Docker daemon",
                panels=[
                    graph(
                        "Containers",
                        "Containers by state.",
                        "short",
                        Query(f"engine_daemon_container_states_containers{{{_HOST}}}", "{{host}} {{state}}"),
                        width=8,
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
                        width=8,
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
                        width=8,
                    ),
                    graph(
                        "Disk space",
                        "What images, containers, volumes and build cache take of the disk, looked at once an hour.",
                        "bytes",
                        Query(f"docker_disk_use_bytes{{{_HOST}}}", "{{host}} {{kind}}"),
                        width=24,
                    ),
                ],
            ),
        ],
    )


def _rate(counter: str) -> str:
    return f"topk(10, sum by (name) (rate({counter}{{{_NAME}}}[$__rate_interval])))"
