"""What a run will use, found out before anything is changed, and shown in one table."""

import platform
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.backend import Backend
from ops.health.docker_engine import EngineInfo
from ops.kit import Cli
from ops.mode import Mode
from ops.project import Project, Stack


def examine(
    stack: Stack,
    mode: Mode,
    backend: Backend,
    cli: Cli,
    *,
    engine: EngineInfo | None,
    docker_host: str,
    grafana: str,
) -> dict[str, str]:
    """What is used, row by row: what -> which, in words.

    Args:
        engine: None when no engine answers at `docker_host`.
        grafana: whether the stack has a Grafana, in words.
    """
    registry = stack.settings().get("imageRegistry")
    return {
        "Mode": f"{'air-gapped' if mode.airgap else 'official'} ({mode.why})",
        "Python": f"{platform.python_version()}",
        "Pulumi CLI": _cli(cli, mode),
        "Plugins": _plugins(mode),
        "Images": _images(mode, str(registry) if registry else None),
        "Grafana": grafana,
        "Docker engine": f"{engine.version} at {docker_host}"
        if engine
        else f"none at {docker_host}: to be started, or installed first",
        **({"Its machine": _machine(engine)} if engine else {}),
        "Backend": _backend(backend, stack.project),
        "Passphrase": _passphrase(backend, stack.project),
    }


def show(rows: Mapping[str, str], stack: Stack, console: Console) -> None:
    """Print the table."""
    table = Table(title=f"stack {stack.name}", title_justify="left", show_header=False)
    for name, words in rows.items():
        table.add_row(name, Text(words))
    console.print(table)


def _machine(engine: EngineInfo) -> str:
    cpus = "1 CPU, the most that a container is given" if engine.cpus == 1 else f"{engine.cpus} CPUs"
    return ", ".join([cpus, f"data in {engine.data_root}", *engine.security])


def _cli(cli: Cli, mode: Mode) -> str:
    if cli.installed:
        return f"found: {cli.version} ({cli.path})"
    if not mode.airgap:
        return "the official one, downloaded once"
    return "built from its Go modules (.state/bin)" if cli.ready else "to be built from its Go modules (minutes, once)"


def _plugins(mode: Mode) -> str:
    if not mode.airgap:
        return "official, Pulumi downloads them when it lacks one"
    return "docker: built from its Go modules"


def _images(mode: Mode, registry: str | None) -> str:
    if registry is not None:
        return f"pulled from {registry}"
    return "built here (airgap.local)" if mode.airgap else "pulled from their own registries"


def _backend(backend: Backend, project: Project) -> str:
    if not backend.local:
        return f"chosen with {backend.chosen_by}"
    return f"local files in {_short(project.state / 'backend', project)}"


def _passphrase(backend: Backend, project: Project) -> str:
    if not backend.local:
        return "as your backend has it"
    return f"in {_short(project.state / 'passphrase', project)} (0600; generated where there was none)"


def _short(path: Path, project: Project) -> str:
    return str(path.relative_to(project.root))
