"""What can't be among people, teams and permissions: Grafana would refuse it in the midst of an update."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the settings themselves ask here
    from config.settings.grafana import GrafanaSettings

# the teams of those whose role is above Viewer
TEAM_OF_ROLE = {"Editor": "Editors", "Admin": "Admins"}


def people_problems(grafana: GrafanaSettings) -> Iterator[str]:
    """A line for each thing that can't be, without the key of Grafana's settings in front."""
    yield from _users(grafana)
    yield from _teams(grafana)
    yield from _permissions(grafana)
    if grafana.users and grafana.oauth and grafana.oauth.users_by_email is None:
        yield (
            "oauth.usersByEmail: say whether who signs on with the e-mail address of one of users gets that account "
            "(true: only where the provider verifies addresses) or is turned away (false)"
        )


def _users(grafana: GrafanaSettings) -> Iterator[str]:
    logins = [user.login for user in grafana.users]
    if "admin" in logins:
        yield "users[].login: 'admin' is Grafana's own administrator; choose another"
    for login in _again(logins):
        yield f"users[].login: '{login}' is used twice; each needs its own"
    for index in _again_at([user.email.lower() for user in grafana.users]):
        yield (
            f"users[{index}].email: '{grafana.users[index].email}' is used twice; each needs its own, "
            "and capital letters make no difference"
        )


def _teams(grafana: GrafanaSettings) -> Iterator[str]:
    logins = {user.login for user in grafana.users}
    for name in _again([team.name for team in grafana.teams]):
        yield f"teams[].name: '{name}' is used twice; each needs its own"
    for index, team in enumerate(grafana.teams):
        for user in grafana.users:
            if TEAM_OF_ROLE.get(user.role) == team.name:
                yield (
                    f"teams[{index}].name: '{team.name}' is also the team of users with the role {user.role}, as "
                    f"'{user.login}' has it; choose another name"
                )
        for login in team.members:
            if login not in logins:
                yield f"teams[{index}].members: '{login}' is not one of users; add the user or correct it"
        for login in _again(team.members):
            yield f"teams[{index}].members: '{login}' is in '{team.name}' twice; leave one out"


def _permissions(grafana: GrafanaSettings) -> Iterator[str]:
    names = {team.name for team in grafana.teams}
    holders = []
    for index, each in enumerate(grafana.folder_permissions):
        if each.team is not None and each.team not in names:
            yield f"folderPermissions[{index}].team: '{each.team}' is not one of teams"
        who = f"team '{each.team}'" if each.team else f"role '{each.role}'" if each.role else "private"
        holders.append(f"folder '{each.folder}' has {who}")
    for holder in _again(holders):
        yield f"folderPermissions[]: {holder} twice; leave one out"


def _again(values: Sequence[str]) -> Iterator[str]:
    """Those that were there before."""
    return (values[index] for index in _again_at(values))


def _again_at(values: Sequence[str]) -> Iterator[int]:
    return (index for index, value in enumerate(values) if value in values[:index])
