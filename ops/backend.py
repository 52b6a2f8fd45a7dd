"""Which Pulumi backend holds the state: the person's choice, or a local one made for them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.project import Project


@dataclass(frozen=True)
class Backend:
    """`url` as Pulumi takes it; `local` when it is the one kept under `.state`; `chosen_by` for people."""

    url: str
    local: bool
    chosen_by: str


def local_url(project: Project) -> str:
    """The backend made when nobody chose one."""
    return f"file://{project.state / 'backend'}"


def choose(project: Project, env: Mapping[str, str]) -> Backend:
    """Follow Pulumi's own order: environment, project file, login; only then fall back to a local backend."""
    candidates = (
        (env.get("PULUMI_BACKEND_URL"), "PULUMI_BACKEND_URL"),
        (project.backend_url, "Pulumi.yaml"),
        (_current_login(env), "pulumi login"),
        ("https://api.pulumi.com" if env.get("PULUMI_ACCESS_TOKEN") else None, "PULUMI_ACCESS_TOKEN"),
    )
    ours = local_url(project)
    for url, chosen_by in candidates:
        if url:
            return Backend(url=url, local=url == ours, chosen_by=chosen_by)
    return Backend(url=ours, local=True, chosen_by="nobody")


def _current_login(env: Mapping[str, str]) -> str | None:
    folder = env.get("PULUMI_CREDENTIALS_PATH") or env.get("PULUMI_HOME")
    home = Path(folder) if folder else Path(env.get("HOME", "~")).expanduser() / ".pulumi"
    try:
        document = json.loads((home / "credentials.json").read_text())
    except (OSError, ValueError):
        return None  # no login, or one that Pulumi itself will complain of
    current = document.get("current") if isinstance(document, dict) else None
    return str(current) if current else None
