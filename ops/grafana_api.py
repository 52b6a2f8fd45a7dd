"""Grafana's HTTP API, as the stack's administrator."""

from dataclasses import dataclass, field

import requests

from ops.errors import OpsError
from ops.grafana_choice import absent
from ops.health.http_api import SECONDS, plain_reason
from ops.outputs import Outputs
from ops.pulumi_cli import Pulumi

_UNAUTHORIZED = 401


class NotLetIn(OpsError):
    """Grafana refuses the administrator's password."""


@dataclass(frozen=True)
class GrafanaApi:
    """One Grafana.

    Attributes:
        url: its base address, without a slash at the end.
        password: the administrator's; never shown.
    """

    url: str
    password: str = field(repr=False)

    @classmethod
    def of(cls, outputs: Outputs, pulumi: Pulumi, *, url: str | None = None) -> "GrafanaApi":
        """The stack's own Grafana.

        Args:
            outputs: of the last deployment.
            pulumi: of the stack, which knows the password.
            url: where it is reached now, if not as at the last deployment.

        Raises:
            OpsError: the stack was deployed without Grafana, or its password isn't in the configuration.
        """
        url = url or outputs.grafana_api_url
        if url is None:
            [words] = absent(pulumi.stack, outputs.urls).values()
            raise OpsError(f"Grafana is {words}")
        return cls(url.rstrip("/"), pulumi.run(["config", "get", "grafanaAdminPassword"]).strip())

    def get(self, path: str) -> object:
        """GET a JSON document; None when there is none (404).

        Raises:
            OpsError: Grafana doesn't answer, or refuses.
        """
        try:
            answer = requests.get(self.url + path, auth=("admin", self.password), timeout=SECONDS)
        except requests.RequestException as error:
            raise OpsError(f"Grafana doesn't answer at {self.url}: {plain_reason(error)}") from None
        if answer.status_code == requests.codes.not_found:
            return None
        if answer.status_code == _UNAUTHORIZED:
            raise NotLetIn(f"Grafana at {self.url} refuses the administrator's password; `make up` sets it anew")
        try:
            document: object = answer.json()
        except ValueError:
            raise OpsError(f"{self.url}{path} answered {answer.status_code} with something that isn't JSON") from None
        if not answer.ok:
            said = document.get("message") if isinstance(document, dict) else None
            raise OpsError(f"Grafana answers {answer.status_code} to GET {path}: {said or answer.reason}")
        return document
