"""Single sign-on: what each setting becomes in Grafana's configuration, and that nobody is admitted by oversight."""

from typing import Any

import pytest
from pydantic import ValidationError

from config.grafana.server import environment
from config.settings.grafana import GrafanaSettings
from tests.support.program import SECRETS, Secret, run_program
from tests.unit.certificate import CERTIFICATE

LEAST = {
    "clientId": "grafana",
    "authUrl": "https://id.example.com/auth",
    "tokenUrl": "https://id.example.com/token",
    "apiUrl": "https://id.example.com/userinfo",
    "allowedDomains": ["example.com"],
}
ANNA = {"login": "anna", "email": "anna@example.com", "name": "Anna Bell"}


def grafana(users: tuple[Any, ...] = (), **changes: Any) -> GrafanaSettings:
    """Settings with the least of a sign-on, changed; None leaves one out."""
    oauth = {key: value for key, value in {**LEAST, **changes}.items() if value is not None}
    return GrafanaSettings.model_validate({"users": users, "oauth": oauth}, strict=False)


def oauth(**changes: Any) -> dict[str, str]:
    """What the settings become: the keys of Grafana's sections on authentication."""
    prefix = "GF_AUTH_GENERIC_OAUTH_"
    found = environment(grafana(**changes))
    return {key.removeprefix(prefix): value for key, value in found.items() if key.startswith(prefix)}


def test_without_it_nothing_is_said_about_it() -> None:
    assert not [key for key in environment(GrafanaSettings()) if "OAUTH" in key or "LOGIN_FORM" in key]


def test_the_least_that_can_be_said() -> None:
    assert oauth() == {
        "ENABLED": "true",
        "NAME": "SSO",
        "CLIENT_ID": "grafana",
        "CLIENT_SECRET": "$__file{/run/files/oauth_client_secret}",
        "AUTH_URL": "https://id.example.com/auth",
        "TOKEN_URL": "https://id.example.com/token",
        "API_URL": "https://id.example.com/userinfo",
        "SCOPES": "openid profile email",
        "ALLOWED_DOMAINS": "example.com",
        "ALLOW_SIGN_UP": "true",
        "AUTO_LOGIN": "false",
        "USE_PKCE": "true",
    }
    values = environment(grafana())
    assert values["GF_AUTH_DISABLE_LOGIN_FORM"] == "false"
    assert values["GF_AUTH_OAUTH_ALLOW_INSECURE_EMAIL_LOOKUP"] == "false"


MONITORING = "(groups)[?@ == 'monitoring'] && ('Viewer')"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "Company login"}, {"NAME": "Company login"}),
        ({"scopes": ["openid", "groups"]}, {"SCOPES": "openid groups"}),
        ({"allowedDomains": ["a.com", "b.com"]}, {"ALLOWED_DOMAINS": "a.com b.com"}),
        ({"autoLogin": True}, {"AUTO_LOGIN": "true"}),
        ({"ca": CERTIFICATE}, {"TLS_CLIENT_CA": "/run/files/oauth_ca.pem"}),
        ({"rolePath": "role"}, {"ROLE_ATTRIBUTE_PATH": "role", "ROLE_ATTRIBUTE_STRICT": "true"}),
        (
            {"allowedGroups": ["monitoring"]},
            {"ROLE_ATTRIBUTE_PATH": MONITORING, "ROLE_ATTRIBUTE_STRICT": "true"},
        ),
        (
            {"allowedGroups": ["a", "b c"], "groupsPath": "realm.roles", "rolePath": "x && 'Editor' || 'Viewer'"},
            {
                "ROLE_ATTRIBUTE_PATH": "(realm.roles)[?@ == 'a' || @ == 'b c'] && (x && 'Editor' || 'Viewer')",
                "ROLE_ATTRIBUTE_STRICT": "true",
            },
        ),
    ],
)
def test_each_setting(changes: dict[str, Any], expected: dict[str, str]) -> None:
    assert oauth(**changes) == {**oauth(), **expected}


def test_the_login_form_can_be_off_and_users_be_found_by_their_address() -> None:
    assert environment(grafana(loginForm=False))["GF_AUTH_DISABLE_LOGIN_FORM"] == "true"
    by_email = environment(grafana(users=(ANNA,), usersByEmail=True))
    assert by_email["GF_AUTH_OAUTH_ALLOW_INSECURE_EMAIL_LOOKUP"] == "true"
    local = environment(grafana(users=(ANNA,), usersByEmail=False))
    assert local["GF_AUTH_OAUTH_ALLOW_INSECURE_EMAIL_LOOKUP"] == "false"


@pytest.mark.parametrize("changes", [{"allowedGroups": ["monitoring"]}, {"rolePath": "r"}, {"admitEverybody": True}])
def test_who_is_admitted_can_be_said_in_other_words_than_domains(changes: dict[str, Any]) -> None:
    assert oauth(allowedDomains=None, **changes)["ALLOWED_DOMAINS"] == ""


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"allowedDomains": None}, "set allowedDomains, allowedGroups or rolePath, or, if that is meant, admitEv"),
        ({"allowedDomains": [], "groupsPath": "roles"}, "everybody whom the provider knows would be admitted"),
        ({"users": (ANNA,)}, "oauth.usersByEmail: say whether"),
        ({"allowedGroups": ["it's"]}, "allowedGroups"),
        ({"rolePath": " "}, "rolePath"),
        ({"ca": "/etc/ssl/ca.pem"}, "must be certificates as PEM text"),
    ],
)
def test_what_would_let_the_wrong_ones_in_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        grafana(**values)
    assert words in str(refused.value)


def test_the_clients_secret_and_the_authoritys_certificate_are_files() -> None:
    graph = run_program(
        "prod",
        changes={"grafana": {"oauth": {**LEAST, "ca": CERTIFICATE}}},
        secrets={**SECRETS, "grafanaOauthClientSecret": "canary-client"},
    )
    files = {upload["file"]: upload["content"] for upload in graph.container("grafana-files").inputs["uploads"]}
    assert files["/run/files/oauth_client_secret"] == Secret("canary-client")
    assert files["/run/files/oauth_ca.pem"] == CERTIFICATE
