"""Users, organisations, teams, what folders allow, service accounts; on a Grafana in memory and on a real one."""

from __future__ import annotations

from typing import Any

import pytest

from airgap.plugins.protocol.values import Secret, decode
from tests.plugins.grafana_sites import (
    DASHBOARD,
    FOLDER,
    FOLDER_PERMISSION,
    ORGANIZATION,
    PREFERENCES,
    SERVICE_ACCOUNT,
    TEAM,
    TOKEN,
    USER,
    Bench,
    Site,
    bench_at,
    running_plugin,
)
from tests.plugins.provider import Refused


def _user(bench: Bench, name: str, **more: Any) -> tuple[str, Any, Any]:
    made = bench.provider.make(
        USER,
        **{
            "email": bench.email(name),
            "login": f"{name}-{bench.word}",
            "name": name,
            "password": Secret("first-pw"),
            **more,
        },
    )
    bench.users.append(int(made[0]))
    return made


# Users


def test_a_user_lives_and_dies(bench: Bench) -> None:
    id, inputs, outputs = _user(bench, "Ann")
    assert outputs["userId"] == int(id)
    assert outputs["password"] == Secret("first-pw")
    made = bench.site.ask("GET", f"/users/{id}")
    assert (made["email"].lower(), made["login"].lower()) == (bench.email("ann"), f"ann-{bench.word}")
    assert made["isGrafanaAdmin"] is False
    assert bench.provider.read(USER, id, inputs, outputs) == (id, inputs, outputs)

    news = {**inputs, "name": "Anna", "password": Secret("second-pw"), "isAdmin": True}
    outputs = bench.provider.update(USER, id, outputs, inputs, news)
    made = bench.site.ask("GET", f"/users/{id}")
    assert (made["name"], made["isGrafanaAdmin"]) == ("Anna", True)
    if not bench.site.fake:
        login = f"ann-{bench.word}"
        assert bench.site.answer("GET", "/user", auth=(login, "second-pw"))[0] == 200
        assert bench.site.answer("GET", "/user", auth=(login, "first-pw"))[0] == 401

    bench.provider.delete(USER, id, news, outputs)
    assert bench.site.answer("GET", f"/users/{id}")[0] == 404
    assert bench.provider.read(USER, id, news, outputs)[0] == ""
    bench.provider.delete(USER, id, news, outputs)


def test_an_administrator_from_the_start(bench: Bench) -> None:
    id, _, outputs = _user(bench, "root", isAdmin=True)
    assert outputs["isAdmin"] is True
    assert bench.site.ask("GET", f"/users/{id}")["isGrafanaAdmin"] is True


def test_a_user_changed_by_hand_is_seen(bench: Bench) -> None:
    id, inputs, outputs = _user(bench, "Ann")
    bench.site.ask("PUT", f"/admin/users/{id}/permissions", {"isGrafanaAdmin": True})
    _, refreshed, now = bench.provider.read(USER, id, inputs, outputs)
    assert bench.provider.diff(USER, refreshed, inputs).detail == {"isAdmin": "UPDATE"}
    bench.provider.update(USER, id, now, refreshed, inputs)
    assert bench.site.ask("GET", f"/users/{id}")["isGrafanaAdmin"] is False


@pytest.mark.parametrize("what", ["email", "login"])
@pytest.mark.parametrize("verb", ["create", "update"])
def test_a_user_whose_name_is_taken(bench: Bench, what: str, verb: str) -> None:
    bench.provider.configure(url=bench.site.url, auth=bench.site.auth, orgId=bench.org, retries=0)
    first, first_inputs, _ = _user(bench, "ann")
    clash = {what: first_inputs[what]}
    if verb == "create":
        with pytest.raises(Refused) as refused:
            _user(bench, "ben", **clash)
    else:
        id, inputs, outputs = _user(bench, "ben")
        with pytest.raises(Refused) as refused:
            bench.provider.update(USER, id, outputs, inputs, {**inputs, **clash})
    assert f"there is one with the {what} '{first_inputs[what]}'" in refused.value.message
    assert f"pulumi import {USER} NAME {first}" in refused.value.message
    assert "first-pw" not in refused.value.message


