"""Diff: which inputs update, which replace, and what means the same; previews, which ask nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from airgap.plugins.grafana.plugin import grafana_plugin
from airgap.plugins.protocol.values import UNKNOWN, Secret, encode
from tests.plugins.grafana_fake import PASSWORD
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
    fake_site,
    running_plugin,
)
from tests.plugins.provider import Provider
from tests.plugins.test_grafana_check import MINIMAL


def _config(**more: Any) -> str:
    return json.dumps({"title": "A", "uid": "a", "panels": [{"id": 1, "title": "p"}], **more})


# Taken from the official provider's schemas; an input that is in neither table fails the last test.
UPDATES: dict[str, dict[str, tuple[Any, Any]]] = {
    DASHBOARD: {
        "configJson": (_config(), _config(refresh="1m")),
        "folder": ("a", "b"),
        "message": ("a", "b"),
        "overwrite": (False, True),
    },
    DATA_SOURCE: {
        "name": ("a", "b"),
        "type": ("prometheus", "loki"),
        "url": ("http://a", "http://b"),
        "accessMode": ("proxy", "direct"),
        "isDefault": (False, True),
        "basicAuthEnabled": (False, True),
        "basicAuthUsername": ("a", "b"),
        "username": ("a", "b"),
        "databaseName": ("a", "b"),
        "jsonDataEncoded": ('{"a": 1}', '{"a": 2}'),
        "secureJsonDataEncoded": (Secret('{"a": "1"}'), Secret('{"a": "2"}')),
        "httpHeaders": (Secret({"X": "a"}), Secret({"X": "b"})),
    },
    FOLDER: {"title": ("a", "b"), "preventDestroyIfNotEmpty": (False, True)},
    FOLDER_PERMISSION: {"permissions": ([], [{"role": "Viewer", "permission": "View"}])},
    ORGANIZATION: {
        "name": ("a", "b"),
        "adminUser": ("admin", "root"),
        "createUsers": (True, False),
        "admins": ([], ["a@x"]),
        "editors": ([], ["a@x"]),
        "viewers": ([], ["a@x"]),
    },
    PREFERENCES: {
        "theme": ("light", "dark"),
        "timezone": (None, "utc"),
        "weekStart": ("monday", "sunday"),
        "homeDashboardUid": ("a", "b"),
    },
    SERVICE_ACCOUNT: {"name": ("a", "b"), "role": ("Viewer", "Editor"), "isDisabled": (False, True)},
    TEAM: {
        "name": ("a", "b"),
        "email": ("a@x", "b@x"),
        "members": (["a@x"], ["b@x"]),
        "admins": (["a@x"], ["b@x"]),
        "ignoreExternallySyncedMembers": (True, False),
        "preferences": ({"theme": "light"}, {"theme": "dark"}),
    },
    TOKEN: {},
    USER: {
        "email": ("a@x", "b@x"),
        "login": ("a", "b"),
        "name": ("a", "b"),
        "password": (Secret("first"), Secret("second")),
        "isAdmin": (False, True),
    },
}
REPLACES: dict[str, dict[str, tuple[Any, Any]]] = {
    DASHBOARD: {"orgId": ("1", "2")},
    DATA_SOURCE: {"uid": ("a", "b"), "orgId": ("1", "2")},
    FOLDER: {"uid": ("a", "b"), "orgId": ("1", "2")},
    FOLDER_PERMISSION: {"folderUid": ("a", "b"), "orgId": ("1", "2")},
    ORGANIZATION: {},
    PREFERENCES: {"orgId": ("1", "2")},
    SERVICE_ACCOUNT: {"orgId": ("1", "2")},
    TEAM: {"orgId": ("1", "2")},
    TOKEN: {"name": ("a", "b"), "serviceAccountId": ("1:2", "1:3"), "secondsToLive": (None, 60)},
    USER: {},
}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_plugin() as plugin:
        yield plugin


def _pairs(table: dict[str, dict[str, tuple[Any, Any]]]) -> list[tuple[str, str]]:
    return [(token, key) for token, keys in table.items() for key in keys]


def _diff_of(provider: Provider, token: str, key: str, values: tuple[Any, Any]) -> Any:
    before, after = ({**MINIMAL[token], key: value} if value is not None else dict(MINIMAL[token]) for value in values)
    return provider.diff(token, before, after)


@pytest.mark.parametrize(("token", "key"), _pairs(UPDATES))
def test_inputs_that_update_in_place(provider: Provider, token: str, key: str) -> None:
    diff = _diff_of(provider, token, key, UPDATES[token][key])
    assert diff.changes
    assert diff.replaces == []
    assert all(path.startswith(key) for path in diff.detail)


@pytest.mark.parametrize(("token", "key"), _pairs(REPLACES))
def test_inputs_that_replace(provider: Provider, token: str, key: str) -> None:
    assert _diff_of(provider, token, key, REPLACES[token][key]).replaces == [key]


def test_every_input_is_in_a_table() -> None:
    schemas = {token: set(resource.schema.fields) for token, resource in grafana_plugin().resources.items()}
    assert {token: {*UPDATES[token], *REPLACES[token]} for token in TOKENS} == schemas


def test_inputs_are_those_of_the_sdk() -> None:
    """What isn't implemented is left out on purpose, and nothing is misspelt."""
    import inspect

    import pulumiverse_grafana as sdk

    left_out = {
        DATA_SOURCE: {"privateDataSourceConnectNetworkId"},
        FOLDER: {"parentFolderUid"},
        ORGANIZATION: {"usersWithoutAccesses"},
        TEAM: {"teamSync"},
    }
    for token, resource in grafana_plugin().resources.items():
        arguments = getattr(sdk.oss, token.rpartition(":")[2] + "Args")
        names = {_camel(name) for name in inspect.signature(arguments).parameters if name != "__self__"}
        assert set(resource.schema.fields) == names - left_out.get(token, set()), token


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


