"""The shape of Grafana's settings: types, limits, defaults."""

import ssl
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from config.settings.base import (
    SYSTEM_CA,
    Cpus,
    HostPort,
    HttpUrl,
    MemoryMb,
    Model,
    Name,
    Port,
    own_certificates,
)
from config.settings.grafana_people import (
    FolderPermissionSettings,
    Role,
    TeamSettings,
    Text,
    UserSettings,
    people_problems,
)

MAX_UID = 40  # Grafana's own limit
# names of secrets; those of a user or a datasource end in its name
SECRETS = "grafana((Admin|Database|Postgres)Password|OauthClientSecret|SecretKey|(User|Datasource)Password-.+)"
_NO_PEM = "must be certificates as PEM text (in YAML after `ca: |`)"


def _certificates(pem: str, words: str = _NO_PEM) -> str:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, TypeError):
        raise ValueError(words) from None
    return pem


def _authorities(ca: str) -> str:
    return ca if ca == SYSTEM_CA else _certificates(ca, f"{_NO_PEM}, or {SYSTEM_CA}")


Uid = Annotated[str, StringConstraints(pattern=rf"^[a-zA-Z0-9_-]{{1,{MAX_UID}}}$"), Field(examples=["logs"])]
# in a JMESPath expression it stands between quotes
Group = Annotated[str, StringConstraints(pattern=r"^[^'`\\]{1,190}$"), Field(examples=["monitoring"])]
JmesPath = Annotated[str, StringConstraints(pattern=r"\S"), Field(examples=["realm_access.roles"])]
Pem = Annotated[str, AfterValidator(_certificates), Field(examples=["-----BEGIN CERTIFICATE-----\nMIIB..."])]
Ca = Annotated[str, AfterValidator(_authorities), Field(examples=[SYSTEM_CA])]
# below a quarter of a GB Grafana 13 is killed while it migrates its database
GRAFANA_MIN_MEMORY_MB = 256


class GrafanaDatabaseSettings(Model):
    """A PostgreSQL server that keeps Grafana's own state; its password is the secret `grafanaDatabasePassword`.

    `ca`: who has to have signed the server's certificate where `sslMode` verifies it. The authorities' certificates as
    PEM text, or `system` for those that Grafana's image trusts.
    """

    address: HostPort
    user: Text = Field(examples=["grafana"])
    name: Text = "grafana"
    ssl_mode: Literal["disable", "require", "verify-ca", "verify-full"] = "require"
    ca: Ca | None = None

    @property
    def own_ca(self) -> str | None:
        """The certificates that Grafana has to be given."""
        return own_certificates(self.ca)

    @model_validator(mode="after")
    def _verified_by_somebody(self) -> Self:
        verifies = self.ssl_mode.startswith("verify-")
        if verifies and self.ca is None:
            raise ValueError(
                f"sslMode '{self.ssl_mode}' needs ca: certificates as PEM text, or {SYSTEM_CA} for those of the image"
            )
        if self.ca is not None and not verifies:
            raise ValueError(
                f"ca has no use with sslMode '{self.ssl_mode}'; choose verify-ca or verify-full, or leave ca out"
            )
        return self


class PostgresDatasourceSettings(Model):
    """Queries against a PostgreSQL server, with a role that may only read; secret `grafanaPostgresPassword`."""

    address: HostPort
    user: Text = Field(examples=["reader"])
    database: Text = Field(examples=["shop"])
    ssl_mode: Literal["disable", "require", "verify-ca", "verify-full"] = "require"


class DatasourceSettings(Model):
    """A further datasource; with `user`, its password is the secret `grafanaDatasourcePassword-<uid>`."""

    uid: Uid
    name: Text = Field(examples=["Logs"])
    type: Literal["loki", "tempo", "prometheus"]
    url: HttpUrl
    user: Text | None = None


class DropInDashboardSettings(Model):
    """A dashboard from an exported JSON file, by its path below `dashboards/`.

    `folder`: left out, the one that is called like the file's folder, else `community`. `inputs`: what stands for an
    input such as `DS_PROMETHEUS`, or for a datasource that the export knows under this name or uid.
    """

    file: Annotated[str, StringConstraints(pattern=r"(?i)^[^\s/][^\r\n]*\.json$"),
                    Field(examples=["node-exporter-full.json"])]  # fmt: skip
    folder: Name | None = None
    uid: Uid | None = None
    inputs: dict[str, Text] = Field(default={}, examples=[{"DS_PROMETHEUS": "prometheus"}])


class BusinessMetricSettings(Model):
    """A graph of the company's own on the dashboard Services; the query is PromQL, the unit one of Grafana's."""

    title: Text = Field(examples=["Orders per minute"])
    description: Text = Field(examples=["Orders that customers placed."])
    query: Annotated[str, StringConstraints(min_length=1), Field(examples=["sum(rate(orders_total[5m])) * 60"])]
    unit: Text = "short"
    legend: str = ""


class ServiceAccountSettings(Model):
    """An account for automation."""

    name: Name
    role: Role = "Viewer"


