"""Runs the whole program against mocks and keeps what it registers, as the engine would see it."""

import asyncio
import json
import runpy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import set_all_config
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS, set_root_resource
from pulumi.runtime.stack import run_in_stack

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
_SIGNATURE = "4dabf18193072939515e22adb298388d"  # Pulumi's mark of special values
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@dataclass(frozen=True)
class Secret:
    """A value that arrived at the engine marked as secret."""

    value: Any


class Unknown:
    """A value that isn't known before the deployment."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One registration, with the options as the engine got them."""

    urn: str
    type: str
    name: str
    parent: str
    inputs: dict[str, Any]
    provider: str
    protect: bool
    retain_on_delete: bool
    deleted_with: str
    delete_before_replace: bool
    replace_on_changes: tuple[str, ...]
    dependencies: tuple[str, ...]
    replace_with: tuple[str, ...]
    additional_secret_outputs: tuple[str, ...]


@dataclass
class Graph:
    """Everything the program registered, and its stack outputs."""

    resources: list[Recorded] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def of_type(self, type_: str) -> list[Recorded]:
        return [resource for resource in self.resources if resource.type == type_]

    def containers(self) -> list[Recorded]:
        return self.of_type("docker:index/container:Container")

    def container(self, name: str) -> Recorded:
        """The container with this logical name; a KeyError names what there is instead."""
        found = {container.name: container for container in self.containers()}
        return found[name]

    def component(self, name: str) -> Recorded:
        return next(r for r in self.resources if r.type.startswith("autonomica:") and r.name == name)

    def below(self, component: Recorded) -> list[Recorded]:
        """The component's children, and theirs."""
        children = [resource for resource in self.resources if resource.parent == component.urn]
        return [resource for child in children for resource in (child, *self.below(child))]


class _Mocks(pulumi_mocks.Mocks):
    """An engine that makes everything; `kept`: outputs of the stack's last update."""

    def __init__(self, kept: Mapping[str, Any]) -> None:
        self._kept = kept

    def new_resource(self, args: pulumi_mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        state = dict(args.inputs)
        if args.typ == "docker:index/remoteImage:RemoteImage":
            state["imageId"] = f"sha256:{args.name}"
        return f"{args.name}-id", state

    def call(self, args: pulumi_mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        if args.token == "pulumi:pulumi:readStackOutputs":
            return {"name": args.args["name"], "outputs": dict(self._kept)}, []
        raise AssertionError(f"the program calls {args.token}, which no test expects")


class _Recorder(pulumi_mocks.MockMonitor):
    def __init__(self, graph: Graph, mocks: _Mocks, *, preview: bool) -> None:
        super().__init__(mocks)
        self._graph = graph
        self._preview = preview

    def RegisterResource(self, request: Any) -> Any:
        response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self._graph.resources.append(
                Recorded(
                    urn=response.urn,
                    type=request.type,
                    name=request.name,
                    parent=request.parent,
                    inputs=_plain(MessageToDict(request.object)),
                    provider=request.provider,
                    protect=request.protect,
                    retain_on_delete=request.retainOnDelete,
                    deleted_with=request.deletedWith,
                    delete_before_replace=request.deleteBeforeReplace,
                    replace_on_changes=tuple(request.replaceOnChanges),
                    dependencies=tuple(request.dependencies),
                    replace_with=tuple(request.replace_with),
                    additional_secret_outputs=tuple(request.additionalSecretOutputs),
                )
            )
            if self._preview and request.custom:
                # what a provider would only know after creating: the engine says "unknown" until then
                known = {key: value for key, value in response.object.fields.items() if key in request.object.fields}
                return resource_pb2.RegisterResourceResponse(urn=response.urn, object={"fields": known})
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:
        if request.urn.split("::")[2] == "pulumi:pulumi:Stack":
            self._graph.outputs = _plain(MessageToDict(request.outputs))
        return super().RegisterResourceOutputs(request)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value == _UNKNOWN:
        return Unknown()
    if not isinstance(value, dict):
        return int(value) if isinstance(value, float) and value.is_integer() else value
    if value.get(_SIGNATURE) == _SECRET:
        return Secret(_plain(value["value"]))
    return {key: _plain(item) for key, item in value.items()}


def stack_config(stack: str) -> dict[str, Any]:
    """The settings of one of the tests' own stacks: those in the checkout's `Pulumi.*.yaml` belong to customers."""
    return settings_in(ROOT / "tests" / "stacks" / f"{stack}.yaml")


def settings_in(file: Path) -> dict[str, Any]:
    """The settings in a stack file, by key without namespace."""
    document = yaml.safe_load(file.read_text()) or {}
    prefix = f"{PROJECT}:"
    values = (document.get("config") or {}).items()
    return {key.removeprefix(prefix): value for key, value in values if key.startswith(prefix)}


def raw(value: Any) -> str:
    """A config value as the CLI hands it to the program."""
    return value if isinstance(value, str) else json.dumps(value)


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
    graph = Graph()
    settings = {f"{PROJECT}:{key}": value for key, value in (everything | dict(plain_secrets or {})).items()}

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    set_all_config(settings, [f"{PROJECT}:{key}" for key in chosen])
    mocks = _Mocks(kept or {})
    monitor = _Recorder(graph, mocks, preview=preview)
    pulumi_mocks.set_mocks(mocks, project=PROJECT, stack=stack, preview=preview, monitor=monitor)
    # forget the run before
    set_root_resource(None)  # type: ignore[arg-type]
    SETTINGS.rpc_manager.clear()
    SETTINGS.outputs.clear()
    try:
        loop.run_until_complete(run_in_stack(_program))
    finally:
        loop.close()
    return graph


def _program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


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