def test_a_user_that_is_gone_when_it_is_to_be_changed(bench: Bench) -> None:
    id, inputs, outputs = _user(bench, "ann")
    bench.site.ask("DELETE", f"/admin/users/{id}")
    with pytest.raises(Refused, match="'pulumi up --refresh' sees that and makes it anew"):
        bench.provider.update(USER, id, outputs, inputs, {**inputs, "name": "x"})


def test_a_user_is_imported_but_for_the_password(bench: Bench) -> None:
    id, _, _ = _user(bench, "ann")
    inputs = bench.provider.read(USER, id)[1]
    assert inputs == {"email": bench.email("ann"), "login": f"ann-{bench.word}", "name": "ann"}
    with pytest.raises(Refused, match="the id of a user is its number, not 'ann'"):
        bench.provider.read(USER, "ann")


# Organisations


def test_an_organisation_lives_and_dies(bench: Bench) -> None:
    people = {name: bench.email(name) for name in ("ann", "ben", "cat")}
    for name in people:
        bench.person(name)
    name = f"shop {bench.word}"
    id, inputs, outputs = bench.provider.make(
        ORGANIZATION, name=name, createUsers=False, viewers=[people["ann"], people["ben"]], admins=[people["cat"]]
    )
    try:
        assert outputs["orgId"] == int(id)
        assert _roles(bench, id) == {people["ann"]: "Viewer", people["ben"]: "Viewer", people["cat"]: "Admin"}
        assert bench.provider.read(ORGANIZATION, id, inputs, outputs)[1] == inputs

        news = {**inputs, "name": f"{name} 2", "viewers": [people["ann"]], "editors": [people["cat"]], "admins": []}
        outputs = bench.provider.update(ORGANIZATION, id, outputs, inputs, news)
        assert _roles(bench, id) == {people["ann"]: "Viewer", people["cat"]: "Editor"}
        assert bench.site.ask("GET", f"/orgs/{id}")["name"] == f"{name} 2"

        account = bench.site.ask("GET", f"/users/lookup?loginOrEmail={people['ann']}")["id"]
        bench.site.ask("PATCH", f"/orgs/{id}/users/{account}", {"role": "Admin"})
        _, refreshed, now = bench.provider.read(ORGANIZATION, id, news, outputs)
        assert set(bench.provider.diff(ORGANIZATION, refreshed, news).detail) == {"viewers[0]", "admins[0]"}
        bench.provider.update(ORGANIZATION, id, now, refreshed, news)
        assert _roles(bench, id)[people["ann"]] == "Viewer"

        bench.provider.delete(ORGANIZATION, id, news, outputs)
        assert bench.site.answer("GET", f"/orgs/{id}")[0] == 404
        assert bench.provider.read(ORGANIZATION, id, news, outputs)[0] == ""
        bench.provider.delete(ORGANIZATION, id, news, outputs)
    finally:
        bench.site.answer("DELETE", f"/orgs/{id}", org=1)


def _roles(bench: Bench, id: str) -> dict[str, str]:
    accounts = bench.site.ask("GET", f"/orgs/{id}/users")
    return {account["email"]: account["role"] for account in accounts if account["login"] != bench.site.user}


def test_an_organisation_makes_the_users_it_lacks_unless_told_not_to(bench: Bench) -> None:
    name, email = f"shop {bench.word}", bench.email("new")
    with pytest.raises(Refused) as refused:
        bench.provider.make(ORGANIZATION, name=name, createUsers=False, viewers=[email])
    assert (
        "there is no user with this e-mail address; create it first, or set createUsers=True" in refused.value.message
    )
    kept = refused.value.kept  # the organisation itself is made, and must not be lost
    try:
        outputs = decode(kept.properties)
        inputs = bench.provider.checked(ORGANIZATION, name=name, viewers=[email])
        bench.provider.update(ORGANIZATION, kept.id, outputs, inputs, inputs)
        assert _roles(bench, kept.id) == {email: "Viewer"}
    finally:
        for account in bench.site.ask("GET", f"/orgs/{kept.id}/users"):
            if account["login"] != bench.site.user:
                bench.users.append(account["userId"])
        bench.site.ask("DELETE", f"/orgs/{kept.id}", org=1)


