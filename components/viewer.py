"""The viewer: the dashboards as live pages where there is no Grafana, and the weekly report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.base.carrier import CarrierArgs, config_carrier
from components.base.container import ContainerArgs, Limits, Published, container
from components.base.files import File
from components.base.mounts import Mount
from components.base.networks import Networks
from components.base.stack import Stack
from components.base.volumes import data_volume
from config import health_checks
from config.grafana.content import PlacedDashboard
from config.viewer.files import (
    DASHBOARDS_DIRECTORY,
    DATA_DIRECTORY,
    PASSWORD_FILE,
    SETTINGS_FILE,
    dashboard_files,
    viewer_file,
)

_USER = 10002  # the image's own
_PAGES_PORT = 3000


@dataclass(frozen=True, kw_only=True)
class ViewerArgs:
    """What the viewer needs.

    Attributes:
        stack: what it belongs to.
        networks: the stack's networks.
        dashboards: everything that is to be looked at.
    """

    stack: Stack
    networks: Networks
    dashboards: Sequence[PlacedDashboard]


class Viewer(pulumi.ComponentResource):
    """Shows the dashboards straight from Prometheus, read-only (`autonomica:monitoring:Viewer`).

    Where the stack has no Grafana its pages are on Grafana's port; where it has one no port is published, and the
    viewer only draws the report. Changed dashboards are shown without a restart. Until when reports have gone out is
    kept in a volume, so that a restart forgets none and sends none twice.

    Attributes:
        urls: `viewer`, where its pages are published, if they are.
    """

    def __init__(self, name: str, args: ViewerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:Viewer", name, {}, opts)
        stack, below = args.stack, pulumi.ResourceOptions(parent=self)
        settings = stack.settings
        report, published = settings.viewer.report, not settings.grafana.enabled
        dashboards = config_carrier(
            "viewer-dashboards",
            CarrierArgs(
                stack=stack,
                directory=DASHBOARDS_DIRECTORY,
                files=[
                    File(path=f"{DASHBOARDS_DIRECTORY}/{name}", content=content)
                    for name, content in dashboard_files(settings, args.dashboards).items()
                ],
            ),
            below,
        )
        networks = [args.networks.monitoring("viewer")]
        if report or published:
            networks.append(args.networks.edge())
        files = [File(path=SETTINGS_FILE, content=viewer_file(settings))]
        mounts = [dashboards.mount]
        if report:
            networks += args.networks.receivers
            if password := stack.secrets.get("smtpPassword"):  # a relay may ask for none
                files.append(File(path=PASSWORD_FILE, content=password, owner=_USER, secret=True))
            volume = data_volume("viewer-data", stack, below)
            mounts.append(Mount(target=DATA_DIRECTORY, volume=volume.name, read_only=False))
        self.container = container(
            "viewer",
            ContainerArgs(
                stack=stack,
                image="viewer",
                limits=Limits(memory_mb=settings.viewer.memory_mb, cpus=settings.viewer.cpus),
                user=_USER,
                networks=networks,
                command=["serve"],
                files=files,
                mounts=mounts,
                health=health_checks.python_get((8080, "/metrics"), (_PAGES_PORT, "/health")),
                published=[Published(internal=_PAGES_PORT, external=settings.grafana.port)] if published else [],
                stop_seconds=60,  # a report that is being drawn may still go out
                after=[dashboards.container],
            ),
            below,
        )
        self.urls: Mapping[str, str] = {"viewer": settings.grafana.url} if published else {}
        self.register_outputs({"urls": dict(self.urls)})
