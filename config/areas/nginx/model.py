"""nginx: limits of its alerts, and where its status page is."""

from typing import Annotated

from pydantic import Field, field_validator

from config.settings.base import HostPort, Seconds, ServerSettings, Thresholds, Tls, TlsSettings, UrlPath


class NginxThresholds(Thresholds):
    """nginx and its connections; `dropped_connections`: within 5 minutes, for want of `worker_connections`."""

    jobs = ("nginx",)

    down_seconds: Seconds = 60
    dropped_connections: Annotated[int, Field(ge=0, examples=[0])] = 0


class NginxSettings(ServerSettings):
    """An nginx with a `stub_status` page, which the exporter reads on one of `networks.services`, or elsewhere."""

    address: Annotated[HostPort, Field(examples=["nginx:8080"])]
    path: UrlPath = "/stub_status"
    tls: Tls = None

    @field_validator("tls")
    @classmethod
    def _name_is_the_address(cls, tls: TlsSettings | None) -> TlsSettings | None:
        if tls and tls.server_name:
            raise ValueError("the nginx exporter knows no serverName; give nginx's name as its address")
        return tls
