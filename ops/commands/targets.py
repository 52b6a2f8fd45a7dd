"""`monitor targets`: what Prometheus scrapes without an entry in the stack's file, from files on their own volume."""

from collections.abc import Mapping
from typing import Annotated

import typer
import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from config.areas.monitoring.model import FILE_JOB, TARGETS_DIRECTORY
from config.settings.errors import describe
from config.settings.services import ServiceSettings
from ops.console import emit_json, say
from ops.errors import OpsError, UsageError
from ops.health.docker_engine import DockerEngine
from ops.health.http_api import fetch_json
from ops.health.prometheus import TARGETS, read_targets
from ops.options import DEFAULT_STACK, Json, StackName
from ops.outputs import Outputs, read_outputs
from ops.session import Session

app = typer.Typer(help="Targets dropped in at run time, beside those of the stack's file.", no_args_is_help=True)
FILE = "monitor.json"
Address = Annotated[str, typer.Argument(metavar="HOST:PORT", help="Where Prometheus reaches it.")]


class Group(BaseModel):
    """An entry of a file, as Prometheus's file service discovery reads it."""

    targets: list[str]
    labels: dict[str, str] = {}


Files = Mapping[str, list[Group]]
_GROUPS = TypeAdapter(list[Group])


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The service, as alerts and dashboards name it.")],
    address: Address,
    path: Annotated[str, typer.Option(help="Path of its metrics.")] = "/metrics",
    scheme: Annotated[str, typer.Option(help="http or https.")] = "http",
    label: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A further label; repeatable.")] = None,
    stack: StackName = DEFAULT_STACK,
) -> None:
    """Have Prometheus scrape a target from now on; one with the same address is replaced."""
    if wrong := [one for one in label or () if not all(one.partition("="))]:
        raise UsageError(f"label: must be NAME=VALUE, got '{wrong[0]}'; for example team=shop")
    labels = dict(one.partition("=")[::2] for one in label or ())
    document = {"name": name, "address": address, "path": path, "scheme": scheme, "labels": labels}
    try:
        service = ServiceSettings.model_validate(document)
    except ValidationError as error:
        raise UsageError("\n".join(describe(ServiceSettings, one, document) for one in error.errors())) from None
    own = {"service": service.name, "__metrics_path__": service.path, "__scheme__": service.scheme}
    outputs = _outputs(stack)
    files = read(outputs)
    changed = without(files, address)
    groups = changed.get(FILE, files.get(FILE, []))
    write(outputs, {**changed, FILE: [*groups, Group(targets=[address], labels=service.labels | own)]})
    say(f"{address} is scraped as {name} from now on; `monitor targets list --stack {stack}` tells whether it answers")


@app.command()
def remove(address: Address, stack: StackName = DEFAULT_STACK) -> None:
    """Have Prometheus no longer scrape a target, whichever file it is in."""
    outputs = _outputs(stack)
    files = read(outputs)
    changed = without(files, address)
    if not changed:
        known = sorted(target for groups in files.values() for group in groups for target in group.targets)
        raise UsageError(f"no target '{address}' was dropped in; there are: {', '.join(known) or 'none'}")
    write(outputs, changed)
    say(f"{address} is no longer scraped")


@app.command("list")
def list_(stack: StackName = DEFAULT_STACK, json: Json = False) -> None:
    """Show the targets that were dropped in, and whether they answer."""
    outputs = _outputs(stack)
    files = read(outputs)
    answer = fetch_json(f"{outputs.urls['prometheus']}{TARGETS}", {})
    scraped = [one for one in read_targets(answer if isinstance(answer, dict) else {}) if one.job == FILE_JOB]
    states = {one.instance: f"{one.health}{one.last_error and f': {one.last_error}'}" for one in scraped}
    found = [
        {"address": target, "file": file, "labels": group.labels, "state": states.get(target, "not seen yet")}
        for file, groups in sorted(files.items())
        for group in groups
        for target in group.targets
    ]
    if json:
        emit_json({"stack": stack, "targets": found})
        return
    for one in found:
        say(f"{one['address']}  {one['state']}  ({one['file']})")
    if not found:
        say("no target was dropped in")


def read(outputs: Outputs) -> Files:
    """The files in which targets are dropped in, by name. JSON is YAML, too.

    Raises:
        OpsError: one of them can't be read; Prometheus can't either.
    """
    files = {}
    texts = DockerEngine(outputs.docker_host).read_files(outputs.containers.get("prometheus", ""), TARGETS_DIRECTORY)
    for name, text in texts.items():
        try:
            files[name] = _GROUPS.validate_python(yaml.safe_load(text) or [])
        except (yaml.YAMLError, ValidationError):
            carrier = f"autonomica-{outputs.stack}-prometheus-config"
            raise OpsError(
                f'{name} in the dropped-in targets isn\'t a list such as [{{"targets": ["shop:9100"]}}]; copy a right '
                f"one over it: `docker cp {name} {carrier}:{TARGETS_DIRECTORY}/{name}`"
            ) from None
    return files


def write(outputs: Outputs, files: Files) -> None:
    """Put files in the place of those with their names."""
    texts = {name: _GROUPS.dump_json(groups, indent=2).decode() for name, groups in files.items()}
    DockerEngine(outputs.docker_host).write_files(outputs.containers.get("prometheus", ""), TARGETS_DIRECTORY, texts)


def without(files: Files, address: str) -> dict[str, list[Group]]:
    """The files that have a target, as they are without it."""
    changed = {}
    for name, groups in files.items():
        rest = [
            Group(targets=[one for one in group.targets if one != address], labels=group.labels) for group in groups
        ]
        if rest != groups:
            changed[name] = [group for group in rest if group.targets]
    return changed


def _outputs(stack: str) -> Outputs:
    return read_outputs(Session.open_deployed(stack).pulumi)
