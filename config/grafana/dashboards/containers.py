"""Containers and Docker: what runs, what it uses, what keeps falling over?"""

from config.grafana.dashboard import Dashboard, Row
from config.grafana.folders import INFRASTRUCTURE
from config.grafana.panels import Limits, Query, graph, number
from config.grafana.variables import choice
from config.settings import Settings

_HOST = 'host=~"$host"'
# cAdvisor looks at a container every 30 s, and most health checks come in bursts that are up to a minute apart
_CADVISOR, _CHECKS = "30s", "1m"
_NAME = f'{_HOST}, name=~"$container"'


def containers(settings: Settings) -> Dashboard:
    """CPU, memory, restarts and health of each container; the Docker daemon."""
    limits = settings.thresholds.containers
    memory = Limits(warning=limits.memory_percent / 100)
    window = f"{limits.restart_window_minutes}m"
    return Dashboard(
        uid="containers",
        title="Containers & Docker",
        description="CPU, memory, restarts and health of each container, and the Docker daemon.",
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
                            "topk(10, sum by (name)"
                            f" (rate(container_cpu_usage_seconds_total{{{_NAME}}}[$__rate_interval])))",
                            "{{name}}",
                            every=_CADVISOR,
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
                        "Waiting for CPU",
                        "Share of the time in which a process of the container waited for a core.",
                        "percentunit",
                        Query(
                            "topk(10, sum by (name)"
                            f" (rate(container_pressure_cpu_waiting_seconds_total{{{_NAME}}}[$__rate_interval])))",
                            "{{name}}",
                            every=_CADVISOR,
                        ),
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
                ],
            ),
        ],
    )
