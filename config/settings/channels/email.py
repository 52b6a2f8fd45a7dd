"""E-mail."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, StringConstraints

from config.settings.base import Email, HostPort
from config.settings.channels.base import Channel, Config, Severity, credential_file, template


class EmailChannel(Channel):
    """E-mail notifications; the SMTP password is the secret `smtpPassword`."""

    title = "e-mail"
    configs = "email_configs"
    secrets = ("smtpPassword",)

    smarthost: HostPort
    sender: Email
    username: Annotated[str, StringConstraints(min_length=1), Field(examples=["alerts@autonomica.ai"])]
    require_tls: bool = True
    team: Email = "team@autonomica.ai"
    urgent: Email = "urgent@autonomica.ai"

    def told(self, severity: Severity) -> tuple[str, ...] | None:
        return {"critical": (self.urgent,), "warning": (self.team,), "info": None}[severity]

    def secret_keys(self, suffix: str = "") -> Iterator[str]:  # noqa: ARG002 - one account for all
        yield from self.secrets

    def config(self, address: tuple[str, ...], suffix: str = "") -> Config:  # noqa: ARG002
        return {
            "to": ", ".join(address),
            "from": self.sender,
            "smarthost": self.smarthost,
            "auth_username": self.username,
            "auth_password_file": credential_file("smtpPassword"),
            "require_tls": self.require_tls,
            "send_resolved": True,
            "headers": {
                "Subject": template("subject"),
                "Auto-Submitted": "auto-generated",  # nobody's absence notice is to answer an alert
            },
            "html": template("email.html"),
            "text": template("email.text"),
        }
