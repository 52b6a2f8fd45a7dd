"""A checkout of its own for each test, with a stand-in for the Pulumi CLI that writes down how it was called."""

import json
import os
import signal
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops import project as project_module
from ops.project import Project, Stack

NAME = "autonomica-monitoring"
RECORDED = Path(__file__).parent / "recorded"

_FAKE_PULUMI = """\
    #!{python} -SE
    import json, os, pathlib, sys, time
    here = pathlib.Path({folder!r})
    args = sys.argv[1:]
    stdin = sys.stdin.read() if not sys.stdin.isatty() else ""
    call = {{"args": args, "stdin": stdin, "cwd": os.getcwd(), "env": dict(os.environ)}}
    with (here / "calls.jsonl").open("a") as log:
        log.write(json.dumps(call) + "\\n")
    if args[:2] == ["stack", "init"]:
        file = pathlib.Path(f"Pulumi.{{args[2]}}.yaml")
        file.write_text(file.read_text() + "encryptionsalt: v1:made\\n")
        stacks = here.parent / "backend" / ".pulumi" / "stacks" / "autonomica-monitoring"
        stacks.mkdir(parents=True, exist_ok=True)
        (stacks / f"{{args[2]}}.json").write_text("{{}}")
    for length in (3, 2, 1):
        answer = here / ("-".join(args[:length]) + ".json")
        if answer.is_file():
            answer = json.loads(answer.read_text())
            for line in answer["out"].splitlines():
                print(line, flush=True)
                time.sleep(answer["pause"])
            sys.stderr.write(answer["err"])
            sys.exit(answer["code"])
"""


@dataclass(frozen=True)
class FakePulumi:
    """`answer` sets what a command prints; `calls` are the commands so far."""

    folder: Path

    def answer(self, command: str, out: object = "", *, err: str = "", code: int = 0, pause: float = 0) -> None:
        """Have `pulumi COMMAND ...` print `out` (JSON unless it is text) and end with `code`."""
        text = out if isinstance(out, str) else json.dumps(out)
        document = {"out": text, "err": err, "code": code, "pause": pause}
        (self.folder / f"{command.replace(' ', '-')}.json").write_text(json.dumps(document))

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Each call: args, stdin, cwd, env."""
        log = self.folder / "calls.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.is_file() else []

    def called(self, *words: str) -> list[dict[str, Any]]:
        """The calls that start with these words."""
        return [call for call in self.calls if call["args"][: len(words)] == list(words)]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("PULUMI_", "AIRGAP", "DOCKER_", "STACK"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """`monitor up` handles SIGTERM from then on, in a process that ends with it; here others come after it."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the stacks dev (a demo) and prod."""
    root = tmp_path / "checkout"
    root.mkdir()
    write_yaml(root / "Pulumi.yaml", {"name": NAME, "runtime": "python"})
    write_yaml(root / "Pulumi.dev.yaml", {"config": {f"{NAME}:demo": True, f"{NAME}:prometheus": {"port": 9090}}})
    write_yaml(root / "Pulumi.prod.yaml", {"config": {f"{NAME}:environment": "prod"}})
    monkeypatch.setattr(project_module, "checkout", lambda: root)
    return root


@pytest.fixture
def project(checkout: Path) -> Project:
    return Project.load(checkout)


@pytest.fixture
def stack(project: Project) -> Stack:
    return project.stack("dev")


@pytest.fixture
def pulumi(checkout: Path) -> FakePulumi:
    """The stand-in, where the built CLI is expected."""
    folder = checkout / ".state" / "bin"
    folder.mkdir(parents=True)
    executable = folder / "pulumi"
    executable.write_text(textwrap.dedent(_FAKE_PULUMI).format(python=sys.executable, folder=str(folder)))
    executable.chmod(0o755)
    return FakePulumi(folder)


def write_yaml(path: Path, document: Mapping[str, object]) -> None:
    """A YAML file."""
    path.write_text(yaml.safe_dump(dict(document)))


def recorded(name: str) -> Any:
    """A recorded answer of a real server."""
    return json.loads((RECORDED / f"{name}.json").read_text())