def test_an_organisation_whose_name_is_taken(bench: Bench) -> None:
    with pytest.raises(Refused) as refused:
        bench.provider.make(ORGANIZATION, name=f"test {bench.word}")
    assert f"there is one with this name; adopt it ('pulumi import {ORGANIZATION} NAME {bench.org}')" in str(
        refused.value
    )


def test_an_organisation_is_imported(bench: Bench) -> None:
    bench.person("ann", "Editor")
    inputs = bench.provider.read(ORGANIZATION, str(bench.org))[1]
    program = bench.provider.checked(ORGANIZATION, name=f"test {bench.word}", editors=[bench.email("ann")])
    assert not bench.provider.diff(ORGANIZATION, inputs, program).changes


# Teams


def test_a_team_lives_and_dies(bench: Bench) -> None:
    for name in ("ann", "ben", "cat"):
        bench.person(name)
    ann, ben, cat = (bench.email(name) for name in ("ann", "ben", "cat"))
    id, inputs, outputs = bench.provider.make(
        TEAM,
        name="Shop",
        email="shop@example.org",
        members=[ben, ann.upper()],
        admins=[cat],
        preferences={"theme": "dark"},
    )
    number = outputs["teamId"]
    assert id == f"{bench.org}:{number}"
    assert _members(bench, number) == {ann: 0, ben: 0, cat: 4}
    assert bench.ask("GET", f"/teams/{number}/preferences")["theme"] == "dark"
    assert outputs["members"] == [ben, ann.upper()], "in the order and spelling of the program"
    assert bench.provider.read(TEAM, id, inputs, outputs) == (id, inputs, outputs)

    news = {**inputs, "name": "Shop 2", "members": [cat], "admins": [ann], "preferences": None}
    outputs = bench.provider.update(TEAM, id, outputs, inputs, {k: v for k, v in news.items() if v is not None})
    assert _members(bench, number) == {ann: 4, cat: 0}
    assert bench.ask("GET", f"/teams/{number}")["name"] == "Shop 2"
    assert bench.ask("GET", f"/teams/{number}/preferences") == {}

    bench.provider.delete(TEAM, id, inputs, outputs)
    assert bench.gone(f"/teams/{number}")
    assert bench.provider.read(TEAM, id, inputs, outputs)[0] == ""
    bench.provider.delete(TEAM, id, inputs, outputs)


def _members(bench: Bench, number: int) -> dict[str, int]:
    accounts = bench.ask("GET", f"/teams/{number}/members")
    return {item["email"]: item["permission"] for item in accounts if item["login"] != bench.site.user}


def test_whoever_makes_a_team_does_not_count(bench: Bench) -> None:
    _, _, outputs = bench.provider.make(TEAM, name="Shop", members=[], admins=[])
    assert (outputs["members"], outputs["admins"]) == ([], [])


def test_a_list_of_a_team_that_is_not_given_is_left_alone(bench: Bench) -> None:
    for name in ("ann", "ben"):
        bench.person(name)
    id, inputs, outputs = bench.provider.make(TEAM, name="Shop", members=[bench.email("ann")])
    number = outputs["teamId"]
    bench.ask("POST", f"/teams/{number}/members", {"userId": bench.users[1]})
    bench.ask("PUT", f"/teams/{number}/members/{bench.users[1]}", {"permission": 4})
    _, refreshed, now = bench.provider.read(TEAM, id, inputs, outputs)
    assert refreshed == inputs
    bench.provider.update(TEAM, id, now, inputs, {**inputs, "email": "shop@example.org"})
    assert _members(bench, number) == {bench.email("ann"): 0, bench.email("ben"): 4}


def test_a_member_removed_by_hand_is_seen_and_put_back(bench: Bench) -> None:
    for name in ("ann", "ben"):
        bench.person(name)
    members = [bench.email("ann"), bench.email("ben")]
    id, inputs, outputs = bench.provider.make(TEAM, name="Shop", members=members)
    bench.ask("DELETE", f"/teams/{outputs['teamId']}/members/{bench.users[1]}")
    _, refreshed, now = bench.provider.read(TEAM, id, inputs, outputs)
    assert bench.provider.diff(TEAM, refreshed, inputs).detail == {"members[1]": "ADD"}
    bench.provider.update(TEAM, id, now, refreshed, inputs)
    assert set(_members(bench, outputs["teamId"])) == set(members)


