"""Grafana's server, what is placed in it, and by which provider."""

import json
import re
from typing import Any

import pulumi
import pytest

from config.areas.registry import AREAS
from config.grafana.server import environment
from config.settings.grafana import GrafanaSettings
from tests.support.program import SECRETS, Graph, Secret, run_program

USERS = [
    {"login": "anna", "email": "anna@example.com", "name": "Anna Bell", "role": "Editor"},
    {"login": "ben", "email": "ben@example.com", "name": "Ben Cole", "role": "Admin"},
]


def env(graph: Graph) -> dict[str, str]:
    """The container's environment."""
    return dict(each.split("=", 1) for each in graph.container("grafana").inputs["envs"])


def test_nobody_signs_up_and_nothing_is_reported(graph: Graph) -> None:
    values = env(graph)
    for section, *keys in (
        ("USERS", "ALLOW_SIGN_UP", "ALLOW_ORG_CREATE"),
        ("AUTH_ANONYMOUS", "ENABLED"),
        ("ANALYTICS", "REPORTING_ENABLED", "CHECK_FOR_UPDATES", "CHECK_FOR_PLUGIN_UPDATES", "FEEDBACK_LINKS_ENABLED"),
        ("NEWS", "NEWS_FEED_ENABLED"),
        ("SNAPSHOTS", "EXTERNAL_ENABLED"),
    ):
        for key in keys:
            assert values[f"GF_{section}_{key}"] == "false", (section, key)
    assert values["GF_SECURITY_DISABLE_GRAVATAR"] == "true"
    assert values["GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED"] == "true"
    assert values["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"
    assert values["GF_SECURITY_ADMIN_PASSWORD"] == "$__file{/run/files/admin_password}"
    assert values["GF_SECURITY_SECRET_KEY"] == "$__file{/run/files/secret_key}"


def test_alerts_and_silences_are_shown_and_grafana_itself_alerts_nobody(graph: Graph) -> None:
    values = env(graph)
    assert values["GF_UNIFIED_ALERTING_ENABLED"] == "true"
    assert values["GF_UNIFIED_ALERTING_EXECUTE_ALERTS"] == "false"
    assert values["GF_UNIFIED_ALERTING_STATE_HISTORY_ENABLED"] == "false"
    assert values["GF_SMTP_ENABLED"] == "false"
    # the alerting of old: Grafana doesn't start with both
    assert values.get("GF_ALERTING_ENABLED", "false") == "false"


@pytest.mark.parametrize(
    ("url", "secure"),
    [("https://grafana.example.com", "true"), ("http://grafana.example.com", "false"), (None, "false")],
)
def test_cookies_are_secure_only_behind_https(url: str | None, secure: str) -> None:
    values = environment(GrafanaSettings.model_validate({"externalUrl": url}))
    assert values["GF_SECURITY_COOKIE_SECURE"] == secure
    assert values["GF_SECURITY_STRICT_TRANSPORT_SECURITY"] == secure


def test_everything_goes_through_the_one_provider_and_waits_for_the_server(graph: Graph) -> None:
    [provider] = graph.of_type("pulumi:providers:grafana")
    assert provider.inputs["auth"] == Secret(f"admin:{SECRETS['grafanaAdminPassword']}")
    assert provider.inputs["url"] == "http://127.0.0.1:3001"
    server = graph.container("grafana").urn
    placed = [resource for resource in graph.resources if resource.type.startswith("grafana:")]
    assert len(placed) > 15
    for resource in placed:
        assert resource.provider.startswith(f"{provider.urn}::"), resource.name
        if resource.name != "preferences":  # waits for the dashboard that it names
            assert server in resource.dependencies, resource.name


def test_datasources_have_fixed_uids_and_no_password_in_the_open() -> None:
    graph = run_program(
        "prod",
        changes={
            "grafana": {
                "postgres": {"address": "pg:5432", "user": "reader", "database": "shop"},
                "datasources": [
                    {"uid": "logs", "name": "Logs", "type": "loki", "url": "http://loki:3100", "user": "m"}
                ],
            }
        },
        secrets={**SECRETS, "grafanaPostgresPassword": "canary-pg", "grafanaDatasourcePassword-logs": "canary-logs"},
    )
    found = {source.inputs["uid"]: source.inputs for source in graph.of_type("grafana:oss/dataSource:DataSource")}
    assert set(found) == {"prometheus", "alertmanager", "postgres", "logs"}
    assert [uid for uid, inputs in found.items() if inputs["isDefault"]] == ["prometheus"]
    assert json.loads(found["prometheus"]["jsonDataEncoded"])["timeInterval"] == "15s"
    assert found["postgres"]["secureJsonDataEncoded"] == Secret('{"password": "canary-pg"}')
    assert found["logs"]["secureJsonDataEncoded"] == Secret('{"basicAuthPassword": "canary-logs"}')


@pytest.mark.parametrize("name", ["Prometheus (prod)", "Alertmanager"])
def test_a_datasource_named_like_one_of_our_own_is_refused(name: str) -> None:
    source = {"uid": "other", "name": name, "type": "prometheus", "url": "http://other:9090"}
    with pytest.raises(pulumi.RunError, match=re.escape(f"'{name}' is used twice")):
        run_program("prod", changes={"grafana": {"datasources": [source]}})


def test_people_teams_and_permissions() -> None:
    passwords = {"grafanaUserPassword-anna": "canary-anna", "grafanaUserPassword-ben": "canary-ben"}
    graph = run_program("prod", changes={"grafana": {"users": USERS}}, secrets={**SECRETS, **passwords})
    users = {user.inputs["login"]: user.inputs for user in graph.of_type("grafana:oss/user:User")}
    assert users["anna"]["password"] == Secret("canary-anna")
    assert users["ben"]["isAdmin"] is True
    assert users["anna"]["isAdmin"] is False
    teams: dict[str, Any] = {t.inputs["name"]: t.inputs["members"] for t in graph.of_type("grafana:oss/team:Team")}
    assert teams == {"Editors": ["anna@example.com"], "Admins": ["ben@example.com"]}
    permissions = graph.of_type("grafana:oss/folderPermission:FolderPermission")
    assert len(permissions) == len(graph.of_type("grafana:oss/folder:Folder"))


def test_the_browsers_own_first_day_is_an_empty_one() -> None:
    graph = run_program("prod", changes={"grafana": {"preferences": {"weekStart": "browser"}}})
    [preferences] = graph.of_type("grafana:oss/organizationPreferences:OrganizationPreferences")
    assert preferences.inputs["weekStart"] == ""


def test_a_service_account_has_a_token_that_is_a_secret_everywhere() -> None:
    accounts = [{"name": "reader", "role": "Viewer"}, {"name": "deploy", "role": "Editor"}]
    graph = run_program("prod", changes={"grafana": {"serviceAccounts": accounts}})
    made = {each.inputs["name"]: each for each in graph.of_type("grafana:oss/serviceAccount:ServiceAccount")}
    assert {name: each.inputs["role"] for name, each in made.items()} == {"reader": "Viewer", "deploy": "Editor"}
    tokens = graph.of_type("grafana:oss/serviceAccountToken:ServiceAccountToken")
    assert len(tokens) == 2
    for token in tokens:
        account = made[token.inputs["name"]]
        assert account.urn in token.dependencies
        assert token.parent == account.parent == graph.component("grafana-people").urn
        assert token.inputs["serviceAccountId"] == f"{account.name}-id"
    assert isinstance(graph.outputs["serviceAccountTokens"], Secret)


def test_without_service_accounts_there_are_no_tokens(prod: Graph) -> None:
    assert prod.of_type("grafana:oss/serviceAccountToken:ServiceAccountToken") == []
    assert "serviceAccountTokens" not in prod.outputs


def test_a_dashboard_lies_in_its_folder(prod: Graph) -> None:
    dashboards = prod.of_type("grafana:oss/dashboard:Dashboard")
    assert len(dashboards) == len(AREAS) + 2, "one for each subject, the overview, the alerts"
    assert {json.loads(each.inputs["configJson"])["uid"] for each in dashboards} >= {"overview", "hosts"}
    assert all(each.inputs["folder"] for each in dashboards)
