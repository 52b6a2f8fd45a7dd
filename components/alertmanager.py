"""Alertmanager: groups, routes, silences, and tells people."""

from dataclasses import dataclass

import pulumi

from components.base.carrier import CarrierArgs, config_carrier
from components.base.container import NOBODY, ContainerArgs, Limits, Published, container
from components.base.files import File
from components.base.mounts import Mount
from components.base.networks import Networks
from components.base.reloader import ReloaderArgs, config_reloader
from components.base.stack import Stack
from components.base.volumes import data_volume
from config import addresses, health_checks
from config.alertmanager.server import CONFIG_DIRECTORY, DATA_DIRECTORY, TRIM_EVENTS, alertmanager_config, arguments
from config.settings.channels.base import credential_file


@dataclass(frozen=True, kw_only=True)
class AlertmanagerArgs:
    """What Alertmanager needs.

    Attributes:
        stack: what it belongs to.
        networks: where it is reached, and reaches receivers.
    """

    stack: Stack
    networks: Networks


class Alertmanager(pulumi.ComponentResource):
    """The server, its state (silences, what was sent), its configuration (`autonomica:monitoring:Alertmanager`)."""

    def __init__(self, name: str, args: AlertmanagerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:Alertmanager", name, {}, opts)
        stack, below = args.stack, pulumi.ResourceOptions(parent=self)
        settings = stack.settings
        config = alertmanager_config(settings)
        data = data_volume("alertmanager-data", stack, below)
        data_mount = Mount(target=DATA_DIRECTORY, volume=data.name, read_only=False)
        carrier = config_carrier(
            "alertmanager-config",
            CarrierArgs(
                stack=stack,
                directory=CONFIG_DIRECTORY,
                files=[
                    *(
                        File(path=credential_file(key), content=stack.secrets[key], owner=NOBODY, secret=True)
                        for key in sorted(settings.notifications.secret_keys)
                    ),
                    *(File(path=f"{CONFIG_DIRECTORY}/{path}", content=text) for path, text in config.files.items()),
                ],
            ),
            below,
        )
        self.container = container(
            "alertmanager",
            ContainerArgs(
                stack=stack,
                image="alertmanager",
                limits=Limits(memory_mb=settings.alertmanager.memory_mb, cpus=settings.alertmanager.cpus),
                user=NOBODY,
                networks=[
                    args.networks.monitoring("alertmanager"),
                    args.networks.edge(),
                    *args.networks.receivers,
                ],
                command=arguments(settings),
                mounts=[carrier.mount, data_mount],
                published=[Published(internal=9093, external=settings.alertmanager.port)],
                health=health_checks.http_get(9093, "/-/ready"),
                after=[carrier.container],
            ),
            below,
        )
        self.reloader = config_reloader(
            "alertmanager-reloader",
            ReloaderArgs(
                stack=stack,
                image="alertmanager",
                user=NOBODY,
                status_url=f"http://{addresses.ALERTMANAGER}/api/v2/status",
                metrics_url=f"http://{addresses.ALERTMANAGER}/metrics",
                revision=config.revision,
                reload_url=f"http://{addresses.ALERTMANAGER}/-/reload",
                network=args.networks.monitoring(),
                after=[carrier.container],
                hourly=TRIM_EVENTS,
                mounts=[data_mount],
            ),
            below,
        )
        self.url = f"http://{settings.publish_address}:{settings.alertmanager.port}"
        self.register_outputs({"url": self.url, "revision": config.revision})
