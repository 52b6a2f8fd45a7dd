"""Roles become teams and permissions on folders; nobody gets more than the settings say."""

from typing import Any

import pytest
from pydantic import ValidationError

from config.grafana.people import Grant, Team, grants, teams
from config.settings.grafana import GrafanaSettings

ANNA = {"login": "anna", "email": "anna@example.com", "name": "Anna Bell", "role": "Editor"}
BEN = {"login": "ben", "email": "ben@example.com", "name": "Ben Cole", "role": "Admin"}
CARA = {"login": "cara", "email": "cara@example.com", "name": "Cara Dunn"}


def grafana(**values: Any) -> GrafanaSettings:
    return GrafanaSettings.model_validate(values, strict=False)


def test_a_role_above_viewer_is_a_team() -> None:
    assert teams(grafana(users=[ANNA, BEN, CARA])) == [
        Team(name="Editors", members=["anna@example.com"]),
        Team(name="Admins", members=["ben@example.com"]),
    ]
    assert teams(grafana(users=[CARA])) == []


def test_members_of_a_team_go_by_their_address() -> None:
    settings = grafana(users=[ANNA, CARA], teams=[{"name": "Shop", "members": ["cara", "anna"]}])
    assert teams(settings)[1] == Team(name="Shop", members=["anna@example.com", "cara@example.com"])


EVERYBODY = [Grant(permission="View", role="Viewer"), Grant(permission="Edit", role="Editor")]


def test_the_organisations_roles_may_do_what_grafana_itself_gives_them() -> None:
    assert grants(grafana(), "applications") == EVERYBODY


def test_everybody_may_see_editors_may_edit_admins_may_administer() -> None:
    assert grants(grafana(users=[ANNA, BEN]), "applications") == [
        *EVERYBODY,
        Grant(permission="Admin", team="Admins"),
        Grant(permission="Edit", team="Editors"),
    ]


def test_a_folder_can_be_given_to_a_team() -> None:
    settings = grafana(
        users=[CARA],
        teams=[{"name": "Shop", "members": ["cara"]}],
        folderPermissions=[{"folder": "applications", "team": "Shop", "permission": "Edit"}],
    )
    assert grants(settings, "applications") == [*EVERYBODY, Grant(permission="Edit", team="Shop")]
    assert grants(settings, "overview") == EVERYBODY


def test_what_a_role_may_do_can_be_changed_and_holds_for_the_settings_editors_too() -> None:
    settings = grafana(
        users=[ANNA], folderPermissions=[{"folder": "applications", "role": "Editor", "permission": "View"}]
    )
    assert grants(settings, "applications") == [
        Grant(permission="View", role="Viewer"),
        Grant(permission="View", role="Editor"),
        Grant(permission="View", team="Editors"),
    ]


def test_a_folder_can_be_given_to_a_team_and_taken_from_everybody_else() -> None:
    settings = grafana(
        users=[ANNA, BEN, CARA],
        teams=[{"name": "Shop", "members": ["cara"]}],
        folderPermissions=[
            {"folder": "applications", "private": True},
            {"folder": "applications", "team": "Shop", "permission": "Edit"},
        ],
    )
    assert grants(settings, "applications") == [
        Grant(permission="Admin", team="Admins"),
        Grant(permission="Edit", team="Shop"),
    ]
    assert EVERYBODY[0] in grants(settings, "overview")


def test_a_private_folder_can_be_for_a_role() -> None:
    settings = grafana(
        users=[ANNA, CARA],
        folderPermissions=[
            {"folder": "applications", "role": "Editor", "permission": "Edit"},
            {"folder": "applications", "private": True},
        ],
    )
    assert grants(settings, "applications") == [
        Grant(permission="Edit", role="Editor"),
        Grant(permission="Edit", team="Editors"),
    ]


def test_a_team_may_be_called_as_a_role_that_nobody_has() -> None:
    settings = grafana(users=[CARA], teams=[{"name": "Editors", "members": ["cara"]}])
    assert teams(settings) == [Team(name="Editors", members=["cara@example.com"])]
    assert grants(settings, "applications") == EVERYBODY


@pytest.mark.parametrize(("week_start", "taken"), [("browser", ""), ("sunday", "sunday")])
def test_a_week_starts_as_the_browser_says_where_nothing_is_said(week_start: str, taken: str) -> None:
    assert grafana(preferences={"weekStart": week_start}).preferences.first_day == taken


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"users": [ANNA, {**BEN, "login": "anna"}]}, "'anna' is used twice"),
        (
            {"users": [ANNA, {**BEN, "email": "Anna@Example.com"}]},
            "users[1].email: 'Anna@Example.com' is used twice; each needs its own, and capital letters",
        ),
        ({"users": [{**ANNA, "login": "admin"}]}, "Grafana's own administrator"),
        (
            {"users": [ANNA], "teams": [{"name": "Editors"}]},
            "teams[0].name: 'Editors' is also the team of users with the role Editor, as 'anna' has it",
        ),
        (
            {"users": [BEN], "teams": [{"name": "Shop"}, {"name": "Admins"}]},
            "teams[1].name: 'Admins' is also the team of users with the role Admin, as 'ben' has it",
        ),
        ({"teams": [{"name": "Shop"}, {"name": "Shop"}]}, "teams[].name: 'Shop' is used twice"),
        (
            {"users": [ANNA], "teams": [{"name": "Shop", "members": ["anna", "anna"]}]},
            "teams[0].members: 'anna' is in 'Shop' twice; leave one out",
        ),
        (
            {
                "teams": [{"name": "Shop"}],
                "folderPermissions": [
                    {"folder": "applications", "team": "Shop", "permission": permission}
                    for permission in ("View", "Edit")
                ],
            },
            "folderPermissions[]: folder 'applications' has team 'Shop' twice; leave one out",
        ),
        (
            {
                "folderPermissions": [
                    {"folder": "applications", "role": "Viewer", "permission": permission}
                    for permission in ("View", "Edit")
                ]
            },
            "folderPermissions[]: folder 'applications' has role 'Viewer' twice; leave one out",
        ),
        ({"users": [ANNA], "teams": [{"name": "Shop", "members": ["zoe"]}]}, "'zoe' is not one of users"),
        ({"folderPermissions": [{"folder": "applications", "permission": "Edit"}]}, "either a team or a role"),
        (
            {
                "folderPermissions": [
                    {"folder": "applications", "private": True, "role": "Viewer", "permission": "View"}
                ]
            },
            "an entry of its own",
        ),
        ({"folderPermissions": [{"folder": "applications", "role": "Viewer"}]}, "permission: is missing for 'Viewer'"),
        (
            {"folderPermissions": [{"folder": "applications", "team": "X", "permission": "Edit"}]},
            "'X' is not one of teams",
        ),
        ({"datasources": [{"uid": "prometheus", "name": "P", "type": "loki", "url": "http://l:1"}]}, "choose another"),
        ({"users": [{**ANNA, "role": "Owner"}]}, "'Viewer', 'Editor' or 'Admin'"),
    ],
)
def test_what_cannot_be_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        grafana(**values)
    assert words in str(refused.value)
