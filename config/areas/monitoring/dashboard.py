"""Monitoring itself: does Prometheus collect and evaluate, does Alertmanager deliver, does Grafana answer?"""

from config.grafana.dashboard import Dashboard, Row
from config.grafana.folders import MONITORING
from config.grafana.panels import Column, Limits, Query, graph, listing, number, states, value_texts
from config.grafana.variables import choice
from config.settings.stack import Settings

_HOST = 'host=~"$host"'
_UP_DOWN = value_texts({"0": ("down", "red"), "1": ("up", "green")})


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
            Row(
                title="Now",
                panels=[
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
                        "Notifications that could not be delivered at the first try, within an hour.",
                        "short",
                        Query("sum(increase(alertmanager_notifications_failed_total[1h]))"),
                        limits=Limits(critical=1),
                    ),
                    number(
                        "Series",
                        "Series in memory.",
                        "short",
                        Query("sum(prometheus_tsdb_head_series)"),
                    ),
                    number(
                        "Storage",
                        "What the collected data takes on disk, and what was collected last in memory and log.",
                        "bytes",
                        Query("sum(prometheus_tsdb_storage_blocks_bytes + prometheus_tsdb_wal_storage_size_bytes)"),
                    ),
                ],
            ),
            Row(
                title="Targets",
                panels=[
                    states(
                        "Targets",
                        "Whether each job's targets answer.",
                        Query(f"min by (job) (up{{{_HOST}}})", "{{job}}"),
                        mappings=_UP_DOWN,
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
                        Query(f"topk(10, scrape_duration_seconds{{{_HOST}}})", "{{job}} {{instance}}"),
                        height=10,
                    ),
                    graph(
                        "Of what it may bring",
                        "Samples, size of the answer and number of targets as shares of their limits, the ten nearest."
                        " Above the upper line nothing is stored.",
                        "percentunit",
                        Query("topk(10, target:scrape_limit:ratio)", "{{job}} {{instance}} {{limit}}"),
                        limits=Limits(warning=settings.thresholds.monitoring.scrape_limit_percent / 100, critical=1),
                    ),
                    graph(
                        "New series",
                        "Series that were new within an hour, of the ten targets with most of them.",
                        "short",
                        Query(f"topk(10, sum_over_time(scrape_series_added{{{_HOST}}}[1h]))", "{{job}} {{instance}}"),
                        limits=Limits(
                            warning=settings.thresholds.monitoring.series_added,
                            critical=settings.thresholds.monitoring.series_added_critical,
                        ),
                    ),
                ],
            ),
            Row(
                title="Prometheus",
                panels=[
                    graph(
                        "Samples",
                        "Samples per second that are stored.",
                        "cps",
                        Query("rate(prometheus_tsdb_head_samples_appended_total[$__rate_interval])", "{{type}}"),
                        width=8,
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
                        width=8,
                    ),
                    graph(
                        "Query duration",
                        "Time within which 90 % of the queries were answered, by phase.",
                        "s",
                        Query('prometheus_engine_query_duration_seconds{quantile="0.9"} >= 0', "{{slice}}"),
                        width=8,
                    ),
                    graph(
                        "Storage",
                        "What the collected data takes on disk, and the size at which the oldest goes.",
                        "bytes",
                        Query("prometheus_tsdb_storage_blocks_bytes", "blocks"),
                        Query("prometheus_tsdb_wal_storage_size_bytes", "log"),
                        Query("prometheus_tsdb_retention_limit_bytes > 0", "limit"),
                        width=8,
                    ),
                    graph(
                        "Memory",
                        "Memory of the monitoring's own processes.",
                        "bytes",
                        Query(
                            'process_resident_memory_bytes{job=~"prometheus|alertmanager|grafana|cadvisor|blackbox"}',
                            "{{job}}",
                        ),
                        width=8,
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
                        width=8,
                    ),
                ],
            ),
            Row(
                title="Notifications",
                panels=[
                    graph(
                        "Alerts to Alertmanager",
                        "Alerts per minute that Prometheus sent, and those it had to drop.",
                        "short",
                        Query("rate(prometheus_notifications_sent_total[$__rate_interval]) * 60", "sent"),
                        Query("rate(prometheus_notifications_dropped_total[$__rate_interval]) * 60", "dropped"),
                        width=8,
                    ),
                    graph(
                        "Notifications",
                        "Notifications per minute, by integration.",
                        "short",
                        Query(
                            "sum by (integration) (rate(alertmanager_notifications_total[$__rate_interval])) * 60 > 0",
                            "{{integration}}",
                        ),
                        width=8,
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
                        width=8,
                    ),
                ],
            ),
            Row(
                title="Targets in trouble",
                panels=[
                    graph(
                        "Comes and goes",
                        "How often a target stopped or began to answer within 15 minutes. The line is the limit.",
                        "short",
                        Query('changes(up{job!~"probe|restarting"}[15m]) > 0 or vector(0)', "{{job}} {{instance}}"),
                        limits=Limits(warning=settings.thresholds.monitoring.flaps),
                        width=8,
                    ),
                    graph(
                        "Open files",
                        "Share of the files that a process may have open, the ten fullest. The line is the limit.",
                        "percentunit",
                        Query("topk(10, process_open_fds / (process_max_fds > 0))", "{{job}} {{instance}}"),
                        limits=Limits(warning=settings.thresholds.monitoring.open_files_percent / 100),
                        width=8,
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
                            "rate(prometheus_target_scrapes_sample_out_of_order_total[$__rate_interval])",
                            "out of order",
                        ),
                        Query(
                            "rate(prometheus_target_scrapes_sample_out_of_bounds_total[$__rate_interval])",
                            "out of bounds",
                        ),
                        width=8,
                    ),
                ],
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
    return Row(
        title=name.removeprefix("the ").capitalize(),
        panels=[
            graph("Requests", f"Requests per second that {name} answers.", "reqps", requests, stacked=True),
            graph("Duration", f"Mean time that {name} needs for an answer.", "s", Query(mean, "all requests")),
        ],
    )
