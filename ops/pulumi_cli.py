"""Pulumi's command line, given the right environment, stack and configuration file every time."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.errors import OpsError
from ops.project import Stack, read_yaml

# names the stack in the environment of Pulumi's processes, so that those of a run that is gone are known
RUN = "AUTONOMICA_MONITORING_RUN"
RUN_BY = "AUTONOMICA_MONITORING_RUN_BY"
# commands that read or write the stack's configuration; the others refuse the flag
_TAKES_CONFIG_FILE = frozenset({"up", "update", "preview", "refresh", "destroy", "import", "config", "watch"})
_TAKES_STACK = _TAKES_CONFIG_FILE | {"stack", "state", "cancel", "logs"}
# `pulumi stack init x` and its like name their stack in another way
_NAMES_ITS_STACK = frozenset({"init", "new", "ls", "list", "select", "unselect"})


@dataclass(frozen=True)
class Pulumi:
    """One stack's Pulumi commands. `env` is complete: nothing else reaches the child."""

    stack: Stack
    env: Mapping[str, str]

    @property
    def marked(self) -> dict[str, str]:
        """The environment, and in it whose processes they are: the stack's folder, and who started them."""
        return {**self.env, RUN: str(self.stack.folder), RUN_BY: str(os.getpid())}

    def command(self, args: Sequence[str]) -> list[str]:
        """The whole command line for `pulumi ARGS`, with the stack and its generated configuration added."""
        executable = shutil.which("pulumi", path=self.env.get("PATH"))
        if executable is None:
            raise OpsError("the Pulumi CLI isn't installed and hasn't been built here; run `make tools` to build it")
        first = args[0] if args else ""
        command = [executable, *args]
        end = command.index("--") if "--" in command else len(command)
        flags: list[str] = []
        if first in _TAKES_STACK and not (first == "stack" and _NAMES_ITS_STACK & set(args[1:2])):
            flags += [] if {"--stack", "-s"} & set(args) else ["--stack", self.stack.name]
        if first in _TAKES_CONFIG_FILE and "--config-file" not in args:
            flags += ["--config-file", str(self.stack.config_file)]
        command[end:end] = flags
        return command

    def run(self, args: Sequence[str], *, stdin: str = "", cwd: Path | None = None) -> str:
        """Run to the end and return standard output.

        Args:
            stdin: what the command reads; the way in for a secret.

        Raises:
            OpsError: with Pulumi's own last words.
        """
        done = subprocess.run(
            [*self.command(args), "--non-interactive", "--color", "never"],
            env=self.marked,
            cwd=cwd or self.stack.project.root,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise OpsError(f"`pulumi {' '.join(args[:2])}` failed: {last_words(done.stderr or done.stdout)}")
        return done.stdout

    def set_secret(self, name: str, value: str) -> None:
        """Encrypt a value into the generated configuration; it travels on standard input only."""
        self.run(["config", "set", "--secret", name], stdin=value)

    def init_stack(self) -> dict[str, object]:
        """Create the stack and return the encryption settings made for it.

        `pulumi stack init` knows no `--config-file` and would write beside Pulumi.yaml, into the git tree. So
        it runs in a folder of its own that holds nothing but the project's name.
        """
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "Pulumi.yaml").write_text(json.dumps({"name": self.stack.project.name, "runtime": "python"}))
            seed = folder / f"Pulumi.{self.stack.name}.yaml"
            # a secrets provider the person chose is in the configuration already: the new stack is to use it
            shutil.copyfile(self.stack.config_file, seed)
            self.run(["stack", "init", self.stack.name, "--no-select"], cwd=folder)
            return read_yaml(seed)

    def export(self) -> dict[str, object]:
        """The stack's state, secrets encrypted. Empty when there is none."""
        document = json.loads(self.run(["stack", "export"]))
        deployment = document.get("deployment")
        return deployment if isinstance(deployment, dict) else {}

    def outputs(self) -> dict[str, object]:
        """The stack's outputs; secret ones read `[secret]`."""
        document = json.loads(self.run(["stack", "output", "--json"]) or "{}")
        return document if isinstance(document, dict) else {}


def last_words(text: str) -> str:
    """What a command complained of, on one line: its `error:` lines, else its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    complaints = [line.removeprefix("error:").strip() for line in lines if line.startswith("error:")]
    return "; ".join(complaints) or (lines[-1] if lines else "it said nothing")
