"""PostgreSQL: is there room for connections, does it keep up, what does it wait for?"""

from config.grafana.dashboard import Dashboard, row
from config.grafana.folders import INFRASTRUCTURE
from config.grafana.panels import Column, Limits, Query, graph, listing, number, up
from config.grafana.variables import choice
from config.settings.stack import Settings

_INSTANCE = 'instance=~"$instance"'
# the databases that come with every server say nothing about anybody's data
_DATABASE = f'{_INSTANCE}, datname!~"template.*|"'
# the transactions that the alert is about
_CLIENTS = f'{_INSTANCE}, backend_type="client backend", application_name!="pg_dump"'


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
            row(
                "Now",
                up("PostgreSQL", "Whether the exporter can talk to the server.", f"min(pg_up{{{_INSTANCE}}})"),
                number(
                    "Connections in use",
                    "Share of the connections that ordinary users may open.",
                    "percentunit",
                    Query(f"max(instance:pg_connections:ratio{{{_INSTANCE}}})"),
                    limits=connections,
                ),
                number(
                    "Longest transaction",
                    "Time since a client's oldest transaction began; dumps and the server's own aren't counted.",
                    "s",
                    Query(f"max(pg_stat_activity_max_tx_duration{{{_CLIENTS}}})"),
                    limits=Limits(warning=limits.long_transaction_seconds),
                ),
                number(
                    "Cache hits",
                    "Share of the blocks that were found in memory, over 5 minutes, of the worst database.",
                    "percentunit",
                    Query(f"min(datname:pg_cache_hits:ratio_rate5m{{{_DATABASE}}})"),
                ),
                number(
                    "Size", "All databases together.", "bytes", Query(f"sum(pg_database_size_bytes{{{_INSTANCE}}})")
                ),
                number(
                    "Wraparound",
                    "Share of the transaction ids that are used up before PostgreSQL stops to save its data.",
                    "percentunit",
                    Query(f"max(datname:pg_wraparound:ratio{{{_INSTANCE}}})"),
                    limits=wraparound,
                ),
            ),
            row(
                "Connections",
                graph(
                    "Connections in use",
                    "Share of the connections that ordinary users may open. The lines are the alert's limits.",
                    "percentunit",
                    Query(f"instance:pg_connections:ratio{{{_INSTANCE}}}", "{{instance}}"),
                    limits=connections,
                    maximum=1,
                ),
                graph(
                    "Connections by state",
                    "Client connections by what they do; many that are idle in transaction hold locks for nothing.",
                    "short",
                    Query(
                        f"sum by (instance, state) (pg_stat_activity_count{{{_DATABASE}}})", "{{instance}} {{state}}"
                    ),
                    stacked=True,
                ),
                graph(
                    "Longest transaction",
                    "Time since a client's oldest open transaction began, by database; dumps and the server's own"
                    " aren't counted. The line is the alert's limit.",
                    "s",
                    Query(
                        f"max by (instance, datname) (pg_stat_activity_max_tx_duration{{{_CLIENTS}}})",
                        "{{instance}} {{datname}}",
                    ),
                    limits=Limits(warning=limits.long_transaction_seconds),
                ),
            ),
            row(
                "Work",
                graph(
                    "Transactions",
                    "Transactions per second by database.",
                    "ops",
                    Query(f"datname:pg_transactions:rate5m{{{_DATABASE}}}", "{{instance}} {{datname}}"),
                ),
                graph(
                    "Rolled back",
                    "Share of the transactions that were rolled back. The line is the alert's limit.",
                    "percentunit",
                    Query(f"datname:pg_rollbacks:ratio_rate5m{{{_DATABASE}}}", "{{instance}} {{datname}}"),
                    limits=Limits(warning=limits.rollback_percent / 100),
                ),
                graph(
                    "Rows",
                    "Rows per second that were read, inserted, updated, deleted.",
                    "rowsps",
                    *(
                        Query(f"sum(rate(pg_stat_database_tup_{what}{{{_DATABASE}}}[$__rate_interval]))", what)
                        for what in ("fetched", "inserted", "updated", "deleted")
                    ),
                ),
                graph(
                    "Cache hits",
                    "Share of the blocks that were found in PostgreSQL's own cache.",
                    "percentunit",
                    Query(f"datname:pg_cache_hits:ratio_rate5m{{{_DATABASE}}}", "{{instance}} {{datname}}"),
                    maximum=1,
                ),
                graph(
                    "Temporary files",
                    "Bytes per second that didn't fit into work_mem and went to disk.",
                    "Bps",
                    Query(
                        "sum by (instance, datname)"
                        f" (rate(pg_stat_database_temp_bytes{{{_DATABASE}}}[$__rate_interval]))",
                        "{{instance}} {{datname}}",
                    ),
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
                ),
            ),
            row(
                "Storage and replication",
                graph(
                    "Size",
                    "Size of each database on disk.",
                    "bytes",
                    Query(f"pg_database_size_bytes{{{_DATABASE}}}", "{{instance}} {{datname}}"),
                ),
                graph(
                    "Dead rows",
                    "Rows that wait for a vacuum, of the ten tables that had most of them.",
                    "short",
                    Query(
                        f"pg_stat_user_tables_n_dead_tup{{{_INSTANCE}}} and topk(10,"
                        f" max_over_time(pg_stat_user_tables_n_dead_tup{{{_INSTANCE}}}[$__range] @ end()))",
                        "{{instance}} {{datname}} {{schemaname}}.{{relname}}",
                    ),
                ),
                graph(
                    "Vacuums",
                    "Tables that were vacuumed and analysed within an hour, by autovacuum.",
                    "short",
                    Query(
                        f"sum by (instance) (increase(pg_stat_user_tables_autovacuum_count{{{_INSTANCE}}}[1h]))",
                        "{{instance}} vacuumed",
                    ),
                    Query(
                        f"sum by (instance) (increase(pg_stat_user_tables_autoanalyze_count{{{_INSTANCE}}}[1h]))",
                        "{{instance}} analysed",
                    ),
                ),
                graph(
                    "Checkpoints",
                    "Checkpoints within an hour; many that were asked for: max_wal_size is too small.",
                    "short",
                    Query(f"increase(pg_stat_bgwriter_checkpoints_timed_total{{{_INSTANCE}}}[1h])", "{{instance}} due"),
                    Query(
                        f"increase(pg_stat_bgwriter_checkpoints_req_total{{{_INSTANCE}}}[1h])", "{{instance}} asked for"
                    ),
                ),
                graph(
                    "Write-ahead log",
                    "Its size on disk, and what replication slots keep of it for somebody who may be gone.",
                    "bytes",
                    Query(f"pg_wal_size_bytes{{{_INSTANCE}}}", "{{instance}}"),
                    Query(
                        f"pg_replication_slots_pg_wal_lsn_diff{{{_INSTANCE}}} and"
                        f" pg_replication_slots_active{{{_INSTANCE}}} >= 0",
                        "{{instance}} kept for {{slot_name}}",
                    ),
                ),
                graph(
                    "Replicas behind",
                    "What a primary has written and its replicas haven't replayed yet.",
                    "bytes",
                    Query(f"instance:pg_replica_lag_bytes:max{{{_INSTANCE}}}", "{{instance}}"),
                    empty="no replicas",
                ),
                graph(
                    "Replication lag",
                    "Time by which a replica is behind; 0 on a primary. The line is the alert's limit.",
                    "s",
                    Query(f"pg_replication_lag_seconds{{{_INSTANCE}}}", "{{instance}}"),
                    limits=Limits(warning=limits.replication_lag_seconds),
                ),
            ),
            row(
                "Trouble",
                graph(
                    "Sessions that wait for a lock",
                    "Sessions that wait for somebody else's lock. The line is the alert's limit.",
                    "short",
                    Query(
                        "sum by (instance, datname)"
                        f' (pg_stat_activity_count{{wait_event_type="Lock", {_DATABASE}}})'
                        " or vector(0)",
                        "{{instance}} {{datname}}",
                    ),
                    limits=Limits(warning=limits.lock_waits),
                ),
                graph(
                    "Replicas",
                    "Replicas that are connected to a primary, and whether the server is a replica itself.",
                    "short",
                    Query(f"instance:pg_replicas:count{{{_INSTANCE}}}", "{{instance}} replicas"),
                    Query(f"pg_replication_is_replica{{{_INSTANCE}}}", "{{instance}} is a replica"),
                ),
                graph(
                    "Exporter",
                    "How long a look at the server takes, when it is given up, and how many parts of it fail.",
                    "s",
                    Query(f'scrape_duration_seconds{{job="postgres", {_INSTANCE}}}', "{{instance}}"),
                    Query(f'scrape_timeout_seconds{{job="postgres", {_INSTANCE}}}', "{{instance}} given up"),
                    Query(
                        f"count by (instance) (pg_scrape_collector_success{{{_INSTANCE}}} == 0)",
                        "{{instance}} parts that fail",
                    ),
                ),
                graph(
                    "Time per block",
                    "Mean time to read a block from disk, where track_io_timing is on.",
                    "ms",
                    Query(
                        f"rate(pg_stat_database_blk_read_time{{{_DATABASE}}}[$__rate_interval])"
                        f" / (rate(pg_stat_database_blks_read{{{_DATABASE}}}[$__rate_interval]) > 0)",
                        "{{instance}} {{datname}}",
                    ),
                ),
                listing(
                    "Servers",
                    "What runs where, with the settings that matter most.",
                    [
                        Column(source="instance", title="Server"),
                        Column(source="short_version", title="Version"),
                        Column(source="B", title="Connections", unit="none"),
                        Column(source="C", title="Buffers", unit="bytes"),
                        Column(source="D", title="Work memory", unit="bytes"),
                    ],
                    Query(f"max by (instance, short_version) (pg_static{{{_INSTANCE}}})"),
                    *(
                        Query(
                            f"max by (instance, short_version) ({setting}"
                            f" * on (instance) group_left (short_version) pg_static{{{_INSTANCE}}})"
                        )
                        for setting in (
                            "pg_settings_max_connections",
                            "pg_settings_shared_buffers_bytes",
                            "pg_settings_work_mem_bytes",
                        )
                    ),
                    width=16,
                ),
                graph(
                    "Archive",
                    "Attempts to archive the write-ahead log within 15 minutes that failed.",
                    "short",
                    Query(f"increase(pg_stat_archiver_failed_count{{{_INSTANCE}}}[15m])", "{{instance}}"),
                ),
            ),
        ],
    )