def test_a_member_nobody_knows_leaves_a_team_that_the_next_run_finishes(bench: Bench) -> None:
    with pytest.raises(Refused) as refused:
        bench.provider.make(TEAM, name="Shop", members=[bench.email("ann")])
    assert f"can't add '{bench.email('ann')}' to team 'Shop': organisation {bench.org} has no user" in str(
        refused.value
    )
    kept = refused.value.kept
    bench.person("ann")
    inputs, outputs = decode(kept.inputs), decode(kept.properties)
    bench.provider.update(TEAM, kept.id, outputs, inputs, inputs)
    assert _members(bench, outputs["teamId"]) == {bench.email("ann"): 0}


def test_a_team_whose_name_is_taken(bench: Bench) -> None:
    first, _, _ = bench.provider.make(TEAM, name="Shop")
    with pytest.raises(Refused, match=f"there is one with this name; adopt it .'pulumi import {TEAM} NAME {first}'"):
        bench.provider.make(TEAM, name="Shop")
    id, inputs, outputs = bench.provider.make(TEAM, name="Other")
    with pytest.raises(Refused, match="there is one with this name"):
        bench.provider.update(TEAM, id, outputs, inputs, {**inputs, "name": "Shop"})


def test_a_team_is_imported(bench: Bench) -> None:
    bench.person("ann")
    id, inputs, _ = bench.provider.make(TEAM, name="Shop", members=[bench.email("ann")])
    imported = bench.provider.read(TEAM, id)[1]
    assert not bench.provider.diff(TEAM, imported, inputs).changes