@pytest.mark.parametrize(
    ("token", "key", "before", "after"),
    [
        (DASHBOARD, "configJson", _config(), json.dumps(json.loads(_config()), sort_keys=True, indent=2)),
        (DASHBOARD, "configJson", _config(id=1, version=7), _config(id=None)),
        (DASHBOARD, "configJson", _config(), _config(panels=[{"id": 9, "title": "p"}])),
        (DASHBOARD, "configJson", _config(x=1.0), _config(x=1)),
        (DASHBOARD, "configJson", _config(title=" A "), _config()),
        (
            DASHBOARD,
            "configJson",
            _config(panels=[{"libraryPanel": {"uid": "u", "name": "n", "version": 3, "meta": {}}}]),
            _config(panels=[{"libraryPanel": {"uid": "u", "name": "n"}}]),
        ),
        (DASHBOARD, "folder", "1:machines", "machines"),
        (DASHBOARD, "folder", "0", None),
        (DASHBOARD, "orgId", "1", None),
        (FOLDER, "uid", "made-by-grafana", None),
        (FOLDER, "orgId", "1", None),
        (DATA_SOURCE, "uid", "made-by-grafana", None),
        (DATA_SOURCE, "jsonDataEncoded", '{"a": 1, "b": 2}', '{ "b": 2.0, "a": 1 }'),
        (DATA_SOURCE, "jsonDataEncoded", "{}", None),
        (DATA_SOURCE, "secureJsonDataEncoded", Secret('{"a": "1"}'), Secret('{ "a": "1" }')),
        (DATA_SOURCE, "isDefault", True, False),
        (USER, "email", "Ann@Example.org", "ann@example.org"),
        (USER, "login", "Ann", "ann"),
        (TEAM, "members", ["a@x", "b@x"], ["b@x", "a@x"]),
        (TEAM, "members", ["a@x"], None),
        (TEAM, "admins", ["a@x"], None),
        (ORGANIZATION, "viewers", ["a@x", "b@x"], ["b@x", "a@x"]),
        (PREFERENCES, "theme", "", None),
        (FOLDER_PERMISSION, "folderUid", "1:f", "f"),
        (
            FOLDER_PERMISSION,
            "permissions",
            [
                {"role": "", "teamId": "3", "userId": "0", "permission": "View"},
                {"role": "Viewer", "permission": "View"},
            ],
            [{"role": "Viewer", "permission": "View"}, {"teamId": "1:3", "permission": "View"}],
        ),
    ],
)
def test_what_means_the_same_is_no_change(provider: Provider, token: str, key: str, before: Any, after: Any) -> None:
    assert _diff_of(provider, token, key, (before, after)).detail == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_config(), _config(panels=[{"id": 1, "title": "q"}])),
        (_config(), _config(panels=[])),
        (_config(x=1), _config(x=True)),
        (_config(x=0), _config(x=False)),
        (_config(x=1), _config(x="1")),
        (_config(x=1.5), _config(x=1)),
        (
            _config(panels=[{"type": "row", "panels": [{"id": 1}]}]),
            _config(panels=[{"type": "row", "panels": [{"id": 2}]}]),
        ),
    ],
)
def test_what_means_something_else_is_a_change(provider: Provider, before: str, after: str) -> None:
    diff = provider.diff(DASHBOARD, {"configJson": before}, {"configJson": after})
    assert diff.detail == {"configJson": "UPDATE"}


