"""Who may see and change what in Grafana: people, teams, folder permissions, accounts for automation."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumiverse_grafana as grafana

from components.base.stack import Stack
from components.grafana.service_account import service_account
from config.grafana.people import Grant, grants, teams


@dataclass(frozen=True, kw_only=True)
class GrafanaPeopleArgs:
    """Whom it is for.

    Attributes:
        stack: what it belongs to.
        server: what has to be there before anybody is let in.
        folders: the folders by uid; each gets its permissions.
        home: the dashboard that everybody sees first, already placed.
    """

    stack: Stack
    server: pulumi.Resource
    folders: Mapping[str, grafana.oss.Folder]
    home: pulumi.Resource


class GrafanaPeople(pulumi.ComponentResource):
    """Preferences, users, teams, permissions, service accounts (`autonomica:monitoring:GrafanaPeople`).

    `tokens` are what programs sign in with: name of the service account -> its token, a secret.
    """

    def __init__(self, name: str, args: GrafanaPeopleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:GrafanaPeople", name, {}, opts)
        stack = args.stack
        settings = stack.settings.grafana
        after_server = pulumi.ResourceOptions(parent=self, depends_on=[args.server])
        grafana.oss.OrganizationPreferences(
            "preferences",
            theme=settings.preferences.theme,
            timezone=settings.preferences.timezone,
            week_start=settings.preferences.first_day,
            home_dashboard_uid=settings.preferences.home,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.home]),
        )
        users = [
            grafana.oss.User(
                f"user-{user.login}",
                login=user.login,
                email=user.email,
                name=user.name,
                # the first one: whoever changes it in Grafana keeps the one they chose
                password=stack.secrets[f"grafanaUserPassword-{user.login}"],
                # of the server: in the organisation they are Viewers as everybody else
                is_admin=user.role == "Admin",
                opts=pulumi.ResourceOptions.merge(
                    after_server, pulumi.ResourceOptions(additional_secret_outputs=["password"])
                ),
            )
            for user in settings.users
        ]
        placed = {
            team.name: grafana.oss.Team(
                f"team-{team.name}",
                name=team.name,
                members=list(team.members),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[args.server, *users]),
            )
            for team in teams(settings)
        }
        for uid, folder in args.folders.items():
            grafana.oss.FolderPermission(
                f"permissions-{uid}",
                folder_uid=folder.uid,
                permissions=[_permission(grant, placed) for grant in grants(settings, uid)],
                opts=after_server,
            )
        self.tokens = {
            account.name: service_account(account.name, account.role, opts=after_server)
            for account in settings.service_accounts
        }
        self.register_outputs({})


def _permission(grant: Grant, placed: Mapping[str, grafana.oss.Team]) -> grafana.oss.FolderPermissionPermissionArgs:
    return grafana.oss.FolderPermissionPermissionArgs(
        permission=grant.permission,
        role=grant.role,
        team_id=placed[grant.team].id if grant.team else None,
    )
