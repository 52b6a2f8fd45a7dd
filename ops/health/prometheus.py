"""Reading Prometheus's own account of its targets, rules and alerts."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ops.health.model import AlertState, FailedNotifications, Problem, RuleGroupState, TargetState

TARGETS = "/api/v1/targets?state=active"
RULES = "/api/v1/rules"
DEAD_MANS_SWITCH = "Watchdog"
_IN_THE_HOSTS_NETWORK = ("node", "docker")
_UNANSWERED = re.compile(
    r"//(?P<address>[\d.]+):(?P<port>\d+)/.*(context deadline exceeded|i/o timeout|no route to host)"
)
FAILED_NOTIFICATIONS = "sum by (integration, reason) (increase(alertmanager_notifications_failed_total[5m])) > 0.5"


def read_targets(answer: Mapping[str, object]) -> list[TargetState]:
    """`/api/v1/targets`, worst first."""
    data = answer.get("data")
    active = data.get("activeTargets") if isinstance(data, dict) else None
    targets = [
        TargetState(
            job=str(_labels(target).get("job", "")),
            instance=str(_labels(target).get("instance", "")),
            health=str(target.get("health", "unknown")),
            last_error=str(target.get("lastError", "")),
            last_scrape=str(target.get("lastScrape", "")),
        )
        for target in _mappings(active)
    ]
    return sorted(targets, key=lambda target: (target.health == "up", target.job, target.instance))


def target_problems(targets: Sequence[TargetState], expected_jobs: Iterable[str]) -> list[Problem]:
    """Targets that aren't up, each with its reason, and jobs without a target."""
    problems = []
    for target in targets:
        subject = f"{target.job}/{target.instance}"
        if target.health == "unknown":
            problems.append(Problem("target", subject, "hasn't been scraped yet"))
        elif target.health != "up":
            reason = target.last_error or f"is {target.health}"
            problems.append(Problem("target", subject, reason, _way_out(target)))
    have = {target.job for target in targets}
    problems += [Problem("target", job, "this job has no target") for job in expected_jobs if job not in have]
    return problems


def _way_out(target: TargetState) -> str | None:
    if "limit exceeded" in target.last_error:
        return "it brings more than its scrapes may have, and isn't down: docs/runbooks/ScrapeLimitExceeded.md"
    if ": lookup " in target.last_error:  # no such host; without a way to a name server it waits for one
        return "start it; if its network was made again, `make up` puts Prometheus on it"
    return _way_through_firewall(target)


def _way_through_firewall(target: TargetState) -> str | None:
    """The rule for a host that drops or rejects what comes from our bridge to what listens in the host's network."""
    unanswered = _UNANSWERED.search(target.last_error)
    if target.job not in _IN_THE_HOSTS_NETWORK or not unanswered:
        return None
    return (
        "if a firewall of the host stops it: "
        f"iptables -I INPUT -d {unanswered['address']} -p tcp --dport {unanswered['port']} -j ACCEPT"
    )


def read_rules(answer: Mapping[str, object]) -> tuple[list[RuleGroupState], list[AlertState]]:
    """`/api/v1/rules`: the groups, and the alerts that are firing, but for the one that always does."""
    data = answer.get("data")
    groups, alerts = [], []
    for group in _mappings(data.get("groups") if isinstance(data, dict) else None):
        rules = _mappings(group.get("rules"))
        errors = tuple(
            f"{rule.get('name')}: {rule.get('lastError') or rule.get('health')}"
            for rule in rules
            if rule.get("health") == "err"
        )
        groups.append(RuleGroupState(str(group.get("name", "")), str(group.get("file", "")), len(rules), errors))
        for rule in rules:
            if rule.get("name") != DEAD_MANS_SWITCH:
                firing = [alert for alert in _mappings(rule.get("alerts")) if alert.get("state") == "firing"]
                alerts += [_alert(rule, alert) for alert in firing]
    return groups, sorted(alerts, key=lambda alert: (alert.severity, alert.name, alert.since))


def rule_problems(groups: Sequence[RuleGroupState]) -> list[Problem]:
    """Rules that don't evaluate; no rules at all is a problem too."""
    if not groups:
        return [Problem("rules", "all", "Prometheus has no rule groups loaded")]
    return [Problem("rules", group.name, error) for group in groups for error in group.errors]


def read_failed_notifications(answer: Mapping[str, object]) -> list[FailedNotifications]:
    """The instant query `FAILED_NOTIFICATIONS`."""
    data = answer.get("data")
    failed = []
    for series in _mappings(data.get("result") if isinstance(data, dict) else None):
        metric, value = series.get("metric"), series.get("value")
        if isinstance(metric, dict) and isinstance(value, list) and len(value) == 2:
            integration, reason = str(metric.get("integration", "?")), str(metric.get("reason", "other"))
            failed.append(FailedNotifications(integration, reason, round(float(value[1]), 1)))
    return sorted(failed, key=lambda one: (one.integration, one.reason))


def notification_problems(failed: Sequence[FailedNotifications]) -> list[Problem]:
    """Integrations that failed to deliver."""
    return [
        Problem(
            "notifications",
            one.integration,
            f"{one.count:g} failed within the last 5 minutes ({one.reason})",
            "look at Alertmanager's log",
        )
        for one in failed
    ]


def _alert(rule: Mapping[str, object], alert: Mapping[str, object]) -> AlertState:
    labels, annotations = _labels(alert), alert.get("annotations")
    summary = annotations.get("summary", "") if isinstance(annotations, dict) else ""
    return AlertState(
        name=str(rule.get("name", "")),
        severity=str(labels.get("severity", "")),
        since=str(alert.get("activeAt", "")),
        summary=str(summary),
    )


def _labels(item: Mapping[str, object]) -> Mapping[str, object]:
    labels = item.get("labels")
    return labels if isinstance(labels, dict) else {}


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
