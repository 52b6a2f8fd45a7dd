"""Check: what the Grafana plugin refuses, in which words, and what it fills in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from airgap.plugins.protocol.values import UNKNOWN, Secret
from tests.plugins.grafana_sites import (
    DASHBOARD,
    DATA_SOURCE,
    FOLDER,
    FOLDER_PERMISSION,
    ORGANIZATION,
    PREFERENCES,
    SERVICE_ACCOUNT,
    TEAM,
    TOKEN,
    TOKENS,
    USER,
    running_plugin,
)
from tests.plugins.provider import Provider

MINIMAL: dict[str, dict[str, Any]] = {
    DASHBOARD: {"configJson": '{"title": "A"}'},
    DATA_SOURCE: {"name": "n", "type": "prometheus"},
    FOLDER: {"title": "t"},
    FOLDER_PERMISSION: {"folderUid": "f"},
    ORGANIZATION: {"name": "n"},
    PREFERENCES: {},
    SERVICE_ACCOUNT: {"name": "n", "role": "Viewer"},
    TEAM: {"name": "n"},
    TOKEN: {"name": "n", "serviceAccountId": "1:2"},
    USER: {"name": "n", "email": "a@example.org", "password": "password"},
}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_plugin() as plugin:
        yield plugin


@pytest.mark.parametrize("token", TOKENS)
def test_the_least_there_is_to_say(provider: Provider, token: str) -> None:
    assert provider.check(token, MINIMAL[token])[1] == []


@pytest.mark.parametrize(
    ("token", "defaults"),
    [
        (FOLDER, {"preventDestroyIfNotEmpty": False}),
        (
            DATA_SOURCE,
            {
                "accessMode": "proxy",
                "basicAuthEnabled": False,
                "basicAuthUsername": "",
                "databaseName": "",
                "isDefault": False,
                "username": "",
            },
        ),
        (TEAM, {"ignoreExternallySyncedMembers": True}),
        (USER, {"isAdmin": False}),
        (SERVICE_ACCOUNT, {"isDisabled": False}),
        (ORGANIZATION, {"adminUser": "admin", "createUsers": True}),
        (DASHBOARD, {}),
        (PREFERENCES, {}),
        (TOKEN, {}),
    ],
)
def test_defaults_are_those_of_the_official_plugin(provider: Provider, token: str, defaults: dict[str, Any]) -> None:
    inputs = provider.checked(token, **MINIMAL[token])
    recorded = inputs.pop("__defaults")
    assert recorded == sorted(defaults)
    assert {key: value for key, value in inputs.items() if key not in MINIMAL[token]} == defaults


def test_defaults_of_a_permission(provider: Provider) -> None:
    inputs = provider.checked(FOLDER_PERMISSION, folderUid="f", permissions=[{"role": "Viewer", "permission": "View"}])
    item = {"role": "Viewer", "permission": "View", "teamId": "0", "userId": "0", "__defaults": ["teamId", "userId"]}
    assert inputs["permissions"] == [item]


@pytest.mark.parametrize(
    ("token", "inputs", "words"),
    [
        (FOLDER, {"parentFolderUid": "x"}, "input 'parentFolderUid' is not implemented by the embedded Grafana plugin"),
        (FOLDER, {"uid": "a b"}, "input 'uid' must consist of letters, digits, '-' and '_', not 'a b'"),
        (FOLDER, {"uid": "x" * 41}, "input 'uid' must be no longer than 40 characters, not 41"),
        (FOLDER, {"orgId": "main"}, "input 'orgId' must be an organisation's number such as '1', not 'main'"),
        (DASHBOARD, {"configJson": "{"}, "input 'configJson' must be JSON: "),
        (DASHBOARD, {"configJson": "[]"}, "input 'configJson' must be a JSON object"),
        (DASHBOARD, {"configJson": '{"panels": []}'}, "input 'configJson' must have a 'title'"),
        (DASHBOARD, {"configJson": '{"title": "A", "uid": 1}'}, "must have a text as 'uid', not 1"),
        (DASHBOARD, {"configJson": '{"title": "A", "uid": "a/b"}'}, "has a 'uid' that must consist of letters"),
        (DASHBOARD, {"configJson": '{"apiVersion": "v1", "spec": {}}'}, "must be a classic dashboard"),
        (DATA_SOURCE, {"privateDataSourceConnectNetworkId": "x"}, "is not implemented by the embedded Grafana plugin"),
        (DATA_SOURCE, {"accessMode": "magic"}, "input 'accessMode' must be one of proxy, direct, not 'magic'"),
        (DATA_SOURCE, {"jsonDataEncoded": "no"}, "input 'jsonDataEncoded' must be JSON: "),
        (DATA_SOURCE, {"jsonDataEncoded": '{"httpHeaderName1": "X"}'}, "headers belong in 'httpHeaders'"),
        (DATA_SOURCE, {"jsonDataEncoded": '{"teamHttpHeaders": 1}'}, "Grafana Enterprise sets it"),
        (TEAM, {"teamSync": {"groups": []}}, "input 'teamSync' is not implemented"),
        (TEAM, {"members": ["a@x"], "admins": ["A@x"]}, "input 'members' and 'admins' must name everybody once; 'a@x'"),
        (
            TEAM,
            {"preferences": {"theme": "pink"}},
            "'preferences.theme' must be one of , light, dark, system, not 'pink'",
        ),
        (USER, {"password": "abc"}, "input 'password' must have at least 4 characters"),
        (PREFERENCES, {"weekStart": "friday"}, "input 'weekStart' must be one of"),
        (SERVICE_ACCOUNT, {"role": "None"}, "input 'role' must be one of Viewer, Editor, Admin, not 'None'"),
        (TOKEN, {"secondsToLive": -1}, "input 'secondsToLive' must be at least 0, not -1"),
        (ORGANIZATION, {"usersWithoutAccesses": []}, "input 'usersWithoutAccesses' is not implemented"),
        (ORGANIZATION, {"viewers": ["a@x"], "editors": ["a@x"]}, "must name everybody once; 'a@x' is there twice"),
        (FOLDER_PERMISSION, {"permissions": [{"role": "Viewer", "permission": "Query"}]}, "one of View, Edit, Admin"),
        (
            FOLDER_PERMISSION,
            {"permissions": [{"permission": "View"}]},
            "must have one of 'role', 'teamId' and 'userId'",
        ),
        (
            FOLDER_PERMISSION,
            {"permissions": [{"role": "Viewer", "teamId": "1:2", "permission": "View"}]},
            "'permissions[0]' must have one of 'role', 'teamId' and 'userId'",
        ),
        (
            FOLDER_PERMISSION,
            {"permissions": [{"teamId": "1:2", "permission": "View"}, {"teamId": "2", "permission": "Edit"}]},
            "'permissions[1]' is for team 2, who has another one in the list",
        ),
        (FOLDER_PERMISSION, {"permissions": [{"teamId": "shop", "permission": "View"}]}, "must be a number, or"),
    ],
)
def test_wrong_inputs_are_refused_in_one_line(
    provider: Provider, token: str, inputs: dict[str, Any], words: str
) -> None:
    _, failures = provider.check(token, {**MINIMAL[token], **inputs})
    assert len(failures) == 1, failures
    assert words in failures[0]
    assert "\n" not in failures[0]


@pytest.mark.parametrize(
    ("token", "inputs", "message"),
    [
        (USER, {"password": Secret("abc")}, "input 'password' (a secret) must be a text (of at least 4 characters)"),
        (
            DATA_SOURCE,
            {"secureJsonDataEncoded": Secret('{"httpHeaderValue1": "hunter2"}')},
            "input 'secureJsonDataEncoded' (a secret) must be a text (a JSON object of texts without headers, which "
            "belong in httpHeaders)",
        ),
    ],
)
def test_a_wrong_secret_is_not_quoted(provider: Provider, token: str, inputs: dict[str, Any], message: str) -> None:
    assert provider.check(token, {**MINIMAL[token], **inputs})[1] == [message]


@pytest.mark.parametrize("wrong", ['{"password": 1}', '["hunter2"]', "hunter2", '{"httpHeaderValue1": "hunter2"}'])
def test_a_wrong_secret_is_not_quoted_even_where_it_is_not_marked(provider: Provider, wrong: str) -> None:
    _, failures = provider.check(DATA_SOURCE, {**MINIMAL[DATA_SOURCE], "secureJsonDataEncoded": wrong})
    assert len(failures) == 1
    assert "hunter2" not in failures[0]


def test_unknowns_stay_unknown(provider: Provider) -> None:
    permissions = [{"teamId": UNKNOWN, "permission": "View"}, {"role": "Viewer", "permission": "View"}]
    inputs, failures = provider.check(FOLDER_PERMISSION, {"folderUid": UNKNOWN, "permissions": permissions})
    assert failures == []
    assert inputs["folderUid"] is UNKNOWN
    assert inputs["permissions"][0]["teamId"] is UNKNOWN
    for token, key in ((DASHBOARD, "configJson"), (USER, "password"), (DATA_SOURCE, "secureJsonDataEncoded")):
        assert provider.check(token, {**MINIMAL[token], key: Secret(UNKNOWN)})[1] == []


def test_what_is_secret_is_marked_whatever_the_program_says(provider: Provider) -> None:
    assert provider.checked(USER, **MINIMAL[USER])["password"] == Secret("password")
    secure = json.dumps({"password": "p"})
    inputs = provider.checked(DATA_SOURCE, **MINIMAL[DATA_SOURCE], secureJsonDataEncoded=secure, httpHeaders={"X": "y"})
    assert inputs["secureJsonDataEncoded"] == Secret(secure)
    assert inputs["httpHeaders"] == Secret({"X": "y"})


@pytest.mark.parametrize("token", [DATA_SOURCE, TEAM, USER, SERVICE_ACCOUNT, TOKEN, ORGANIZATION])
def test_a_name_is_made_up_once_and_kept(provider: Provider, token: str) -> None:
    given = {key: value for key, value in MINIMAL[token].items() if key != "name"}
    first, _ = provider.check(token, given, name="web")
    assert first["name"].startswith("web-")
    again, _ = provider.check(token, given, olds={**first, "name": "web-kept000"}, name="web")
    assert again["name"] == "web-kept000"


def test_an_unknown_resource_type_is_refused_by_name(provider: Provider) -> None:
    _, failures = provider.check("grafana:oss/ssoSettings:SsoSettings", {})
    assert "resource type grafana:oss/ssoSettings:SsoSettings is not implemented by the embedded Grafana" in failures[0]
    assert DASHBOARD in failures[0]


# The provider


def test_settings_that_are_no_texts_come_as_json(provider: Provider) -> None:
    given = {
        "url": "http://127.0.0.1:3000/",
        "auth": Secret("admin:pw"),
        "retries": "5",
        "retryWait": "2",
        "orgId": "3",
        "retryStatusCodes": '["429", "5xx"]',
        "httpHeaders": Secret('{"X-Key": "k"}'),
        "version": "2.44.0",
    }
    inputs, failures = provider.check_config(**given)
    assert failures == []
    assert inputs == {key: value for key, value in given.items() if key != "version"}, "in the encoding they came in"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"url": "127.0.0.1:3000"}, "input 'url' must be an address such as 'http://127.0.0.1:3000', not"),
        ({"url": "http://admin:canary@host"}, "input 'url' must not hold a user or a password; these belong in 'auth'"),
        ({"retries": "many"}, "input 'retries' must be a whole number, not 'many'"),
        ({"retryWait": "-1"}, "input 'retryWait' must be at least 0, not -1"),
        ({"retryStatusCodes": '["5yy"]'}, "input 'retryStatusCodes' must be status codes such as '429' or '5xx'"),
        ({"retryStatusCodes": '["4xx"]'}, "must not hold '4xx': trying a wrong password again locks the login"),
        ({"retryStatusCodes": '["401"]'}, "must not hold '401': trying a wrong password again locks the login"),
        ({"cloudAccessPolicyToken": "x"}, "input 'cloudAccessPolicyToken' is not implemented by the embedded Grafana"),
        ({"storeDashboardSha256": "true"}, "input 'storeDashboardSha256' is not implemented"),
        ({"httpHeaders": "X: y"}, "input 'httpHeaders' must be a map of texts"),
    ],
)
def test_wrong_provider_settings_are_refused(provider: Provider, config: dict[str, Any], words: str) -> None:
    _, failures = provider.check_config(**config)
    assert len(failures) == 1
    assert words in failures[0]
    assert "canary" not in failures[0]


def test_the_login_is_secret_whatever_the_program_says(provider: Provider) -> None:
    assert provider.check_config(auth="admin:pw")[0] == {"auth": Secret("admin:pw")}


def test_settings_may_be_unknown(provider: Provider) -> None:
    assert provider.check_config(url=UNKNOWN, auth=Secret(UNKNOWN), retries=UNKNOWN)[1] == []
    provider.configure(url=UNKNOWN, auth=Secret(UNKNOWN))
    id, outputs = provider.create(FOLDER, MINIMAL[FOLDER], preview=True)
    assert (id, outputs["url"]) == ("", UNKNOWN)
