"""The base of every channel: its settings, its secrets, and what Alertmanager is given for it."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic.alias_generators import to_snake

from config.settings.base import Model

Config = dict[str, Any]
Severity = Literal["critical", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")
SECRETS_DIRECTORY = "/etc/alertmanager/secrets"


def credential_file(secret_key: str) -> str:
    """The file that holds a secret for Alertmanager: `smtpPassword` -> `.../smtp_password`."""
    return f"{SECRETS_DIRECTORY}/{to_snake(secret_key)}"


def template(name: str) -> str:
    """A field that one of our templates fills in."""
    return f'{{{{ template "autonomica.{name}" . }}}}'


def bearer(secret_key: str) -> Config:
    """HTTP options by which a secret is sent along as a bearer token."""
    return {"authorization": {"type": "Bearer", "credentials_file": credential_file(secret_key)}}


class Channel(Model):
    """A way to tell people, as the stack has it. A further receiver names an address on it.

    Attributes:
        title: what people call it.
        configs: its key in a receiver of alertmanager.yml.
        secrets: names of all the secrets that it can ask for.
    """

    title: ClassVar[str]
    configs: ClassVar[str]
    secrets: ClassVar[tuple[str, ...]]

    @abstractmethod
    def told(self, severity: Severity) -> object:
        """The address that alerts of a severity go to; nothing (None) if they aren't sent here."""

    @abstractmethod
    def secret_keys(self, suffix: str = "") -> Iterator[str]:
        """The secrets that these settings make use of; the suffix is that of a further receiver's own channel."""

    def address_problem(self, address: Any) -> str | None:  # noqa: ARG002 - for those that can't tell every address
        """What is wrong with an address on this channel, which a further receiver names."""
        return None

    @abstractmethod
    def config(self, address: Any, suffix: str = "") -> Config:
        """An entry under `configs`."""


class OwnChannel(Channel):
    """A channel that each receiver brings whole: its URL or key, a secret, is that of one place.

    The secret of a further receiver ends in its name: `teamsWebhookUrl-shop`.

    Attributes:
        severities: those that go there where it is the stack's.
    """

    severities: ClassVar[tuple[Severity, ...]]

    def told(self, severity: Severity) -> object:
        return self if severity in self.severities else None

    def secret_keys(self, suffix: str = "") -> Iterator[str]:
        for key in self.secrets:
            yield f"{key}{suffix}"
