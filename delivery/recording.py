"""Runs the whole program against mocks and keeps what it registers, as the engine would see it.

Imports nothing of this repository: started as a script, it runs the program of any commit, by that commit's own code.
"""

import asyncio
import hashlib
import json
import runpy
import sys
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import config as runtime_config
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS, set_root_resource
from pulumi.runtime.stack import run_in_stack

_SIGNATURE = "4dabf18193072939515e22adb298388d"  # Pulumi's mark of special values
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105
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
            state["imageId"] = f"sha256:{args.inputs['name']}"
        return f"{args.name}-id", state

    def call(self, args: pulumi_mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        if args.token == "pulumi:pulumi:readStackOutputs":  # noqa: S105
            return {"name": args.args["name"], "outputs": dict(self._kept)}, []
        raise AssertionError(f"the program calls {args.token}, for which there is no answer without a deployment")


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


def settings_in(file: Path, project: str) -> dict[str, Any]:
    """The settings in a stack file, by key without namespace; those of other namespaces with it."""
    document = yaml.safe_load(file.read_text()) or {}
    values = (document.get("config") or {}).items()
    return {str(key).removeprefix(f"{project}:"): value for key, value in values}


def raw(value: Any) -> str:
    """A config value as the CLI hands it to the program."""
    return value if isinstance(value, str) else json.dumps(value)


def record(
    root: Path,
    *,
    project: str,
    stack: str,
    config: dict[str, str],
    secret_keys: Iterable[str],
    kept: Mapping[str, Any],
    preview: bool = False,
) -> Graph:
    """Run `__main__.py` of a checkout.

    Args:
        root: the checkout.
        project: its name in Pulumi.yaml.
        stack: the stack's name.
        config: values by full key.
        secret_keys: full keys of those that are secret.
        kept: outputs of the stack's last update.
        preview: as in `pulumi preview`: what only a deployment can know is unknown.
    """
    graph = Graph()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    runtime_config.CONFIG.set(config)
    runtime_config._SECRET_KEYS.set(secret_keys)  # type: ignore[arg-type]
    mocks = _Mocks(kept)
    monitor = _Recorder(graph, mocks, preview=preview)
    pulumi_mocks.set_mocks(mocks, project=project, stack=stack, preview=preview, monitor=monitor)
    # forget the run before
    set_root_resource(None)  # type: ignore[arg-type]
    SETTINGS.rpc_manager.clear()
    SETTINGS.outputs.clear()

    def program() -> None:
        runpy.run_path(str(root / "__main__.py"), run_name="__main__")

    try:
        loop.run_until_complete(run_in_stack(program))
    finally:
        loop.close()
    return graph


class _WithPlaceholders(dict[str, str]):
    """Config values in which a secret has a placeholder: nothing that is rendered so can give one away.

    The program asks for secrets, and for nothing else, one by one (config/settings/load.py). `asked` keeps which.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def __contains__(self, key: object) -> bool:
        if not super().__contains__(key):
            self.asked.add(str(key))
        return True

    def __missing__(self, key: str) -> str:
        name = key.rpartition(":")[2]
        # Alertmanager takes a URL for a URL only
        return f"https://placeholder.invalid/{name}" if "Url" in name else f"placeholder-{name}"


class _AllButPlain:
    """Which keys are secret: those that a stack file doesn't hold in plain text."""

    def __init__(self, plain: Iterable[str]) -> None:
        self._plain = frozenset(plain)

    def __contains__(self, key: object) -> bool:
        return key not in self._plain


def _stack(root: Path, project: str, stack: str) -> dict[str, Any]:
    """What the program makes of a stack: its resources and the secrets it asks for, or an error and its place."""
    file = root / f"Pulumi.{stack}.yaml"
    try:
        document = settings_in(file, project)
    except (yaml.YAMLError, AttributeError, OSError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "isn't a mapping with `config:`"
        return {"error": f"isn't valid YAML: {problem}", "file": file.name, "line": mark.line + 1 if mark else None}
    # a secret is a structure with one key; what is in it stays there
    plain = {
        key if key.partition(":")[1] else f"{project}:{key}": raw(value)
        for key, value in document.items()
        if not (isinstance(value, dict) and value.keys() == {"secure"})
    }
    config = _WithPlaceholders(plain)
    secret_keys: Any = _AllButPlain(plain)
    try:
        graph = record(root, project=project, stack=stack, config=config, secret_keys=secret_keys, kept={})
    except Exception as error:
        return {"error": f"{error}" or type(error).__name__, "type": type(error).__name__, **_place(error, root)}
    return {
        "resources": [_without_secrets(asdict(resource)) for resource in graph.resources],
        "secrets": sorted(key.rpartition(":")[2] for key in config.asked),
    }


def _place(error: Exception, root: Path) -> dict[str, Any]:
    """Where in the checkout it went wrong: for syntax the file that can't be read, else the innermost own frame."""
    here = root.resolve()
    places = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno))
    for filename, line in reversed(places):
        path = Path(filename)
        if path.is_relative_to(here) and not path.is_relative_to(here / ".venv"):
            return {"file": str(path.relative_to(here)), "line": line}
    return {}


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Secret):
        return {"secret": hashlib.sha256(json.dumps(value.value, sort_keys=True).encode()).hexdigest()[:12]}
    if isinstance(value, Unknown):
        return {"unknown": True}
    if isinstance(value, dict):
        return {key: _without_secrets(item) for key, item in value.items()}
    return [_without_secrets(item) for item in value] if isinstance(value, list | tuple) else value


def main(arguments: list[str]) -> None:
    """Print what the program of the checkout makes of each stack, as one JSON object: `recording.py ROOT STACK …`."""
    root = Path(arguments[0]).resolve()
    sys.path.insert(0, str(root))
    answer, printed = sys.stdout, sys.stderr
    sys.stdout = printed
    project = str((yaml.safe_load((root / "Pulumi.yaml").read_text()) or {}).get("name", ""))
    json.dump({stack: _stack(root, project, stack) for stack in arguments[1:]}, answer)


if __name__ == "__main__":
    main(sys.argv[1:])
