"""Five thousand alerts at once: how they are grouped, how soon people hear, what it costs Alertmanager."""

import logging
import re
import tempfile
import time
import warnings
from pathlib import Path

import requests

from config.settings.prometheus import AlertmanagerSettings
from tests.e2e.system import System
from tests.routing.live import SLACK_TOKEN, SMTP_PASSWORD, Alertmanager, Sink, alert, settings_for
from tools.bench.figure import Figure

NAMES, SERVICES, INSTANCES = 20, 5, 50
ALERTS = NAMES * SERVICES * INSTANCES
CHANNELS = 3  # that a critical alert goes to
# production's own for critical alerts; the rest is for building and sending what was grouped
CRITICAL = {"waitSeconds": 10, "intervalSeconds": 60, "repeatSeconds": 3600}
PATIENCE = 120  # seconds until everything has to be delivered


def storm(_: System) -> list[Figure]:
    """All of them critical, of 100 groups, sent as Prometheus sends; seconds, and MB of resident memory."""
    with tempfile.TemporaryDirectory(prefix="bench-storm-") as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the sink's mail server says at each message that it does without TLS
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        folder = Path(name)
        sink = Sink(folder / "sink")
        (folder / "alertmanager").mkdir()
        alertmanager = Alertmanager(
            settings_for(sink, folder, timings={"critical": CRITICAL}),
            folder / "alertmanager",
            {
                "smtpPassword": SMTP_PASSWORD,
                "slackWebhookUrl": f"{sink.url}/slack/{SLACK_TOKEN}",
                "webhookToken": "token",
            },
        )
        try:
            alertmanager.start()
            return _measure(alertmanager)
        finally:
            alertmanager.stop()
            sink.stop()


def _measure(alertmanager: Alertmanager) -> list[Figure]:
    alerts = [
        alert(f"Storm{number}", service=f"service-{service}", instance=f"10.0.{service}.{instance}:8080")
        for number in range(NAMES)
        for service in range(SERVICES)
        for instance in range(INSTANCES)
    ]
    groups = NAMES * SERVICES
    begun = time.monotonic()
    for start in range(0, ALERTS, 256):  # Prometheus sends so many in one request
        alertmanager.fire(*alerts[start : start + 256])
    first = last = 0.0
    while (sent := _sent(alertmanager)) < groups * CHANNELS and time.monotonic() - begun < PATIENCE:
        if sent and not first:
            first = time.monotonic() - begun
        time.sleep(0.05)
    last = time.monotonic() - begun
    first = first or last
    time.sleep(5)  # whatever would be sent twice
    wait = CRITICAL["waitSeconds"]
    return [
        Figure(
            name="storm_notifications_per_group",
            value=_sent(alertmanager) / groups,
            target=CHANNELS,
            note=f"{ALERTS} alerts, {groups} groups, {CHANNELS} channels: {_sent(alertmanager):.0f} notifications",
        ),
        Figure(
            name="storm_first_ratio",
            value=first / wait,
            target=1.5,
            note=f"first after {first:.1f} s of which {wait} s are the group's wait; last after {last:.1f} s",
        ),
        Figure(
            name="storm_memory_mb",
            value=alertmanager.memory_mb(),
            target=AlertmanagerSettings().memory_mb,
            note="Alertmanager's highest resident memory; the target is its default limit",
        ),
    ]


def _sent(alertmanager: Alertmanager) -> float:
    """Notifications delivered so far, of all integrations."""
    page = requests.get(f"http://127.0.0.1:{alertmanager.port}/metrics", timeout=10).text
    totals = {
        name: sum(map(float, re.findall(rf"^alertmanager_notifications_{name}\{{.*\}} (\S+)$", page, re.MULTILINE)))
        for name in ("total", "failed_total")
    }
    return totals["total"] - totals["failed_total"]
