"""Loads and validates the stack's configuration. Nothing else reads Pulumi config; a wrong value stops here."""

import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

import pulumi
from pulumi.runtime import config as runtime_config
from pydantic import ValidationError

from config.settings.areas import SERVER_SECRETS
from config.settings.errors import SettingsError, describe, innermost
from config.settings.facts import KEY as FACTS_KEY
from config.settings.facts import kept_facts, with_facts
from config.settings.grafana import SECRETS as GRAFANA_SECRETS
from config.settings.notification_checks import problems as notification_problems
from config.settings.notifications import SECRETS as NOTIFICATION_SECRETS
from config.settings.services import SECRETS as SERVICE_SECRETS
from config.settings.stack import Settings
from config.settings.team_routes import with_team_routes
from config.settings.teams import TEAMS

_OF_SERVERS = re.compile(rf"({'|'.join(SERVER_SECRETS)})(-.+)?")
_SECRET_NAMES = re.compile(
    "|".join([_OF_SERVERS.pattern, *(f"{key}-.+" for key in SERVICE_SECRETS), "heartbeatUrl", NOTIFICATION_SECRETS,
              GRAFANA_SECRETS])
)  # fmt: skip
# Grafana puts it into its connection string as it is, and shows the pieces in its errors
_NOT_IN_A_CONNECTION_STRING = re.compile(r"[\s'\\]")
# the demo's databases and its sink ask for these, whatever the settings make use of
DEMO_SECRET_KEYS = frozenset({"postgresPassword", "redisPassword", "slackWebhookUrl", "smtpPassword"})


# Values that stay encrypted, by key; only those are there that the settings make use of.
Secrets = Mapping[str, pulumi.Output[str]]


def load() -> tuple[Settings, Secrets, Mapping[str, object]]:
    """Read and check the stack's config; the third are the facts that went into it (config/settings/facts.py).

    Raises:
        SettingsError: with one line per wrong value: key, what is wrong, what is allowed, an example.
    """
    project, stack = pulumi.get_project(), pulumi.get_stack()
    if problems := misspelt_namespaces(_everything(), project):
        raise SettingsError(problems)
    values = _plain_values(project)
    facts = _given_facts(values.pop(FACTS_KEY)) if FACTS_KEY in values else kept_facts()
    settings = parse(stack, values, facts=facts)
    return settings, _secrets(project, settings), facts


def _given_facts(raw: str) -> dict[str, object]:
    facts = _from_json(raw)
    if not isinstance(facts, dict):
        raise SettingsError([f"{FACTS_KEY}: must be a structure, such as dockerCpus: 4; `monitor up` sets it"])
    return facts


def parse(
    stack: str, values: Mapping[str, str], teams: Path = TEAMS, *, facts: Mapping[str, object] = MappingProxyType({})
) -> Settings:
    """Build settings from config values as the CLI hands them over: strings, JSON for anything else.

    Args:
        stack: the stack's name; the default of `environment`.
        values: key without namespace -> raw value.
        teams: the folder in which teams keep their own receivers and routes.
        facts: settings that hold where the values don't have them.
    """
    document: dict[str, object] = {"stack": stack, "environment": stack}
    for key, raw in values.items():
        document[key] = raw if key in _STRING_KEYS else _from_json(raw)
    document = with_facts(document, facts)
    if "stack" in values:
        raise SettingsError(["stack: the stack's name is chosen with `pulumi stack select`, not in its config"])
    grafana = document.get("grafana")
    if isinstance(grafana, dict) and "report" in grafana:
        raise SettingsError(["grafana.report: is called viewer.report now; move what it says there"])
    try:
        settings = Settings.model_validate_json(json.dumps(document))
    except ValidationError as error:
        raise SettingsError([describe(Settings, problem, document) for problem in innermost(error.errors())]) from None
    if problems := notification_problems(settings.notifications):
        raise SettingsError(problems)
    return settings.model_copy(update={"notifications": with_team_routes(settings.notifications, teams)})


_STRING_KEYS = frozenset(
    {
        "dockerHost",
        "dockerVersion",
        "environment",
        "hostName",
        "imageRegistry",
        "publishAddress",
        "runbookUrl",
        "subnet",
    }
)


def _from_json(raw: str) -> object:
    try:
        return json.loads(raw)
    except json.JSONDecodeError:
        return raw  # a plain word where a number or structure belongs: the type check names it


def misspelt_namespaces(names: Iterable[str], project: str) -> list[str]:
    """One line for each key that was meant for this project: nobody would read it, and a part of the stack would go.

    Args:
        names: keys with their namespaces.
    """
    return [
        f"{name}: '{namespace}' is no namespace of this stack's configuration; is '{project}' meant?"
        for name in names
        if (namespace := name.partition(":")[0]) != project and get_close_matches(namespace, [project], cutoff=0.8)
    ]


def _everything() -> dict[str, str]:
    return {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}


def _plain_values(project: str) -> dict[str, str]:
    prefix = f"{project}:"
    return {
        key: value
        for name, value in _everything().items()
        if name.startswith(prefix) and not _SECRET_NAMES.fullmatch(key := name.removeprefix(prefix))
    }


def _is_secret(name: str) -> bool:
    return runtime_config.is_config_secret(name) or name in runtime_config.get_config_secret_keys_env()


def _unclaimed(there: Iterable[str], optional: Iterable[str]) -> list[str]:
    """Passwords of servers that aren't in the settings, though others of their kind are: a server goes without one."""
    by_kind: dict[str, list[str]] = {}
    for key in sorted(optional):
        by_kind.setdefault(key.partition("-")[0], []).append(key)
    return [
        f"{key}: no server in the settings uses this secret; is {' or '.join(by_kind[found[1]])} meant?"
        f" If not, remove it with `pulumi config rm {key}`"
        for key in sorted(there)
        if (found := _OF_SERVERS.fullmatch(key)) and found[1] in by_kind and key not in by_kind[found[1]]
    ]


def _secrets(project: str, settings: Settings) -> Secrets:
    config = pulumi.Config(project)
    optional = settings.optional_secret_keys
    there = {name.removeprefix(f"{project}:") for name in _everything()}
    problems = _unclaimed(there, optional) if not settings.demo else []
    found: dict[str, pulumi.Output[str]] = {}
    for key in sorted(settings.secret_keys | (optional & there) | (DEMO_SECRET_KEYS if settings.demo else set())):
        command = f"pulumi config set --secret {key}"
        if config.get(key) is None:
            problems.append(f"{key}: this secret is missing; set it with `{command}`")
        elif not config.get(key, ""):
            problems.append(f"{key}: this secret is empty; set it with `{command}`")
        elif not _is_secret(f"{project}:{key}"):
            problems.append(f"{key}: this secret is stored in plain text; encrypt it with `{command}`")
        elif key == "grafanaDatabasePassword" and _NOT_IN_A_CONNECTION_STRING.search(config.get(key, "")):
            problems.append(
                f"{key}: Grafana can't use a password with a space, single quote or backslash; choose another,"
                f" and set it with `{command}`"
            )
        else:
            found[key] = config.require_secret(key)
    if problems:
        raise SettingsError(problems)
    return found