def test_a_team_that_is_gone_when_it_is_to_be_changed(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(TEAM, name="Shop")
    bench.ask("DELETE", f"/teams/{outputs['teamId']}")
    with pytest.raises(Refused, match="'pulumi up --refresh' sees that and makes it anew"):
        bench.provider.update(TEAM, id, outputs, inputs, {**inputs, "name": "x"})


# Preferences


def test_preferences_are_set_changed_seen_and_reset(bench: Bench) -> None:
    bench.provider.make(DASHBOARD, configJson='{"title": "Home", "uid": "home"}')
    id, inputs, outputs = bench.provider.make(
        PREFERENCES, theme="dark", timezone="utc", weekStart="monday", homeDashboardUid="home"
    )
    assert id == str(bench.org)
    wanted = {"theme": "dark", "timezone": "utc", "weekStart": "monday", "homeDashboardUID": "home"}
    assert bench.ask("GET", "/org/preferences") == wanted
    assert bench.provider.read(PREFERENCES, id, inputs, outputs) == (id, inputs, outputs)

    bench.ask("PUT", "/org/preferences", {"theme": "light"})
    _, refreshed, now = bench.provider.read(PREFERENCES, id, inputs, outputs)
    changed = {"theme", "timezone", "weekStart", "homeDashboardUid"}
    assert set(bench.provider.diff(PREFERENCES, refreshed, inputs).detail) == changed
    outputs = bench.provider.update(PREFERENCES, id, now, refreshed, inputs)
    assert bench.ask("GET", "/org/preferences") == wanted
    assert bench.provider.read(PREFERENCES, id)[1] == {
        "theme": "dark",
        "timezone": "utc",
        "weekStart": "monday",
        "homeDashboardUid": "home",
    }

    bench.provider.delete(PREFERENCES, id, inputs, outputs)
    assert bench.ask("GET", "/org/preferences") == {}


def test_a_home_that_does_not_exist(bench: Bench) -> None:
    with pytest.raises(Refused, match="has no dashboard with the uid 'nowhere' for homeDashboardUid"):
        bench.provider.make(PREFERENCES, homeDashboardUid="nowhere")


# What folders allow


def test_permissions_of_a_folder_are_all_there_are(bench: Bench) -> None:
    ann = bench.person("ann")
    team, _, _ = bench.provider.make(TEAM, name="Shop")
    bench.provider.make(FOLDER, title="Machines", uid="machines")
    id, inputs, outputs = bench.provider.make(
        FOLDER_PERMISSION,
        folderUid="machines",
        permissions=[
            {"role": "Viewer", "permission": "View"},
            {"teamId": team, "permission": "Edit"},
            {"userId": str(ann), "permission": "Admin"},
        ],
    )
    assert id == f"{bench.org}:machines"
    number = int(team.split(":")[1])
    allowed = {("Viewer", 0, 0): "View", ("", number, 0): "Edit", ("", 0, ann): "Admin"}
    assert _allowed(bench, "machines") == allowed
    assert bench.provider.read(FOLDER_PERMISSION, id, inputs, outputs) == (id, inputs, outputs)

    news = {**inputs, "permissions": [{"teamId": str(number), "permission": "View"}, inputs["permissions"][0]]}
    outputs = bench.provider.update(FOLDER_PERMISSION, id, outputs, inputs, news)
    assert _allowed(bench, "machines") == {("Viewer", 0, 0): "View", ("", number, 0): "View"}

    change = {"permissions": [{"builtInRole": "Editor", "permission": "Edit"}, {"teamId": number, "permission": ""}]}
    bench.ask("POST", "/access-control/folders/machines", change)
    _, refreshed, now = bench.provider.read(FOLDER_PERMISSION, id, news, outputs)
    assert bench.provider.diff(FOLDER_PERMISSION, refreshed, news).changes
    outputs = bench.provider.update(FOLDER_PERMISSION, id, now, refreshed, news)
    assert _allowed(bench, "machines") == {("Viewer", 0, 0): "View", ("", number, 0): "View"}

    bench.provider.delete(FOLDER_PERMISSION, id, news, outputs)
    assert _allowed(bench, "machines") == {}


def _allowed(bench: Bench, uid: str) -> dict[tuple[str, int, int], str]:
    return {
        (item.get("builtInRole", ""), item.get("teamId", 0), item.get("userId", 0)): item["permission"]
        for item in bench.ask("GET", f"/access-control/folders/{uid}")
        if item["isManaged"]
    }


def test_permissions_of_a_folder_that_is_gone(bench: Bench) -> None:
    bench.provider.make(FOLDER, title="Machines", uid="machines")
    id, inputs, outputs = bench.provider.make(FOLDER_PERMISSION, folderUid="machines", permissions=[])
    bench.ask("DELETE", "/folders/machines")
    assert bench.provider.read(FOLDER_PERMISSION, id, inputs, outputs)[0] == ""
    bench.provider.delete(FOLDER_PERMISSION, id, inputs, outputs)


def test_permissions_for_nobody_known(bench: Bench) -> None:
    bench.provider.make(FOLDER, title="Machines", uid="machines")
    with pytest.raises(Refused, match=f"does organisation {bench.org} have the folder and all of team 4711\\?"):
        bench.provider.make(
            FOLDER_PERMISSION, folderUid="machines", permissions=[{"teamId": "4711", "permission": "View"}]
        )


def test_permissions_are_imported(bench: Bench) -> None:
    bench.provider.make(FOLDER, title="Machines", uid="machines")
    wanted = [{"role": "Viewer", "permission": "View"}, {"role": "Editor", "permission": "Edit"}]
    bench.provider.make(FOLDER_PERMISSION, folderUid="machines", permissions=wanted)
    id, inputs, _ = bench.provider.read(FOLDER_PERMISSION, "machines")
    assert id == f"{bench.org}:machines"
    program = bench.provider.checked(FOLDER_PERMISSION, folderUid="machines", permissions=wanted)
    assert not bench.provider.diff(FOLDER_PERMISSION, inputs, program).changes


# Service accounts


def test_a_service_account_and_its_token_live_and_die(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(SERVICE_ACCOUNT, name=bench.word, role="Editor")
    number = id.split(":")[1]
    made = bench.ask("GET", f"/serviceaccounts/{number}")
    assert (made["name"], made["role"], made["isDisabled"]) == (bench.word, "Editor", False)
    assert bench.provider.read(SERVICE_ACCOUNT, id, inputs, outputs) == (id, inputs, outputs)
    assert bench.provider.read(SERVICE_ACCOUNT, id)[1] == {"name": bench.word, "role": "Editor"}

    token, token_inputs, token_outputs = bench.provider.make(
        TOKEN, name=bench.word, serviceAccountId=id, secondsToLive=3600
    )
    key = token_outputs["key"]
    assert isinstance(key, Secret)
    assert key.value.startswith("glsa_")
    assert token_outputs["expiration"]
    assert token_outputs["hasExpired"] is False
    _, _, again = bench.provider.read(TOKEN, token, token_inputs, token_outputs)
    assert again == token_outputs, "a refresh keeps the key, which Grafana doesn't tell again"
    with pytest.raises(Refused, match="a token can't be imported"):
        bench.provider.read(TOKEN, token)

    news = {**inputs, "role": "Viewer", "isDisabled": True, "name": f"robot {bench.word}"}
    outputs = bench.provider.update(SERVICE_ACCOUNT, id, outputs, inputs, news)
    made = bench.ask("GET", f"/serviceaccounts/{number}")
    assert (made["name"], made["role"], made["isDisabled"]) == (f"robot {bench.word}", "Viewer", True)

    bench.provider.delete(TOKEN, token, token_inputs, token_outputs)
    assert bench.provider.read(TOKEN, token, token_inputs, token_outputs)[0] == ""
    bench.provider.delete(TOKEN, token, token_inputs, token_outputs)
    bench.provider.delete(SERVICE_ACCOUNT, id, news, outputs)
    assert bench.provider.read(SERVICE_ACCOUNT, id, news, outputs)[0] == ""
    bench.provider.delete(SERVICE_ACCOUNT, id, news, outputs)
    bench.provider.delete(TOKEN, token, token_inputs, token_outputs)


@pytest.mark.engine
def test_a_token_lets_in(real_grafana: Site) -> None:
    with bench_at(real_grafana) as bench:
        account, _, _ = bench.provider.make(SERVICE_ACCOUNT, name=bench.word, role="Admin")
        _, _, outputs = bench.provider.make(TOKEN, name=bench.word, serviceAccountId=account)
        assert outputs["expiration"] == ""
        with running_plugin(url=bench.site.url, auth=outputs["key"].value) as provider:
            id, _, _ = provider.make(FOLDER, title="Machines", uid="machines")
            assert id == "0:machines", "a token belongs to one organisation"
            with pytest.raises(Refused, match="users are managed with a user and a password"):
                provider.make(USER, email="x@example.org", password="first-pw")
        assert bench.ask("GET", "/folders/machines")["title"] == "Machines"


def test_names_of_service_accounts_and_tokens_that_are_taken(bench: Bench) -> None:
    id, _, _ = bench.provider.make(SERVICE_ACCOUNT, name=bench.word, role="Editor")
    with pytest.raises(Refused, match=f"adopt it .'pulumi import {SERVICE_ACCOUNT} NAME {id}'. or choose another name"):
        bench.provider.make(SERVICE_ACCOUNT, name=bench.word, role="Viewer")
    bench.provider.make(TOKEN, name=bench.word, serviceAccountId=id)
    with pytest.raises(Refused, match="the organisation has one of this name; delete that one or choose another name"):
        bench.provider.make(TOKEN, name=bench.word, serviceAccountId=id)
    with pytest.raises(Refused, match=f"there is no service account {bench.org}:4711"):
        bench.provider.make(TOKEN, name="other", serviceAccountId=f"{bench.org}:4711")


def test_a_service_account_changed_by_hand_is_seen(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(SERVICE_ACCOUNT, name=bench.word, role="Viewer")
    bench.ask(
        "PATCH", f"/serviceaccounts/{id.split(':')[1]}", {"role": "Editor", "name": bench.word, "isDisabled": False}
    )
    _, refreshed, _ = bench.provider.read(SERVICE_ACCOUNT, id, inputs, outputs)
    assert bench.provider.diff(SERVICE_ACCOUNT, refreshed, inputs).detail == {"role": "UPDATE"}
