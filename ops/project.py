"""The repository as the command line sees it: the Pulumi project, its stacks, where state is kept."""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ops.docker_context import docker_address
from ops.errors import OpsError, UsageError

_STACK_NAME = re.compile(r"^[a-z][a-z0-9-]{0,39}$")


class _Yaml(yaml.SafeLoader):
    """YAML 1.2, as Pulumi itself reads it: 18:30 and `on` are texts, and no key is there twice."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - not its bases'

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """A mapping whose keys differ."""
        lines: dict[Hashable, int] = {}
        for key, _ in node.value:
            name, line = getattr(key, "value", None), key.start_mark.line + 1
            if isinstance(name, str) and name != "<<" and lines.setdefault(name, line) != line:
                problem = f"'{name}' is there already, at line {lines[name]}; keep one of them"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
        return super().construct_mapping(node, deep=deep)


class _Dumper(yaml.SafeDumper):
    """Quotes what either of YAML 1.1 and 1.2 takes for something else than a text."""


for tag, pattern, first in (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?([.][0-9]+|[0-9]+([.][0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?[.](inf|Inf|INF)|[.](nan|NaN|NAN)",
        "-+0123456789.",
    ),
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", "<<", "<"),
):
    for kind in (_Yaml, _Dumper):
        kind.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))


def as_yaml(document: object) -> str:
    """A document that YAML 1.1 and 1.2 read the same."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def read_yaml(path: Path) -> dict[str, object]:
    """A YAML file that holds a mapping; an empty file is an empty mapping.

    Raises:
        OpsError: the file can't be read or holds something else.
    """
    try:
        document = yaml.load(path.read_text(), _Yaml)  # noqa: S506 - a safe loader
    except OSError as error:
        raise OpsError(f"{path.name} can't be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = "" if line is None else f" at line {line + 1}"
        raise OpsError(f"{path.name} isn't valid YAML{where}: {getattr(error, 'problem', error)}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise OpsError(f"{path.name} must hold a mapping, not a {type(document).__name__}")
    return document


def checkout() -> Path:
    """The checkout this package lies in."""
    return Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Project:
    """A checkout: `root` holds Pulumi.yaml."""

    root: Path
    name: str
    backend_url: str | None

    @classmethod
    def load(cls, root: Path | None = None) -> "Project":
        """Read Pulumi.yaml.

        Args:
            root: the checkout; left out: the one this package lies in.
        """
        root = root or checkout()
        if not (root / "Pulumi.yaml").is_file():
            raise UsageError(f"there is no Pulumi.yaml in {root}; run this from a checkout of the project")
        document = read_yaml(root / "Pulumi.yaml")
        backend = document.get("backend")
        url = backend.get("url") if isinstance(backend, dict) else None
        return cls(root=root, name=str(document.get("name", "")), backend_url=str(url) if url else None)

    @property
    def state(self) -> Path:
        """Git-ignored folder of everything the command line makes."""
        return self.root / ".state"

    def stacks(self) -> tuple[str, ...]:
        """The stacks that have a committed configuration file."""
        files = self.root.glob("Pulumi.*.yaml")
        return tuple(sorted(name for file in files if _STACK_NAME.match(name := file.name.split(".")[1])))

    def stack(self, name: str) -> "Stack":
        """The stack of that name.

        Raises:
            UsageError: there is no such stack; says which there are.
        """
        if name not in self.stacks():
            have = ", ".join(self.stacks()) or "none"
            raise UsageError(f"no stack '{name}': there is no Pulumi.{name}.yaml (stacks: {have})")
        return Stack(project=self, name=name)


@dataclass(frozen=True)
class Stack:
    """One environment: its committed configuration and its generated one."""

    project: Project
    name: str

    @property
    def committed_file(self) -> Path:
        """The file people review; never written here."""
        return self.project.root / f"Pulumi.{self.name}.yaml"

    @property
    def folder(self) -> Path:
        """Generated files of this stack."""
        return self.project.state / self.name

    @property
    def config_file(self) -> Path:
        """The committed configuration plus this machine's values and secrets; what Pulumi is given."""
        return self.folder / f"Pulumi.{self.name}.yaml"

    def settings(self) -> dict[str, object]:
        """Committed values of this project's namespace, key without namespace -> value."""
        return namespaced(read_yaml(self.committed_file), self.project.name)

    def docker_host(self, env: Mapping[str, str]) -> str:
        """Where the Docker engine is: the stack's setting, else as Docker's own command line has it."""
        return str(self.settings().get("dockerHost") or docker_address(env))


def namespaced(document: Mapping[str, object], namespace: str) -> dict[str, object]:
    """The `config:` of a stack file, reduced to one namespace; secrets stay `{"secure": ...}`."""
    config = document.get("config")
    if not isinstance(config, dict):
        return {}
    prefix = f"{namespace}:"
    return {str(key).removeprefix(prefix): value for key, value in config.items() if str(key).startswith(prefix)}
