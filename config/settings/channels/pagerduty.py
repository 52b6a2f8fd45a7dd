"""PagerDuty."""

from config.settings.base import HttpUrl
from config.settings.channels.base import Config, OwnChannel, credential_file, template


class PagerdutyChannel(OwnChannel):
    """Incidents in PagerDuty, whose schedules and escalation decide who is called.

    The integration key (Events API v2) of a service is the secret `pagerdutyRoutingKey`, or
    `pagerdutyRoutingKey-<receiver>`. `url`: https://events.eu.pagerduty.com/v2/enqueue for accounts in Europe.
    """

    title = "PagerDuty"
    configs = "pagerduty_configs"
    secrets = ("pagerdutyRoutingKey",)
    severities = ("critical",)

    url: HttpUrl = "https://events.pagerduty.com/v2/enqueue"

    def config(self, address: object, suffix: str = "") -> Config:  # noqa: ARG002 - itself
        return {
            "routing_key_file": credential_file(f"pagerdutyRoutingKey{suffix}"),
            "url": self.url,
            "send_resolved": True,
            "severity": template("pagerduty.severity"),
            "description": template("subject"),
            "client": "Autonomica Monitoring",
            "client_url": template("alerts_url"),
            "class": "{{ .GroupLabels.alertname }}",
            "component": "{{ .CommonLabels.service }}",
            "group": "{{ .GroupLabels.environment }}",
            "details": {
                "firing": template("plain.firing"),
                "resolved": template("plain.resolved"),
                "silence": template("silence_url"),
            },
        }