@pytest.mark.parametrize("after", [_config(uid="b"), _config(uid=None), _config(uid="")])
def test_another_uid_is_another_dashboard(provider: Provider, after: str) -> None:
    diff = provider.diff(DASHBOARD, {"configJson": _config()}, {"configJson": after})
    assert diff.replaces == ["configJson"]
    assert diff.delete_first, "a folder takes no two dashboards of one title"


def test_a_dashboard_that_is_not_known_yet_is_an_update(provider: Provider) -> None:
    diff = provider.diff(DASHBOARD, {"configJson": _config()}, {"configJson": UNKNOWN})
    assert (diff.changes, diff.replaces) == (True, [])


@pytest.mark.parametrize("token", [FOLDER, DATA_SOURCE])
def test_what_has_a_name_of_its_own_goes_before_its_replacement_comes(provider: Provider, token: str) -> None:
    old, new = ({**MINIMAL[token], "uid": uid, "__defaults": []} for uid in ("a", "b"))
    assert provider.diff(token, old, new).delete_first


def test_a_state_of_the_official_plugin_shows_no_change(provider: Provider) -> None:
    complete = provider.checked(DASHBOARD, configJson=_config(), folder="machines")
    foreign = {**complete, "configJson": json.dumps(json.loads(_config())), "__defaults": [], "somethingNew": "x"}
    assert not provider.diff(DASHBOARD, foreign, complete).changes


def test_of_the_provider_all_but_nothing_replaces(provider: Provider) -> None:
    from pulumi.runtime.proto import provider_pb2

    olds = {"url": "http://a", "auth": Secret("admin:a"), "retries": "3"}
    news = {"url": "http://b", "auth": Secret("admin:b"), "retries": "4"}
    request = provider_pb2.DiffRequest(old_inputs=encode(olds), news=encode(news))
    answer = provider._call("DiffConfig", request)
    assert sorted(answer.diffs) == ["auth", "retries", "url"]
    assert list(answer.replaces) == []


# Previews


@pytest.mark.parametrize(
    ("token", "computed"),
    [
        (DASHBOARD, {"dashboardId", "orgId", "uid", "url", "version"}),
        (DATA_SOURCE, {"orgId", "uid"}),
        (FOLDER, {"orgId", "uid", "url"}),
        (FOLDER_PERMISSION, {"orgId"}),
        (ORGANIZATION, {"orgId"}),
        (PREFERENCES, {"orgId"}),
        (SERVICE_ACCOUNT, {"orgId"}),
        (TEAM, {"orgId", "teamId", "teamUid"}),
        (TOKEN, {"expiration", "hasExpired"}),
        (USER, {"userId"}),
    ],
)
def test_a_preview_needs_no_grafana(provider: Provider, token: str, computed: set[str]) -> None:
    provider.configure(url="http://127.0.0.1:1", auth="admin:x")
    inputs = provider.checked(token, **MINIMAL[token])
    id, outputs = provider.create(token, inputs, preview=True)
    assert id == ""
    assert {key for key, value in outputs.items() if value is UNKNOWN} == computed
    assert "__defaults" not in outputs
    known = {**outputs, **dict.fromkeys(computed, "known")}
    planned = provider.update(token, "1", known, inputs, inputs, preview=True)
    assert {key for key, value in planned.items() if value == "known"} == computed


def test_a_token_that_is_not_made_yet_is_secret(provider: Provider) -> None:
    _, outputs = provider.create(TOKEN, MINIMAL[TOKEN], preview=True)
    assert outputs["key"] == Secret(UNKNOWN)


def test_a_uid_in_the_model_is_known_in_a_preview(provider: Provider) -> None:
    _, outputs = provider.create(DASHBOARD, {"configJson": _config()}, preview=True)
    assert outputs["uid"] == "a"
    _, outputs = provider.create(DASHBOARD, {"configJson": UNKNOWN}, preview=True)
    assert outputs["uid"] is UNKNOWN


def test_previews_and_diffs_ask_nobody() -> None:
    with fake_site() as site, running_plugin(url=site.url, auth=f"admin:{PASSWORD}") as provider:
        for token in TOKENS:
            inputs = provider.checked(token, **MINIMAL[token])
            provider.create(token, inputs, preview=True)
            provider.update(token, "1", inputs, inputs, inputs, preview=True)
            provider.diff(token, inputs, inputs)
        assert site.fake is not None
        assert site.fake.requests == []
