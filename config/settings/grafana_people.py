"""Grafana's users, teams and folder permissions, and what Grafana would refuse of them in the midst of an update."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from config.settings.base import Email, Model, Name

# the teams of those whose role is above Viewer
TEAM_OF_ROLE = {"Editor": "Editors", "Admin": "Admins"}


Role = Literal["Viewer", "Editor", "Admin"]
# an Admin may do everything in every folder, and can't be denied it
FolderRole = Literal["Viewer", "Editor"]
Permission = Literal["View", "Edit", "Admin"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=190)]
Login = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,38}$"), Field(examples=["anna"])]


class UserSettings(Model):
    """A person; the first password is the secret `grafanaUserPassword-<login>`.

    In the organisation everybody is a Viewer; an Editor may also edit in the folders, an Admin administers them, the
    server and its accounts.
    """

    login: Login
    email: Email
    name: Text = Field(examples=["Anna Bell"])
    role: Role = "Viewer"


class TeamSettings(Model):
    """A team of people, by their logins."""

    name: Text = Field(examples=["Shop"])
    members: tuple[Login, ...] = ()


class FolderPermissionSettings(Model):
    """What a team, or everybody with a role, may do in a folder.

    With `private: true`, alone in an entry: nobody may do anything there but those whom other entries for the folder
    name, and administrators.
    """

    folder: Name
    team: Text | None = None
    role: FolderRole | None = None
    permission: Permission | None = None
    private: bool = False

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.private and (self.team or self.role or self.permission):
            raise ValueError(
                f"private: true is an entry of its own for '{self.folder}'; say in another one who may do what there"
            )
        if not self.private and (self.team is None) == (self.role is None):
            raise ValueError("name either a team or a role, or make the folder private with private: true")
        if not self.private and self.permission is None:
            raise ValueError(f"permission: is missing for '{self.team or self.role}'; use View, Edit or Admin")
        return self


def people_problems(
    users: Sequence[UserSettings], teams: Sequence[TeamSettings], permissions: Sequence[FolderPermissionSettings]
) -> Iterator[str]:
    """A line for each thing that can't be, without the key of Grafana's settings in front."""
    yield from _users(users)
    yield from _teams(teams, users)
    yield from _permissions(permissions, teams)


def _users(users: Sequence[UserSettings]) -> Iterator[str]:
    logins = [user.login for user in users]
    if "admin" in logins:
        yield "users[].login: 'admin' is Grafana's own administrator; choose another"
    for login in _again(logins):
        yield f"users[].login: '{login}' is used twice; each needs its own"
    for index in _again_at([user.email.lower() for user in users]):
        yield (
            f"users[{index}].email: '{users[index].email}' is used twice; each needs its own, "
            "and capital letters make no difference"
        )


def _teams(teams: Sequence[TeamSettings], users: Sequence[UserSettings]) -> Iterator[str]:
    logins = {user.login for user in users}
    for name in _again([team.name for team in teams]):
        yield f"teams[].name: '{name}' is used twice; each needs its own"
    for index, team in enumerate(teams):
        for user in users:
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


def _permissions(permissions: Sequence[FolderPermissionSettings], teams: Sequence[TeamSettings]) -> Iterator[str]:
    names = {team.name for team in teams}
    holders = []
    for index, each in enumerate(permissions):
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
