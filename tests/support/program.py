"""Runs the whole program with the tests' own stacks, against mocks."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from delivery import recording
from delivery.recording import Graph, Recorded, Secret, Unknown, raw

__all__ = ["Graph", "Recorded", "Secret", "Unknown", "raw"]

ROOT = Path(__file__).parents[2]
PROJECT = "autonomica-monitoring"
SECRETS = {
    "postgresPassword": "canary-postgres-7f3a",
    "redisPassword": "canary-redis-91bc",
    "smtpPassword": "canary-smtp-55d0",
    "slackWebhookUrl": "http://sink:8080/slack/canary-slack-2e8f",
    "webhookToken": "canary-webhook-c41b",
    "grafanaAdminPassword": "canary-grafana-admin-3c9d",
    "grafanaSecretKey": "canary-grafana-key-b7e1",
    "grafanaPostgresPassword": "canary-grafana-postgres-0c57",
    "heartbeatUrl": "http://sink:8080/heartbeat/canary-heartbeat-77e2",
}


def stack_config(stack: str) -> dict[str, Any]:
    """The settings of one of the tests' own stacks: those in the checkout's `Pulumi.*.yaml` belong to customers."""
    return settings_in(ROOT / "tests" / "stacks" / f"{stack}.yaml")


def settings_in(file: Path) -> dict[str, Any]:
    """The settings in a stack file, by key without namespace."""
    return {key: value for key, value in recording.settings_in(file, PROJECT).items() if ":" not in key}


def run_program(
    stack: str,
    *,
    values: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    plain_secrets: Mapping[str, str] | None = None,
    kept: Mapping[str, Any] | None = None,
    preview: bool = False,
) -> Graph:
    """Run `__main__.py` with the settings of one of the tests' own stacks.

    Args:
        stack: dev, staging or prod.
        values: settings instead of that stack's.
        changes: settings on top; None removes one.
        secrets: instead of `SECRETS`.
        plain_secrets: secrets that were set without `--secret`.
        kept: outputs of the stack's last update; none: it wasn't deployed yet.
        preview: as in `pulumi preview`: what only a deployment can know is unknown.
    """
    values = {**(stack_config(stack) if values is None else values), **(changes or {})}
    chosen = SECRETS if secrets is None else secrets
    everything = {key: raw(value) for key, value in values.items() if value is not None} | dict(chosen)
    config = {f"{PROJECT}:{key}": value for key, value in (everything | dict(plain_secrets or {})).items()}
    return recording.record(
        ROOT,
        project=PROJECT,
        stack=stack,
        config=config,
        secret_keys={f"{PROJECT}:{key}" for key in chosen},
        kept=kept or {},
        preview=preview,
    )


def strings(value: Any) -> Iterator[str]:
    """Every plain string in a structure, keys too; what is secret is left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
