"""Alertmanager: groups, routes, silences, and tells people."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.base.carrier import ConfigCarrierArgs, config_carrier
from components.base.container import NOBODY, Limits, Published, ServiceArgs, service
from components.base.files import File
from components.base.mounts import Mount
from components.base.networks import Attachment, Networks
from components.base.reloader import ConfigReloaderArgs, config_reloader
from components.base.stack import Stack
from components.base.volumes import data_volume
from config import addresses, health_checks
from config.alertmanager.credentials import credential_file
from config.alertmanager.server import CONFIG_DIRECTORY, DATA_DIRECTORY, TRIM_EVENTS, alertmanager_config, arguments
from config.settings.load import Secrets


@dataclass(frozen=True, kw_only=True)
class AlertmanagerArgs:
    """What Alertmanager needs.

    Attributes:
        networks: the stack's networks.
        receiver_networks: Docker networks on which receivers are reached, beside the edge.
        secrets: those that the settings of notifications make use of, and perhaps more.
    """

    networks: Networks
    receiver_networks: Sequence[pulumi.Input[str]]
    secrets: Secrets


class Alertmanager(pulumi.ComponentResource):
    """The server, its state (silences, what was sent), its configuration (`autonomica:monitoring:Alertmanager`)."""

    def __init__(self, args: AlertmanagerArgs, *, stack: Stack, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:Alertmanager", "alertmanager", {}, opts)
        settings = stack.settings
        config = alertmanager_config(settings)
        data = data_volume(stack, "alertmanager-data", self)
        data_mount = Mount(target=DATA_DIRECTORY, volume=data.name, read_only=False)
        carrier = config_carrier(
            "alertmanager-config",
            ConfigCarrierArgs(
                directory=CONFIG_DIRECTORY,
                files=[
                    *(
                        File(path=credential_file(key), content=args.secrets[key], owner=NOBODY, secret=True)
                        for key in sorted(settings.notifications.secret_keys)
                    ),
                    *(File(path=f"{CONFIG_DIRECTORY}/{path}", content=text) for path, text in config.files.items()),
                ],
            ),
            stack=stack,
            parent=self,
        )
        self.container = service(
            "alertmanager",
            ServiceArgs(
                image="alertmanager",
                limits=Limits(memory_mb=settings.alertmanager.memory_mb, cpus=settings.alertmanager.cpus),
                user=NOBODY,
                networks=[
                    args.networks.monitoring("alertmanager"),
                    args.networks.edge(),
                    *(Attachment(network=network) for network in args.receiver_networks),
                ],
                command=arguments(settings),
                mounts=[carrier.mount, data_mount],
                published=[Published(internal=9093, external=settings.alertmanager.port)],
                health=health_checks.http_get(9093, "/-/ready"),
                after=[carrier.container],
            ),
            stack=stack,
            parent=self,
        )
        self.reloader = config_reloader(
            "alertmanager-reloader",
            ConfigReloaderArgs(
                image="alertmanager",
                user=NOBODY,
                status_url=f"http://{addresses.ALERTMANAGER}/api/v2/status",
                revision=config.revision,
                reload_url=f"http://{addresses.ALERTMANAGER}/-/reload",
                network=args.networks.monitoring(),
                after=[carrier.container],
                hourly=TRIM_EVENTS,
                mounts=[data_mount],
            ),
            stack=stack,
            parent=self,
        )
        self.url = f"http://{settings.publish_address}:{settings.alertmanager.port}"
        self.register_outputs({"url": self.url, "revision": config.revision})
