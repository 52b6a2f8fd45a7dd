"""PostgreSQL: is there room for connections, does it keep up, what does it wait for?"""

from config.grafana.dashboard import Dashboard, Row
from config.grafana.folders import INFRASTRUCTURE
from config.grafana.panels import Limits, Query, graph, number, value_texts
from config.grafana.variables import choice
from config.settings.stack import Settings

_INSTANCE = 'instance=~"$instance"'
# the databases that come with every server say nothing about anybody's data
_DATABASE = f'{_INSTANCE}, datname!~"template.*|"'


def postgres(settings: Settings) -> Dashboard:
    """Connections, transactions, cache, locks, size, replication."""
    limits = settings.thresholds.postgres
    connections = Limits(
        warning=limits.connections_warning_percent / 100, critical=limits.connections_critical_percent / 100
    )
    wraparound = Limits(
        warning=limits.wraparound_warning_percent / 100, critical=limits.wraparound_critical_percent / 100
    )
    return Dashboard(
        uid="postgres",
        title="PostgreSQL",
        description="Connections, transactions, cache, locks, size and replication of PostgreSQL.",
        folder=INFRASTRUCTURE,
        variables=[choice("instance", source="pg_up")],
        rows=[
            Row(
                title="Now",
                panels=[
                    number(
                        "PostgreSQL",
                        "Whether the exporter can talk to the server.",
                        "short",
                        Query(f"min(pg_up{{{_INSTANCE}}})"),
                        limits=Limits(critical=1, below=True),
                        mappings=value_texts({"0": ("down", "red"), "1": ("up", "green")}),
                    ),
                    number(
                        "Connections in use",
                        "Share of the connections that ordinary users may open.",
                        "percentunit",
                        Query(f"max(instance:pg_connections:ratio{{{_INSTANCE}}})"),
                        limits=connections,
                    ),
                    number(
                        "Longest transaction",
                        "Time since the oldest open transaction began.",
                        "s",
                        Query(f"max(pg_stat_activity_max_tx_duration{{{_INSTANCE}}})"),
                        limits=Limits(warning=limits.long_transaction_seconds),
                    ),
                    number(
                        "Cache hits",
                        "Share of the blocks that were found in memory, over 5 minutes, of the worst database.",
                        "percentunit",
                        Query(f"min(datname:pg_cache_hits:ratio_rate5m{{{_DATABASE}}})"),
                    ),
                    number(
                        "Size",
                        "All databases together.",
                        "bytes",
                        Query(f"sum(pg_database_size_bytes{{{_INSTANCE}}})"),
                    ),
                    number(
                        "Wraparound",
                        "Share of the transaction ids that are used up before PostgreSQL stops to save its data.",
                        "percentunit",
                        Query(f"max(datname:pg_wraparound:ratio{{{_INSTANCE}}})"),
                        limits=wraparound,
                    ),
                ],
            ),
            Row(
                title="Connections",
                panels=[
                    graph(
                        "Connections in use",
                        "Share of the connections that ordinary users may open. The lines are the alert's limits.",
                        "percentunit",
                        Query(f"instance:pg_connections:ratio{{{_INSTANCE}}}", "{{instance}}"),
                        limits=connections,
                        maximum=1,
                        width=8,
                    ),
                    graph(
                        "Connections by state",
                        "Client connections by what they do; many that are idle in transaction hold locks for nothing.",
                        "short",
                        Query(f"sum by (state) (pg_stat_activity_count{{{_DATABASE}}})", "{{state}}"),
                        stacked=True,
                        width=8,
                    ),
                    graph(
                        "Longest transaction",
                        "Time since the oldest open transaction began, by database. The line is the alert's limit.",
                        "s",
                        Query(f"max by (datname) (pg_stat_activity_max_tx_duration{{{_DATABASE}}})", "{{datname}}"),
                        limits=Limits(warning=limits.long_transaction_seconds),
                        width=8,
                    ),
                ],
            ),
            Row(
                title="Work",
                panels=[
                    graph(
                        "Transactions",
                        "Transactions per second by database.",
                        "ops",
                        Query(f"datname:pg_transactions:rate5m{{{_DATABASE}}}", "{{datname}}"),
                        width=8,
                    ),
                    graph(
                        "Rolled back",
                        "Share of the transactions that were rolled back. The line is the alert's limit.",
                        "percentunit",
                        Query(f"datname:pg_rollbacks:ratio_rate5m{{{_DATABASE}}}", "{{datname}}"),
                        limits=Limits(warning=limits.rollback_percent / 100),
                        width=8,
                    ),
                    graph(
                        "Rows",
                        "Rows per second that were read, inserted, updated, deleted.",
                        "rowsps",
                        *(
                            Query(f"sum(rate(pg_stat_database_tup_{what}{{{_DATABASE}}}[$__rate_interval]))", what)
                            for what in ("fetched", "inserted", "updated", "deleted")
                        ),
                        width=8,
                    ),
                    graph(
                        "Cache hits",
                        "Share of the blocks that were found in PostgreSQL's own cache.",
                        "percentunit",
                        Query(f"datname:pg_cache_hits:ratio_rate5m{{{_DATABASE}}}", "{{datname}}"),
                        maximum=1,
                        width=8,
                    ),
                    graph(
                        "Temporary files",
                        "Bytes per second that didn't fit into work_mem and went to disk.",
                        "Bps",
                        Query(
                            f"sum by (datname) (rate(pg_stat_database_temp_bytes{{{_DATABASE}}}[$__rate_interval]))",
                            "{{datname}}",
                        ),
                        width=8,
                    ),
                    graph(
                        "Locks and deadlocks",
                        "Locks that are held, by mode, and deadlocks per minute.",
                        "short",
                        Query(f"sum by (mode) (pg_locks_count{{{_DATABASE}}}) > 0", "{{mode}}"),
                        Query(
                            f"sum(rate(pg_stat_database_deadlocks{{{_DATABASE}}}[$__rate_interval])) * 60",
                            "deadlocks per minute",
                        ),
                        width=8,
                    ),
                ],
            ),
            Row(
                title="Storage and replication",
                panels=[
                    graph(
                        "Size",
                        "Size of each database on disk.",
                        "bytes",
                        Query(f"pg_database_size_bytes{{{_DATABASE}}}", "{{datname}}"),
                        width=8,
                    ),
                    graph(
                        "Dead rows",
                        "Rows that wait for a vacuum, of the ten tables with most of them.",
                        "short",
                        Query(
                            f"topk(10, pg_stat_user_tables_n_dead_tup{{{_INSTANCE}}})",
                            "{{datname}} {{schemaname}}.{{relname}}",
                        ),
                        width=8,
                    ),
                    graph(
                        "Replication lag",
                        "Time by which a replica is behind; 0 on a primary. The line is the alert's limit.",
                        "s",
                        Query(f"pg_replication_lag_seconds{{{_INSTANCE}}}", "{{instance}}"),
                        limits=Limits(warning=limits.replication_lag_seconds),
                        width=8,
                    ),
                ],
            ),
            Row(
                title="Trouble",
                panels=[
                    graph(
                        "Sessions that wait for a lock",
                        "Sessions that wait for somebody else's lock. The line is the alert's limit.",
                        "short",
                        Query(
                            f'sum by (datname) (pg_stat_activity_count{{wait_event_type="Lock", {_DATABASE}}})'
                            " or vector(0)",
                            "{{datname}}",
                        ),
                        limits=Limits(warning=limits.lock_waits),
                        width=8,
                    ),
                    graph(
                        "Replicas",
                        "Replicas that are connected to a primary, and whether the server is a replica itself.",
                        "short",
                        Query(f"instance:pg_replicas:count{{{_INSTANCE}}}", "{{instance}} replicas"),
                        Query(f"pg_replication_is_replica{{{_INSTANCE}}}", "{{instance}} is a replica"),
                        width=8,
                    ),
                    graph(
                        "Archive",
                        "Attempts to archive the write-ahead log within 15 minutes that failed.",
                        "short",
                        Query(f"increase(pg_stat_archiver_failed_count{{{_INSTANCE}}}[15m])", "{{instance}}"),
                        width=8,
                    ),
                ],
            ),
        ],
    )
