"""A custom integration."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from config.settings.base import HttpUrl
from config.settings.channels.base import Config, OwnChannel, bearer, credential_file


class WebhookChannel(OwnChannel):
    """A custom integration that takes Alertmanager's webhook format.

    A URL that is itself a credential is a secret: `webhookUrl`, or `webhookUrl-<receiver>` for a further receiver.
    So is the bearer token that is sent along where `token` says so: `webhookToken`, `webhookToken-<receiver>`.
    """

    title = "webhook"
    configs = "webhook_configs"
    secrets = ("webhookToken", "webhookUrl")
    severities = ("critical",)

    url: HttpUrl | None = None
    secret_url: bool = False
    token: bool = False
    max_alerts: Annotated[int, Field(ge=1, le=10_000, examples=[100])] = 100

    @model_validator(mode="after")
    def _one_url(self) -> Self:
        if self.secret_url == (self.url is not None):
            raise ValueError("needs either a url or, where the URL is a secret, secretUrl: true")
        return self

    def secret_keys(self, suffix: str = "") -> Iterator[str]:
        if self.secret_url:
            yield f"webhookUrl{suffix}"
        if self.token:
            yield f"webhookToken{suffix}"

    def config(self, address: object, suffix: str = "") -> Config:  # noqa: ARG002 - itself
        config: Config = {"send_resolved": True, "max_alerts": self.max_alerts}
        if self.secret_url:
            config["url_file"] = credential_file(f"webhookUrl{suffix}")
        else:
            config["url"] = self.url
        if self.token:
            config["http_config"] = bearer(f"webhookToken{suffix}")
        return config
