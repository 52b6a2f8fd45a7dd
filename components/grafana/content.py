"""What Grafana shows: datasources, folders, dashboards."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumiverse_grafana as grafana

from components.base.stack import Stack
from config.grafana.content import PlacedDashboard, folders
from config.grafana.datasources import Datasource, datasources
from config.settings.load import Secrets


@dataclass(frozen=True, kw_only=True)
class GrafanaContentArgs:
    """Where it goes.

    Attributes:
        stack: what it belongs to.
        server: what has to be there before anything is placed in it.
        dashboards: everything that is to be looked at.
    """

    stack: Stack
    server: pulumi.Resource
    dashboards: Sequence[PlacedDashboard]


class GrafanaContent(pulumi.ComponentResource):
    """Everything a viewer sees (`autonomica:monitoring:GrafanaContent`)."""

    def __init__(self, name: str, args: GrafanaContentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:GrafanaContent", name, {}, opts)
        stack = args.stack
        # each resource waits for the server: that its provider does would order nothing
        self._options = pulumi.ResourceOptions(parent=self, depends_on=[args.server])
        for source in datasources(stack.settings):
            self._datasource(source, stack.secrets)
        self.folders = {
            uid: grafana.oss.Folder(f"folder-{uid}", uid=uid, title=title, opts=self._options)
            for uid, title in folders(args.dashboards).items()
        }
        self.dashboards = {
            each.uid: grafana.oss.Dashboard(
                f"dashboard-{each.uid}",
                folder=self.folders[each.folder].uid,
                config_json=json.dumps(each.document, sort_keys=True),
                overwrite=True,
                opts=self._options,
            )
            for each in args.dashboards
        }
        self.register_outputs({})

    def _datasource(self, source: Datasource, secrets: Secrets) -> None:
        grafana.oss.DataSource(
            f"datasource-{source.uid}",
            uid=source.uid,
            name=source.name,
            type=source.type,
            url=source.url,
            access_mode="proxy",
            is_default=source.default,
            username=source.user if source.database else None,
            database_name=source.database,
            basic_auth_enabled=bool(source.user and not source.database),
            basic_auth_username=None if source.database else source.user,
            json_data_encoded=json.dumps(source.json_data, sort_keys=True),
            secure_json_data_encoded=_password(source, secrets),
            opts=self._options,
        )


def _password(source: Datasource, secrets: Secrets) -> pulumi.Output[str] | None:
    if source.password is None:
        return None
    field = "password" if source.database else "basicAuthPassword"
    return pulumi.Output.secret(secrets[source.password].apply(lambda value: json.dumps({field: value})))
