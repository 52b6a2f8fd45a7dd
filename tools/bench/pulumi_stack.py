"""A stack of a small program, driven by the real Pulumi CLI on a file backend, with the embedded plugins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = REPOSITORY / ".state/bin"


@dataclass
class PulumiStack:
    """A stack in a folder of its own, called `dev`."""

    folder: Path

    def prepare(self, program: str) -> None:
        """Write the program and make the stack."""
        (self.folder / "program").mkdir()
        (self.folder / "backend").mkdir()
        (self.folder / "passphrase").write_text("passphrase")
        (self.folder / "program/Pulumi.yaml").write_text("name: plugtest\nruntime: python\n")
        (self.folder / "program/__main__.py").write_text(program)
        self.pulumi("stack", "init", "dev")

    def environment(self) -> dict[str, str]:
        path = [
            str(TOOLS),
            str(Path(sys.executable).parent),
            os.environ["PATH"],
        ]
        return {
            **os.environ,
            "PATH": os.pathsep.join(path),
            "PULUMI_BACKEND_URL": (self.folder / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.folder / "passphrase"),
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        }

    def pulumi(self, *arguments: str, fails: bool = False, seconds: float = 180) -> str:
        result = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder / "program",
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        output = result.stdout + result.stderr
        assert (result.returncode != 0) is fails, output
        assert "Traceback" not in output
        return output

    def up(self, *arguments: str, fails: bool = False) -> str:
        return self.pulumi("up", "--yes", "--skip-preview", *arguments, fails=fails)

    def steps(self, *arguments: str) -> dict[str, str]:
        """What a preview would do: resource name -> operation, without those that stay."""
        output = self.pulumi("preview", "--json", *arguments)
        steps = json.JSONDecoder().raw_decode(output[output.index("{\n") :])[0]["steps"]
        return {step["urn"].split("::")[-1]: step["op"] for step in steps if step["op"] != "same"}

    def set(self, key: str, value: str, *, secret: bool = False) -> None:
        self.pulumi("config", "set", *(["--secret"] if secret else []), key, value)
