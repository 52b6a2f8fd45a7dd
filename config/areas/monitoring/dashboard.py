"""Monitoring itself: does Prometheus collect and evaluate, does Alertmanager deliver, does Grafana answer?"""

from config.grafana.dashboard import Dashboard, Row, row
from config.grafana.folders import MONITORING
from config.grafana.panels import UP_DOWN, Column, Limits, Query, graph, listing, number, states, value_texts
from config.grafana.variables import choice
from config.settings.stack import Settings

_HOST = 'host=~"$host"'
# what the limit of the storage counts
_STORED = {
    "prometheus_tsdb_storage_blocks_bytes": "blocks",
    "prometheus_tsdb_wal_storage_size_bytes": "log",
    "prometheus_tsdb_head_chunks_storage_size_bytes": "latest",
}
_FAILURES = {
    "wal_writes": "writing the log",
    "compactions": "compaction",
    "head_truncations": "truncation of the latest",
    "checkpoint_creations": "checkpoint",
    "wal_truncations": "truncation of the log",
}


def monitoring(settings: Settings) -> Dashboard:
    """Targets, rules, storage, notifications."""
    interval = settings.prometheus.evaluation_interval_seconds
    slow = settings.thresholds.monitoring.rule_evaluation_percent / 100
    return Dashboard(
        uid="monitoring",
        title="Monitoring itself",
        description="Targets, rules, storage and notifications: Prometheus, Alertmanager, Grafana.",
        folder=MONITORING,
        variables=[choice("host", source="up")],
        rows=[
            row(
                "Now",
                number(
                    "Targets down",
                    "Targets that Prometheus can't scrape.",
                    "short",
                    Query(f"count(up{{{_HOST}}} == 0) or vector(0)"),
                    limits=Limits(critical=1),
                ),
                number(
                    "Configurations loaded",
                    "Whether Prometheus and Alertmanager run what was deployed.",
                    "short",
                    Query(
                        "min(prometheus_config_last_reload_successful)"
                        " * min(alertmanager_config_last_reload_successful)"
                    ),
                    limits=Limits(critical=1, below=True),
                    mappings=value_texts({"0": ("no", "red"), "1": ("yes", "green")}),
                ),
                number(
                    "Rules failing",
                    "Evaluations of rules that failed within an hour.",
                    "short",
                    Query("sum(increase(prometheus_rule_evaluation_failures_total[1h]))"),
                    limits=Limits(critical=1),
                ),
                number(
                    "Notifications failed",
                    "Notifications that could not be delivered within an hour, however often it was tried.",
                    "short",
                    Query("sum(increase(alertmanager_notifications_failed_total[1h]))"),
                    limits=Limits(critical=1),
                ),
                number("Series", "Series in memory.", "short", Query("sum(prometheus_tsdb_head_series)")),
                number(
                    "Storage",
                    "What the collected data takes on disk, and what was collected last in memory and log.",
                    "bytes",
                    Query(f"sum({' + '.join(_STORED)})"),
                ),
            ),
            row(
                "Targets",
                states(
                    "Targets",
                    "Whether each job's targets answer.",
                    Query(f"min by (job) (up{{{_HOST}}})", "{{job}}"),
                    mappings=UP_DOWN,
                    height=10,
                ),
                listing(
                    "Targets now",
                    "Each target, how long its last scrape took and how much it gave.",
                    [
                        Column(source="job", title="Job"),
                        Column(source="instance", title="Instance"),
                        Column(source="A", title="Up", unit="none", limits=Limits(critical=1, below=True)),
                        Column(source="B", title="Scrape", unit="s"),
                        Column(source="C", title="Samples", unit="none"),
                    ],
                    Query(f"sum by (job, instance) (up{{{_HOST}}})"),
                    Query(f"max by (job, instance) (scrape_duration_seconds{{{_HOST}}})"),
                    Query(f"sum by (job, instance) (scrape_samples_scraped{{{_HOST}}})"),
                    width=12,
                    height=10,
                ),
                graph(
                    "Scrape duration",
                    "How long the scrapes take, of the ten slowest targets.",
                    "s",
                    Query(_highest(f"scrape_duration_seconds{{{_HOST}}}"), "{{job}} {{instance}}"),
                    height=10,
                    width=12,
                ),
                graph(
                    "Of what it may bring",
                    "Samples, size of the answer and number of targets as shares of their limits, the ten nearest."
                    " Above the upper line nothing is stored.",
                    "percentunit",
                    Query(
                        _highest("target:scrape_limit:ratio", "job, instance, limit"), "{{job}} {{instance}} {{limit}}"
                    ),
                    limits=Limits(warning=settings.thresholds.monitoring.scrape_limit_percent / 100, critical=1),
                    width=12,
                ),
                graph(
                    "New series",
                    "Series that were new within an hour, of the ten targets with most of them.",
                    "short",
                    Query(_highest(f"sum_over_time(scrape_series_added{{{_HOST}}}[1h])"), "{{job}} {{instance}}"),
                    limits=Limits(
                        warning=settings.thresholds.monitoring.series_added,
                        critical=settings.thresholds.monitoring.series_added_critical,
                    ),
                    width=12,
                ),
            ),
            row(
                "Prometheus",
                graph(
                    "Samples",
                    "Samples per second that are stored.",
                    "cps",
                    Query("rate(prometheus_tsdb_head_samples_appended_total[$__rate_interval])", "{{type}}"),
                ),
                graph(
                    "Rule evaluation",
                    "How long the last evaluation of each group took. The lines are the alert's limit and the"
                    " interval, for groups that are evaluated at the usual one.",
                    "s",
                    Query(
                        # a group's file is another one after each change of the configuration
                        'max by (group) (label_replace(prometheus_rule_group_last_duration_seconds, "group", "$1",'
                        ' "rule_group", ".*;(.*)"))',
                        "{{group}}",
                    ),
                    limits=Limits(warning=interval * slow, critical=interval),
                ),
                graph(
                    "Storage and rules that fail",
                    "Failures within an hour of what keeps the data, and evaluations of rules that were left out.",
                    "short",
                    *(
                        Query(f"increase(prometheus_tsdb_{what}_failed_total[1h])", title)
                        for what, title in _FAILURES.items()
                    ),
                    Query("increase(prometheus_tsdb_reloads_failures_total[1h])", "loading of blocks"),
                    Query("increase(prometheus_tsdb_wal_corruptions_total[1h])", "log found damaged"),
                    Query("sum(increase(prometheus_rule_group_iterations_missed_total[1h]))", "rules left out"),
                ),
                graph(
                    "Other systems",
                    "By how much what was sent to other systems (remote write) is behind.",
                    "s",
                    Query(
                        "prometheus_remote_storage_queue_highest_timestamp_seconds"
                        " - prometheus_remote_storage_queue_highest_sent_timestamp_seconds",
                        "{{remote_name}}",
                    ),
                    empty="nothing is sent",
                ),
                graph(
                    "Query duration",
                    "Time within which 90 % of the queries were answered, by phase.",
                    "s",
                    Query('prometheus_engine_query_duration_seconds{quantile="0.9"} >= 0', "{{slice}}"),
                ),
                graph(
                    "Storage",
                    "What the collected data takes on disk, and the size at which the oldest goes.",
                    "bytes",
                    *(Query(metric, title) for metric, title in _STORED.items()),
                    Query("prometheus_tsdb_retention_limit_bytes > 0", "limit"),
                ),
                graph(
                    "Memory",
                    "Memory of the monitoring's own processes.",
                    "bytes",
                    Query(
                        'process_resident_memory_bytes{job=~"prometheus|alertmanager|grafana|cadvisor|blackbox"}',
                        "{{job}}",
                    ),
                ),
                graph(
                    "CPU",
                    "Cores in use by the monitoring's own processes.",
                    "short",
                    Query(
                        "rate(process_cpu_seconds_total"
                        '{job=~"prometheus|alertmanager|grafana|cadvisor|blackbox"}[$__rate_interval])',
                        "{{job}}",
                    ),
                ),
            ),
            row(
                "Notifications",
                graph(
                    "Alerts to Alertmanager",
                    "Alerts per minute that Prometheus sent, and those it had to drop.",
                    "short",
                    Query("rate(prometheus_notifications_sent_total[$__rate_interval]) * 60", "sent"),
                    Query("rate(prometheus_notifications_dropped_total[$__rate_interval]) * 60", "dropped"),
                ),
                graph(
                    "Notifications",
                    "Notifications per minute, by integration.",
                    "short",
                    Query(
                        "sum by (integration) (rate(alertmanager_notifications_total[$__rate_interval])) * 60 > 0",
                        "{{integration}}",
                    ),
                ),
                graph(
                    "Failed notifications",
                    "Notifications per minute that could not be delivered, by integration.",
                    "short",
                    Query(
                        "sum by (integration)"
                        " (rate(alertmanager_notifications_failed_total[$__rate_interval])) * 60 > 0"
                        " or vector(0)",
                        "{{integration}}",
                    ),
                ),
            ),
            row(
                "Who is connected",
                graph(
                    "Alertmanagers",
                    "Alertmanagers that Prometheus sends to, those of a cluster that see each other, and how many"
                    " configurations they run: it should be one.",
                    "short",
                    Query("prometheus_notifications_alertmanagers_discovered", "sent to"),
                    Query("alertmanager_cluster_members", "{{instance}} sees"),
                    Query('count(count_values("hash", alertmanager_config_hash))', "configurations"),
                ),
                graph(
                    "Exporters that fail in part",
                    "Parts of the node exporter, and container exporters, that bring nothing.",
                    "short",
                    Query(f"node_scrape_collector_success{{{_HOST}}} == 0", "{{host}} {{collector}}"),
                    Query(f"container_scrape_error{{{_HOST}}} == 1", "{{host}} containers"),
                    empty="none fails",
                ),
                graph(
                    "Weekly report",
                    "Time for which it has been due, until it is sent.",
                    "s",
                    Query(
                        "time() - report_due_timestamp_seconds"
                        " and report_due_timestamp_seconds > report_last_success_timestamp_seconds",
                        "due for",
                    ),
                    empty="not due",
                ),
            ),
            row(
                "Targets in trouble",
                graph(
                    "Comes and goes",
                    "How often a target stopped or began to answer within 15 minutes. The line is the limit.",
                    "short",
                    Query('changes(up{job!~"probe|restarting"}[15m]) > 0 or vector(0)', "{{job}} {{instance}}"),
                    limits=Limits(warning=settings.thresholds.monitoring.flaps),
                ),
                graph(
                    "Open files",
                    "Share of the files that a process may have open, the ten fullest. The line is the limit.",
                    "percentunit",
                    Query(_highest("process_open_fds / (process_max_fds > 0)"), "{{job}} {{instance}}"),
                    limits=Limits(warning=settings.thresholds.monitoring.open_files_percent / 100),
                ),
                graph(
                    "Rejected samples",
                    "Samples per second that were there already, too old or out of order.",
                    "short",
                    Query(
                        "rate(prometheus_target_scrapes_sample_duplicate_timestamp_total[$__rate_interval])",
                        "duplicate",
                    ),
                    Query(
                        "rate(prometheus_target_scrapes_sample_out_of_order_total[$__rate_interval])", "out of order"
                    ),
                    Query(
                        "rate(prometheus_target_scrapes_sample_out_of_bounds_total[$__rate_interval])", "out of bounds"
                    ),
                ),
            ),
            _pages(settings),
        ],
    )


def _pages(settings: Settings) -> Row:
    """Who serves the dashboards: Grafana, or without one the viewer."""
    if settings.grafana.enabled:
        name, metric = "Grafana", "grafana_http_request_duration_seconds"
        requests = Query(f"sum by (status_code) (rate({metric}_count[$__rate_interval]))", "{{status_code}}")
    else:
        name, metric = "the viewer", "viewer_panel_seconds"
        requests = Query(f"sum(rate({metric}_count[$__rate_interval]))", "panels")
    mean = f"sum(rate({metric}_sum[$__rate_interval])) / (sum(rate({metric}_count[$__rate_interval])) > 0)"
    return row(
        name.removeprefix("the ").capitalize(),
        graph("Requests", f"Requests per second that {name} answers.", "reqps", requests, stacked=True, width=12),
        graph("Duration", f"Mean time that {name} needs for an answer.", "s", Query(mean, "all requests"), width=12),
    )


def _highest(series: str, labels: str = "job, instance") -> str:
    """Of the ten that were highest in the whole time: a `topk` at each point gives more lines, which come and go."""
    return f"({series}) and on ({labels}) topk(10, max by ({labels}) (max_over_time(({series})[$__range:1m] @ end())))"
