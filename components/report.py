"""The weekly report: draws dashboards and mails them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.files import File
from components.grafana_service_account import service_account
from components.mounts import Mount
from components.networks import Attachment, Networks
from components.service import Limits, ServiceArgs, service
from components.stack import Stack
from components.volumes import data_volume
from config.report import DATA_DIRECTORY, PASSWORD_FILE, SETTINGS_FILE, TOKEN_FILE, report_file

_USER = 10002  # the image's own


@dataclass(frozen=True, kw_only=True)
class ReportArgs:
    """What the report needs.

    Attributes:
        networks: the stack's networks.
        mail_networks: Docker networks on which the mail server is reached, beside the edge.
        smtp_password: lets it send.
        server: the Grafana that has the dashboards.
        account: options of the account in it.
    """

    networks: Networks
    mail_networks: Sequence[pulumi.Input[str]]
    smtp_password: pulumi.Output[str]
    server: pulumi.Resource
    account: pulumi.ResourceOptions


class Report(pulumi.ComponentResource):
    """Sends when it is due, and exports metrics on 8080 (`autonomica:monitoring:Report`).

    It signs in to Grafana with an account of its own, which may only look. Until when reports have gone out is kept in
    a volume, so that a restart forgets none and sends none twice.
    """

    def __init__(self, args: ReportArgs, *, stack: Stack, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:Report", "report", {}, opts)
        data = data_volume(stack, "report-data", self)
        after_server = pulumi.ResourceOptions(parent=self, depends_on=[args.server])
        token = service_account("report", "Viewer", opts=pulumi.ResourceOptions.merge(args.account, after_server))
        self.container = service(
            "report",
            ServiceArgs(
                image="report",
                limits=Limits(memory_mb=512, cpus=0.5),
                user=_USER,
                networks=[
                    args.networks.monitoring("report"),
                    args.networks.edge(),
                    *(Attachment(network=network) for network in args.mail_networks),
                ],
                command=["serve"],
                files=[
                    File(path=SETTINGS_FILE, content=report_file(stack.settings)),
                    File(path=TOKEN_FILE, content=token, owner=_USER, secret=True),
                    File(path=PASSWORD_FILE, content=args.smtp_password, owner=_USER, secret=True),
                ],
                mounts=[Mount(target=DATA_DIRECTORY, volume=data.name, read_only=False)],
                health=["CMD", "python3", "-m", "report", "healthcheck"],
                stop_seconds=60,  # one that is being drawn may still go out
            ),
            stack=stack,
            parent=self,
        )
        self.register_outputs({})
