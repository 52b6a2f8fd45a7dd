"""Who may do what: the roles of the settings as permissions on folders.

Grafana's organisation has roles of its own, but its default organisation exists before the program does, and the
provider can only manage members of organisations that it made itself. So everybody is a Viewer of the organisation,
and what an Editor or an Admin may do more is said on the folders, to a team for each of the two roles.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from config.grafana.settings import GrafanaSettings

EDITORS = "Editors"
ADMINS = "Admins"

Permission = Literal["View", "Edit", "Admin"]


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
    role: Literal["Viewer", "Editor"] | None = None


def teams(grafana: GrafanaSettings) -> list[Team]:
    """The teams of the settings, and one for each role above Viewer that somebody has."""
    addresses = {user.login: user.email for user in grafana.users}
    by_role = [
        Team(name=name, members=sorted(user.email for user in grafana.users if user.role == role))
        for name, role in ((EDITORS, "Editor"), (ADMINS, "Admin"))
    ]
    own = [Team(name=team.name, members=sorted(addresses[login] for login in team.members)) for team in grafana.teams]
    return [team for team in by_role if team.members] + own


def grants(grafana: GrafanaSettings, folder: str) -> list[Grant]:
    """All permissions on a folder; where the settings name some, they come on top of what the roles bring."""
    named = {team.name for team in teams(grafana)}
    by_role = [
        grant
        for grant in (Grant(permission="Edit", team=EDITORS), Grant(permission="Admin", team=ADMINS))
        if grant.team in named
    ]
    own = [
        Grant(permission=each.permission, team=each.team, role=each.role)
        for each in grafana.folder_permissions
        if each.folder == folder
    ]
    everybody = [] if any(grant.role == "Viewer" for grant in own) else [Grant(permission="View", role="Viewer")]
    return [*everybody, *by_role, *own]
