"""Limits of the alerts on the monitoring itself."""

from typing import Annotated

from pydantic import Field

from config.settings.base import Seconds, Share, Thresholds

# where targets are dropped in at run time, and the scrape job that finds them
TARGETS_DIRECTORY = "/etc/prometheus/targets"
FILE_JOB = "file"

SeriesAdded = Annotated[int, Field(ge=1, examples=[200_000])]


class MonitoringThresholds(Thresholds):
    """Targets, rule evaluation, storage and notifications of the monitoring.

    `…_seconds` is for how long a limit has to be broken; only `remote_write_lag_seconds` is a limit itself.

    Attributes:
        flaps: how many times within `flap_window_minutes` a target may stop answering or answer again.
        open_files_percent: of the files that a process may have open.
        scrape_percent: of its timeout, what a scrape may take on average of 5 minutes.
        scrape_limit_percent: of what a scrape may bring, or of the targets that a job may have.
        series_added: new series of a target within an hour; one that starts brings all of its own anew.
        series_added_critical: likewise; each takes 1.6 KB, and a million of them a good third of 4 GB.
        rule_evaluation_percent: of its interval, what the evaluation of a group of rules may take.
        storage_percent: of the retention size, what may be stored.
        remote_write_lag_seconds: how far what was sent may lie behind what was stored.
        notification_error_percent: of the notifications of 15 minutes, those that may fail.
        notification_error_critical_percent: likewise; above, next to nothing arrives.
    """

    jobs = (
        "alertmanager",
        FILE_JOB,
        "grafana",
        "prometheus",
        "viewer",
    )
    rising = (
        ("notification_error_percent", "notification_error_critical_percent"),
        ("series_added", "series_added_critical"),
    )

    instance_down_seconds: Seconds = 300
    flaps: Annotated[int, Field(ge=2, examples=[6])] = 6
    flap_window_minutes: Annotated[int, Field(ge=1, le=1440, examples=[15])] = 15
    open_files_percent: Share = 85.0
    target_missing_seconds: Seconds = 300
    scrape_percent: Share = 80.0
    scrape_seconds: Seconds = 300
    scrape_limit_percent: Share = 80.0
    scrape_limit_near_seconds: Seconds = 600
    scrape_limit_seconds: Seconds = 60
    series_added: SeriesAdded = 200_000
    series_added_critical: SeriesAdded = 1_000_000
    exporter_error_seconds: Seconds = 600
    config_seconds: Seconds = 120
    rule_failure_seconds: Seconds = 300
    rule_evaluation_percent: Share = 50.0
    rule_evaluation_seconds: Seconds = 300
    storage_percent: Share = 90.0
    storage_seconds: Seconds = 3600
    remote_write_lag_seconds: Annotated[float, Field(gt=0, examples=[120])] = 120.0
    remote_write_seconds: Seconds = 300
    notification_error_percent: Share = 5.0
    notification_error_critical_percent: Share = 50.0
    notification_error_seconds: Seconds = 300
    cluster_seconds: Seconds = 600
    grafana_down_seconds: Seconds = 120
    report_seconds: Seconds = 3600