class PreferenceSettings(Model):
    """What everybody sees who hasn't chosen otherwise."""

    theme: Literal["light", "dark", "system"] = "system"
    timezone: Annotated[str, StringConstraints(pattern=r"^[\w+/-]+$"), Field(examples=["Europe/Berlin"])] = "browser"
    week_start: Literal["monday", "saturday", "sunday", "browser"] = "monday"
    home: Uid = "overview"

    @property
    def first_day(self) -> str:
        """The week's first day as Grafana's API takes it: empty for what the browser says."""
        return "" if self.week_start == "browser" else self.week_start


class OauthSettings(Model):
    """Single sign-on by OAuth; the client's secret is the secret `grafanaOauthClientSecret`.

    Who is admitted: those of `allowedDomains` (of their e-mail address), of `allowedGroups`, whom `rolePath` gives a
    role; where several are set, all of them have to hold. `groupsPath` and `rolePath` are JMESPath over the provider's
    claims; without a role of theirs people are Viewers.
    """

    name: Text = Field(default="SSO", examples=["Company login"])
    client_id: Text = Field(examples=["grafana"])
    auth_url: HttpUrl
    token_url: HttpUrl
    api_url: HttpUrl
    scopes: tuple[Text, ...] = ("openid", "profile", "email")
    allowed_domains: tuple[Text, ...] = Field(default=(), examples=[["autonomica.ai"]])
    allowed_groups: tuple[Group, ...] = Field(default=(), examples=[["monitoring"]])
    groups_path: JmesPath = "groups"
    role_path: JmesPath | None = Field(default=None, examples=["contains(groups, 'ops') && 'Editor' || 'Viewer'"])
    admit_everybody: bool = False
    # straight to the provider, past Grafana's own page
    auto_login: bool = False
    # user and password on Grafana's page; without it `admin` still gets into the API
    login_form: bool = True
    # of the provider's address, where no public authority signed it; as PEM
    ca: Pem | None = None
    # gives whoever signs on the account of `users` with the same e-mail address: only safe where the provider
    # verifies addresses. Without it Grafana turns them away; `users` are other people then, or for emergencies
    users_by_email: bool | None = None

    @model_validator(mode="after")
    def _somebody_is_kept_out(self) -> Self:
        if not (self.allowed_domains or self.allowed_groups or self.role_path or self.admit_everybody):
            raise ValueError(
                "everybody whom the provider knows would be admitted; set allowedDomains, allowedGroups or rolePath, "
                "or, if that is meant, admitEverybody: true"
            )
        return self


class GrafanaSettings(Model):
    """Grafana: where it is, what it may use, what it holds.

    `enabled`: whether the stack has one. Left out, the first `monitor up` decides by whether its image and the
    provider's plugin are available, and the stack keeps the answer; everywhere else, left out means true.
    """

    enabled: bool = True
    port: Port = 3001
    external_url: HttpUrl | None = None
    # where the deployment itself reaches it, if not at the published port: through a tunnel to a remote host, say
    api_url: HttpUrl | None = None
    memory_mb: Annotated[MemoryMb, Field(ge=GRAFANA_MIN_MEMORY_MB)] = 2048
    cpus: Cpus = 1.0
    database: GrafanaDatabaseSettings | None = None
    exemplars: bool = False
    postgres: PostgresDatasourceSettings | None = None
    datasources: tuple[DatasourceSettings, ...] = ()
    business_metrics: tuple[BusinessMetricSettings, ...] = ()
    dashboards: tuple[DropInDashboardSettings, ...] = ()
    hand_edits: Literal["overwrite", "refuse"] = "overwrite"
    preferences: PreferenceSettings = PreferenceSettings()
    users: tuple[UserSettings, ...] = ()
    teams: tuple[TeamSettings, ...] = ()
    folder_permissions: tuple[FolderPermissionSettings, ...] = ()
    service_accounts: tuple[ServiceAccountSettings, ...] = ()
    oauth: OauthSettings | None = None

    @property
    def url(self) -> str:
        """Where people find it, without a slash at the end."""
        return (self.external_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def secret_keys(self) -> list[str]:
        """Keys of the secrets that these settings make use of."""
        if not self.enabled:
            return []
        optional = {
            "grafanaDatabasePassword": self.database,
            "grafanaOauthClientSecret": self.oauth,
            "grafanaPostgresPassword": self.postgres,
        }
        return [
            "grafanaAdminPassword",
            "grafanaSecretKey",
            *(key for key, needed in optional.items() if needed),
            *(f"grafanaUserPassword-{user.login}" for user in self.users),
            *(f"grafanaDatasourcePassword-{source.uid}" for source in self.datasources if source.user),
        ]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for problem in people_problems(self.users, self.teams, self.folder_permissions):
            raise ValueError(problem)
        if self.users and self.oauth and self.oauth.users_by_email is None:
            raise ValueError(
                "oauth.usersByEmail: say whether who signs on with the e-mail address of one of users gets that account"
                " (true: only where the provider verifies addresses) or is turned away (false)"
            )
        for key, names in {
            "datasources[].uid": [source.uid for source in self.datasources],
            "serviceAccounts[].name": [account.name for account in self.service_accounts],
            "dashboards[].file": [dashboard.file for dashboard in self.dashboards],
        }.items():
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"{key}: '{name}' is used twice; each needs its own")
        for source in self.datasources:
            if source.uid in {"prometheus", "alertmanager", "postgres"}:
                raise ValueError(f"datasources[].uid: '{source.uid}' is one of the monitoring's own; choose another")
        return self
