"""Grafana's own configuration, as the environment of its container; secrets are files it is pointed at."""

from urllib.parse import urlsplit

from config.grafana.ini import SECRETS_DIRECTORY, Sections, from_file, yes
from config.grafana.oauth import oauth_sections
from config.settings.grafana import GrafanaDatabaseSettings, GrafanaSettings

DATA_DIRECTORY = "/var/lib/grafana"
ADMIN_PASSWORD_FILE = f"{SECRETS_DIRECTORY}/admin_password"
SECRET_KEY_FILE = f"{SECRETS_DIRECTORY}/secret_key"
DATABASE_PASSWORD_FILE = f"{SECRETS_DIRECTORY}/database_password"
DATABASE_CA_FILE = f"{SECRETS_DIRECTORY}/database_ca.pem"

# Grafana reads the administrator's password only when it makes its database. Setting it at every start makes a changed
# one take effect on data that is there already, and undoes a change by hand, which would lock the program out.
# What the reset says is of interest only when it fails, but then (no database, say) nothing else tells why: the program
# says everything on its standard output.
START_COMMAND = (
    f"said=$(grafana cli admin reset-admin-password --password-from-stdin < {ADMIN_PASSWORD_FILE} 2>&1)"
    ' || { echo "$said" >&2; exit 1; }; exec /run.sh'
)


def environment(grafana: GrafanaSettings) -> dict[str, str]:
    """GF_<section>_<key> -> value; whatever is not said here is as Grafana ships it."""
    values: Sections = {
        "paths": {"data": DATA_DIRECTORY, "logs": f"{DATA_DIRECTORY}/log", "plugins": f"{DATA_DIRECTORY}/plugins"},
        "server": {"http_port": "3000", "root_url": f"{grafana.url}/"},
        "log": {"mode": "console", "level": "warn"},
        "security": {
            "admin_user": "admin",
            "admin_password": from_file(ADMIN_PASSWORD_FILE),
            # encrypts the datasources' credentials in Grafana's database; everybody knows the one it ships with
            "secret_key": from_file(SECRET_KEY_FILE),
            "cookie_secure": yes(urlsplit(grafana.url).scheme == "https"),
            "cookie_samesite": "lax",
            "strict_transport_security": yes(urlsplit(grafana.url).scheme == "https"),
            "disable_gravatar": "true",
            "content_security_policy": "true",
        },
        "users": {"allow_sign_up": "false", "allow_org_create": "false", "viewers_can_edit": "false"},
        "auth.anonymous": {"enabled": "false"},
        "auth.basic": {"enabled": "true"},  # the program itself signs in so
        "analytics": {
            "reporting_enabled": "false",
            "check_for_updates": "false",
            "check_for_plugin_updates": "false",
            "feedback_links_enabled": "false",
        },
        "news": {"news_feed_enabled": "false"},
        "snapshots": {"external_enabled": "false"},
        "plugins": {"public_key_retrieval_disabled": "true", "preinstall_disabled": "true"},
        **_alerting(),
        "metrics": {"enabled": "true"},
        **_database(grafana.database),
        **oauth_sections(grafana.oauth),
    }
    return {
        f"GF_{section.upper().replace('.', '_')}_{key.upper()}": value
        for section, keys in values.items()
        for key, value in keys.items()
    }


def _alerting() -> Sections:
    """Pages and API for the alerts and silences of Prometheus and Alertmanager; Grafana evaluates and sends nothing.

    Its own Alertmanager can't be left out of it, but has no alert where no rule is evaluated, and no mail server.
    """
    return {
        "unified_alerting": {"enabled": "true", "execute_alerts": "false"},
        "unified_alerting.state_history": {"enabled": "false"},
        "smtp": {"enabled": "false"},
    }


def _database(database: GrafanaDatabaseSettings | None) -> Sections:
    if database is None:
        return {"database": {"type": "sqlite3", "wal": "true"}}
    return {
        "database": {
            "type": "postgres",
            "host": database.address,
            "name": database.name,
            "user": database.user,
            "password": from_file(DATABASE_PASSWORD_FILE),
            "ssl_mode": database.ssl_mode,
            # without a file it trusts whom its image trusts
            **({"ca_cert_path": DATABASE_CA_FILE} if database.own_ca else {}),
        }
    }
