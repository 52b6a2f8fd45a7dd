"""Who may do what: the roles of the settings as permissions on folders.

Grafana's organisation has roles of its own, but its default organisation exists before the program does, and the
provider can only manage members of organisations that it made itself. So everybody of the settings is a Viewer of the
organisation, and what an Editor or an Admin may do more is said on the folders, to a team for each of the two roles.
An Admin is also one of the server's administrators, who manage its accounts, and can so give themselves any role.
Service accounts and people of the single sign-on have the organisation's own roles, which folders name, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.settings.grafana import GrafanaSettings
from config.settings.grafana_people import TEAM_OF_ROLE, FolderRole, Permission

EDITORS = TEAM_OF_ROLE["Editor"]
ADMINS = TEAM_OF_ROLE["Admin"]

# Grafana takes these away from a folder whose permissions are managed, unless they are among them.
_DEFAULTS: Mapping[FolderRole, Permission] = {"Viewer": "View", "Editor": "Edit"}


@dataclass(frozen=True, kw_only=True)
class Team:
    """A team by name, its members by e-mail address, as Grafana lists them."""

    name: str
    members: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a team, or everybody with a role in the organisation, may do in a folder."""

    permission: Permission
    team: str | None = None
    role: FolderRole | None = None


def teams(grafana: GrafanaSettings) -> list[Team]:
    """The teams of the settings, and one for each role above Viewer that somebody has."""
    addresses = {user.login: user.email for user in grafana.users}
    own = [Team(name=team.name, members=sorted(addresses[login] for login in team.members)) for team in grafana.teams]
    return [*_teams_of_roles(grafana), *own]


def _teams_of_roles(grafana: GrafanaSettings) -> list[Team]:
    by_role = [
        Team(name=name, members=sorted(user.email for user in grafana.users if user.role == role))
        for role, name in TEAM_OF_ROLE.items()
    ]
    return [team for team in by_role if team.members]


def grants(grafana: GrafanaSettings, folder: str) -> list[Grant]:
    """All permissions on a folder: what Grafana itself gives the roles, changed and added to by the settings.

    In a private folder the roles have none but what the settings say. The Admins keep theirs: who administers the
    server could always take it.
    """
    own = [each for each in grafana.folder_permissions if each.folder == folder]
    by_role: dict[FolderRole, Permission] = {} if private(grafana, folder) else {**_DEFAULTS}
    by_role |= {each.role: each.permission for each in own if each.role and each.permission}
    by_team: dict[str, Permission] = {ADMINS: "Admin"}
    if "Editor" in by_role:
        # the settings' Editors are Viewers of the organisation: what its role Editor may do, their team may
        by_team[EDITORS] = by_role["Editor"]
    there = {team.name for team in _teams_of_roles(grafana)}
    return [
        *(Grant(permission=permission, role=role) for role, permission in by_role.items()),
        *(Grant(permission=permission, team=team) for team, permission in by_team.items() if team in there),
        *(Grant(permission=each.permission, team=each.team) for each in own if each.team and each.permission),
    ]


def private(grafana: GrafanaSettings, folder: str) -> bool:
    """Is a folder only for those whom the settings name?"""
    return any(each.private for each in grafana.folder_permissions if each.folder == folder)
