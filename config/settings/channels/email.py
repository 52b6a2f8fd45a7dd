"""E-mail."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, StringConstraints

from config.settings.base import Email, HostPort
from config.settings.channels.base import Channel, Config, Severity, credential_file, template

SMTPS = 465


class EmailChannel(Channel):
    """E-mail notifications; the SMTP password is the secret `smtpPassword`, for a relay that asks for a login.

    `implicitTls`: TLS from the start, instead of STARTTLS; left out, that is so on port 465.
    """

    title = "e-mail"
    configs = "email_configs"
    secrets = ("smtpPassword",)

    smarthost: HostPort
    sender: Email
    username: Annotated[str, StringConstraints(min_length=1), Field(examples=["alerts@autonomica.ai"])] | None = None
    require_tls: bool = True
    implicit_tls: bool | None = None
    team: Email = "team@autonomica.ai"
    urgent: Email = "urgent@autonomica.ai"

    def told(self, severity: Severity) -> tuple[str, ...] | None:
        return {"critical": (self.urgent,), "warning": (self.team,), "info": None}[severity]

    def secret_keys(self, suffix: str = "") -> Iterator[str]:  # noqa: ARG002 - one account for all
        yield from self.secrets if self.username else ()

    @property
    def tls_from_the_start(self) -> bool:
        """Whether the connection begins with TLS."""
        return self.smarthost.endswith(f":{SMTPS}") if self.implicit_tls is None else self.implicit_tls

    def config(self, address: tuple[str, ...], suffix: str = "") -> Config:  # noqa: ARG002
        implicit = self.tls_from_the_start
        login = {"auth_username": self.username, "auth_password_file": credential_file("smtpPassword")}
        return {
            "to": ", ".join(address),
            "from": self.sender,
            "smarthost": self.smarthost,
            **(login if self.username else {}),
            **({"force_implicit_tls": implicit} if implicit or self.implicit_tls is False else {}),
            "require_tls": self.require_tls,
            "send_resolved": True,
            "headers": {
                "Subject": template("subject"),
                "Auto-Submitted": "auto-generated",  # nobody's absence notice is to answer an alert
            },
            "html": template("email.html"),
            "text": template("email.text"),
        }
