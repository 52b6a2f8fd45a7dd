"""Redis: is there memory left, is it asked, does it find what it is asked for?"""

from config.grafana.dashboard import Dashboard, row
from config.grafana.folders import INFRASTRUCTURE
from config.grafana.panels import Limits, Query, graph, number, up
from config.grafana.variables import choice
from config.settings.stack import Settings

_INSTANCE = 'instance=~"$instance"'


def redis(settings: Settings) -> Dashboard:
    """Memory, commands, hits, evictions, connections, persistence."""
    limits = settings.thresholds.redis
    memory = Limits(warning=limits.memory_warning_percent / 100, critical=limits.memory_critical_percent / 100)
    return Dashboard(
        uid="redis",
        title="Redis",
        description="Memory, commands, hits, evictions, connections and persistence of Redis.",
        folder=INFRASTRUCTURE,
        variables=[choice("instance", source="redis_up")],
        rows=[
            row(
                "Now",
                up("Redis", "Whether the exporter can talk to the server.", f"min(redis_up{{{_INSTANCE}}})"),
                number(
                    "Memory in use",
                    "Share of maxmemory; nothing where no maxmemory is set.",
                    "percentunit",
                    Query(f"max(instance:redis_memory:ratio{{{_INSTANCE}}})"),
                    limits=memory,
                    empty="no maxmemory",
                ),
                number(
                    "Hits",
                    "Share of the lookups that found their key, over 5 minutes.",
                    "percentunit",
                    Query(f"min(instance:redis_keyspace_hits:ratio_rate5m{{{_INSTANCE}}})"),
                    empty="no lookups",
                ),
                number("Keys", "Keys in all databases.", "short", Query(f"sum(redis_db_keys{{{_INSTANCE}}})")),
                number("Clients", "Open connections.", "short", Query(f"sum(redis_connected_clients{{{_INSTANCE}}})")),
                number(
                    "Uptime",
                    "Time since the start of the server that started last.",
                    "s",
                    Query(f"min(redis_uptime_in_seconds{{{_INSTANCE}}})"),
                ),
            ),
            row(
                "Memory",
                graph(
                    "Memory in use",
                    "Share of maxmemory. The lines are the alert's limits.",
                    "percentunit",
                    Query(f"instance:redis_memory:ratio{{{_INSTANCE}}}", "{{instance}}"),
                    limits=memory,
                    maximum=1,
                ),
                graph(
                    "Memory",
                    "What the data takes, and what the process takes of the host; far apart: fragmentation.",
                    "bytes",
                    Query(f"redis_memory_used_bytes{{{_INSTANCE}}}", "{{instance}} data"),
                    Query(f"redis_memory_used_rss_bytes{{{_INSTANCE}}}", "{{instance}} process"),
                    Query(f"redis_memory_max_bytes{{{_INSTANCE}}} > 0", "{{instance}} maxmemory"),
                ),
                graph(
                    "Evicted and expired",
                    "Keys per second that went for want of memory, and because their time was over."
                    " The line is the alert's limit for those that went for want of memory.",
                    "ops",
                    Query(f"rate(redis_evicted_keys_total{{{_INSTANCE}}}[$__rate_interval])", "{{instance}} evicted"),
                    Query(f"rate(redis_expired_keys_total{{{_INSTANCE}}}[$__rate_interval])", "{{instance}} expired"),
                    limits=Limits(warning=limits.evictions_per_second),
                ),
            ),
            row(
                "Work",
                graph(
                    "Commands",
                    "Commands per second, of the ten that are used most.",
                    "ops",
                    Query(
                        f"sum by (cmd) (rate(redis_commands_total{{{_INSTANCE}}}[$__rate_interval])) and on (cmd)"
                        f" topk(10, sum by (cmd) (rate(redis_commands_total{{{_INSTANCE}}}[$__range] @ end())))",
                        "{{cmd}}",
                    ),
                ),
                graph(
                    "Time per command",
                    "Mean time a command takes in the server.",
                    "s",
                    Query(
                        "sum by (instance)"
                        f" (rate(redis_commands_duration_seconds_total{{{_INSTANCE}}}[$__rate_interval]))"
                        " / (sum by (instance)"
                        f" (rate(redis_commands_total{{{_INSTANCE}}}[$__rate_interval])) > 0)",
                        "{{instance}}",
                    ),
                ),
                graph(
                    "Hits",
                    "Share of the lookups that found their key.",
                    "percentunit",
                    Query(f"instance:redis_keyspace_hits:ratio_rate5m{{{_INSTANCE}}}", "{{instance}}"),
                    maximum=1,
                ),
                graph(
                    "Clients",
                    "Open connections, and those that wait in a blocking command.",
                    "short",
                    Query(f"redis_connected_clients{{{_INSTANCE}}}", "{{instance}} connected"),
                    Query(f"redis_blocked_clients{{{_INSTANCE}}}", "{{instance}} blocked"),
                ),
                graph(
                    "Network",
                    "Bytes per second; receiving is above zero, sending below.",
                    "Bps",
                    Query(
                        f"rate(redis_net_input_bytes_total{{{_INSTANCE}}}[$__rate_interval])", "{{instance}} received"
                    ),
                    Query(f"-rate(redis_net_output_bytes_total{{{_INSTANCE}}}[$__rate_interval])", "{{instance}} sent"),
                    negative=True,
                ),
                graph(
                    "Changes since the last save",
                    "What would be lost if the server died now; grows for ever where saving is off.",
                    "short",
                    Query(f"redis_rdb_changes_since_last_save{{{_INSTANCE}}}", "{{instance}}"),
                ),
            ),
            row(
                "Trouble",
                graph(
                    "Turned away",
                    "Connections within 15 minutes that were one too many.",
                    "short",
                    Query(f"increase(redis_rejected_connections_total{{{_INSTANCE}}}[15m])", "{{instance}}"),
                ),
                graph(
                    "Replication",
                    "Replicas that are connected, and whether a replica has its primary.",
                    "short",
                    Query(f"redis_connected_slaves{{{_INSTANCE}}}", "{{instance}} replicas"),
                    Query(f"redis_master_link_up{{{_INSTANCE}}}", "{{instance}} has its primary"),
                ),
                graph(
                    "Saving",
                    "1: the last snapshot, append to the file and rewrite of it went well.",
                    "short",
                    Query(f"redis_rdb_last_bgsave_status{{{_INSTANCE}}}", "{{instance}} snapshot"),
                    Query(
                        f"redis_aof_last_write_status{{{_INSTANCE}}} and redis_aof_enabled == 1", "{{instance}} append"
                    ),
                    Query(
                        f"redis_aof_last_bgrewrite_status{{{_INSTANCE}}} and redis_aof_enabled == 1",
                        "{{instance}} rewrite",
                    ),
                ),
                graph(
                    "Keys",
                    "Keys by database, and those of them that expire.",
                    "short",
                    Query(f"redis_db_keys{{{_INSTANCE}}} > 0", "{{instance}} {{db}}"),
                    Query(f"redis_db_keys_expiring{{{_INSTANCE}}} > 0", "{{instance}} {{db}} expiring"),
                ),
                graph(
                    "Slow commands",
                    "Commands within an hour that took longer than slowlog-log-slower-than.",
                    "short",
                    Query(f"increase(redis_slowlog_last_id{{{_INSTANCE}}}[1h])", "{{instance}}"),
                ),
                graph(
                    "CPU",
                    "Cores that Redis uses; commands run on one.",
                    "short",
                    Query(
                        f"rate(redis_cpu_sys_seconds_total{{{_INSTANCE}}}[$__rate_interval])"
                        f" + rate(redis_cpu_user_seconds_total{{{_INSTANCE}}}[$__rate_interval])",
                        "{{instance}}",
                    ),
                ),
                graph(
                    "Clients in use",
                    "Share of maxclients. The line is the alert's limit.",
                    "percentunit",
                    Query(f"redis_connected_clients{{{_INSTANCE}}} / redis_max_clients{{{_INSTANCE}}}", "{{instance}}"),
                    limits=Limits(warning=limits.clients_percent / 100),
                ),
                graph(
                    "Memory for each byte used",
                    "More than 1 is fragmentation. The line is the alert's limit.",
                    "short",
                    Query(f"redis_mem_fragmentation_ratio{{{_INSTANCE}}}", "{{instance}}"),
                    limits=Limits(warning=limits.fragmentation_ratio),
                ),
                graph(
                    "Since the last save",
                    "Age of the last snapshot, and the time since Redis started.",
                    "s",
                    Query(f"time() - redis_rdb_last_save_timestamp_seconds{{{_INSTANCE}}}", "{{instance}} saved"),
                    Query(f"redis_uptime_in_seconds{{{_INSTANCE}}}", "{{instance}} up"),
                ),
            ),
        ],
    )
