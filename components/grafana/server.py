"""Grafana's server: its container, its state, its credentials."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.base.container import ContainerArgs, Limits, Published, container
from components.base.files import File
from components.base.mounts import Mount
from components.base.networks import Attachment, Networks
from components.base.stack import Stack
from components.base.volumes import data_volume
from config import health_checks
from config.grafana.oauth import OAUTH_CA_FILE, OAUTH_SECRET_FILE
from config.grafana.server import (
    ADMIN_PASSWORD_FILE,
    DATA_DIRECTORY,
    DATABASE_CA_FILE,
    DATABASE_PASSWORD_FILE,
    SECRET_KEY_FILE,
    START_COMMAND,
    environment,
)
from config.settings.grafana import GrafanaSettings
from config.settings.load import Secrets

_USER = 472  # the image's own
_FILES = {
    ADMIN_PASSWORD_FILE: "grafanaAdminPassword",
    SECRET_KEY_FILE: "grafanaSecretKey",
    DATABASE_PASSWORD_FILE: "grafanaDatabasePassword",
    OAUTH_SECRET_FILE: "grafanaOauthClientSecret",
}


@dataclass(frozen=True, kw_only=True)
class GrafanaArgs:
    """What Grafana needs.

    Attributes:
        stack: what it belongs to.
        networks: where it is reached, and reaches the PostgreSQL servers that it shows or keeps its state in.
        after: what must be there before it.
    """

    stack: Stack
    networks: Networks
    after: Sequence[pulumi.Resource] = ()


class Grafana(pulumi.ComponentResource):
    """The server (`autonomica:monitoring:Grafana`).

    It listens on 3000, published on the host where the settings say. What it shows is placed by `GrafanaContent`.
    """

    def __init__(self, name: str, args: GrafanaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:Grafana", name, {}, opts)
        stack, below = args.stack, pulumi.ResourceOptions(parent=self)
        settings = stack.settings
        self.data = data_volume("grafana-data", stack, below)
        self.container = container(
            "grafana",
            ContainerArgs(
                stack=stack,
                image="grafana",
                limits=Limits(memory_mb=settings.grafana.memory_mb, cpus=settings.grafana.cpus),
                user=_USER,
                networks=[args.networks.monitoring("grafana"), *_outside(settings.grafana, args)],
                entrypoint=["/bin/sh", "-c", START_COMMAND],
                environment=environment(settings.grafana),
                files=_files(settings.grafana, stack.secrets),
                mounts=[Mount(target=DATA_DIRECTORY, volume=self.data.name, read_only=False)],
                published=[Published(internal=3000, external=settings.grafana.port)],
                health=health_checks.http_get(3000, "/api/health"),
                after=args.after,
                # a new version migrates its database at its first start
                start_seconds=300,
            ),
            below,
        )
        self.url = f"http://{settings.publish_address}:{settings.grafana.port}"
        # a literal, because a provider's address has to be known before anything runs
        self.api_url = settings.grafana.api_url or self.url
        self.auth = stack.secrets["grafanaAdminPassword"].apply(lambda password: f"admin:{password}")
        self.register_outputs({"url": self.url})


def _files(grafana: GrafanaSettings, secrets: Secrets) -> list[File]:
    oauth, database = grafana.oauth, grafana.database
    return [
        *(
            File(path=path, content=secrets[key], owner=_USER, secret=True)
            for path, key in _FILES.items()
            if key in secrets
        ),
        *([File(path=OAUTH_CA_FILE, content=oauth.ca)] if oauth and oauth.ca else []),
        *([File(path=DATABASE_CA_FILE, content=database.own_ca)] if database and database.own_ca else []),
    ]


def _outside(settings: GrafanaSettings, args: GrafanaArgs) -> list[Attachment]:
    """Where it meets people. Who reaches databases isn't on the edge: then its port is published on `exporters`."""
    if settings.postgres is None and settings.database is None:
        return [args.networks.edge()]
    return [args.networks.exporters(), *args.networks.databases]
