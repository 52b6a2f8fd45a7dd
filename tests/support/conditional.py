"""Metrics that a healthy demo doesn't export: they come with an event, or with a kind of set-up that it hasn't.

Read off the exporters' sources, at the pinned versions.
"""

# name -> when it is there; the source that says so
CONDITIONAL = {
    # alertmanager, cluster/delegate.go: registered by the cluster's delegate
    "alertmanager_cluster_members": "several Alertmanagers",
    # node_exporter, collector/mdadm_linux.go: one row for each array
    "node_hwmon_temp_celsius": "a machine with sensors",
    "node_md_disks": "a software RAID",
    "node_md_disks_required": "a software RAID",
    # postgres_exporter, cmd/postgres_exporter/postgres_exporter.go and queries.go: one row for each slot
    "pg_replication_slots_active": "a replication slot",
    "pg_replication_slots_pg_wal_lsn_diff": "a replication slot",
    # postgres_exporter, cmd/postgres_exporter/pg_setting.go: every number in pg_settings; this one came with 16
    "pg_settings_reserved_connections": "PostgreSQL 16 or newer",
    # postgres_exporter, cmd/postgres_exporter/postgres_exporter.go and queries.go: one row for each WAL sender
    "pg_stat_replication_pg_current_wal_lsn_bytes": "a primary with a replica",
    "pg_stat_replication_pg_wal_lsn_diff": "a primary with a replica",
    # postgres_exporter, collector/pg_stat_walreceiver.go: one row for the WAL receiver
    "pg_stat_wal_receiver_last_msg_receipt_time": "a replica that is connected",
    # blackbox_exporter, prober/http.go: registered when the answer came over TLS
    "probe_ssl_earliest_cert_expiry": "a probe of an https:// address",
    # prometheus, storage/remote/queue_manager.go: one queue for each remote_write
    "prometheus_remote_storage_queue_highest_sent_timestamp_seconds": "remote write",
    "prometheus_remote_storage_queue_highest_timestamp_seconds": "remote write",
    # redis_exporter, exporter/info.go: the field master_link_status, which replicas have
    "redis_master_link_up": "a replica",
}
