"""The whole system in a copy of this checkout, used as a person uses it: through `monitor`."""

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import docker
import requests
import yaml
from docker.models.containers import Container

ROOT = Path(__file__).parents[2]
PREFIX = "autonomica-monitoring:"
LABEL = "ai.autonomica.monitoring.stack"

T = TypeVar("T")

# Beside a dev stack on the same engine: other ports, another subnet, and short waits. The ports lie below those that
# the kernel gives out to whoever asks for any, as Pulumi and its plugins do: one of them would be taken now and then.
CHANGES: dict[str, Any] = {
    "subnet": "172.16.97.0/24",
    "prometheus": {
        "port": 29090,
        "retentionSizeGb": 1,
        "scrapeIntervalSeconds": 5,
        "evaluationIntervalSeconds": 5,
        "reloadIntervalSeconds": 2,
        "memoryMb": 512,
        "cpus": 1.0,
    },
    "alertmanager": {"port": 29093},
    "grafana": {
        "port": 23001,
        "memoryMb": 512,
        "postgres": {"address": "postgres:5432", "user": "reader", "database": "shop", "sslMode": "disable"},
        "serviceAccounts": [{"name": "reader", "role": "Viewer"}, {"name": "writer", "role": "Editor"}],
        "users": [
            {"login": "vera", "email": "vera@example.com", "name": "Vera Dale", "role": "Viewer"},
            {"login": "emil", "email": "emil@example.com", "name": "Emil Fry", "role": "Editor"},
            {"login": "ada", "email": "ada@example.com", "name": "Ada Gray", "role": "Admin"},
        ],
    },
    "viewer": {"report": {"to": ["team@autonomica.ai"], "dashboards": ["overview", "services"]}},
    "demoServices": {"frontendPort": 28080, "faultsPort": 28081, "sinkPort": 28025},
    "thresholds": {
        "monitoring": {"instanceDownSeconds": 30},
        "application": {"errorSeconds": 15},
        "redis": {"downSeconds": 15},
        "containers": {"restarts": 2},
    },
}


def run_in(container: Container, *command: str) -> tuple[int | None, str]:
    """Run a command in a container: its exit code, and what it says on both channels."""
    code, output = container.exec_run(list(command))
    assert isinstance(output, bytes)
    return code, output.decode(errors="replace")


@dataclass(frozen=True)
class System:
    """A checkout with a stack of its own.

    Attributes:
        root: the copy.
        stack: the stack's name.
        known: secrets that were asked for; to ask takes a second.
    """

    root: Path
    stack: str
    known: dict[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def copy_to(cls, root: Path, stack: str, changes: dict[str, Any] | None = None) -> "System":
        """Copy what git would commit, and add a stack like dev that doesn't get in the way of another."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, root / name)
        (root / ".venv").symlink_to(ROOT / ".venv")
        # what git ignores and a person has put there: a Grafana, where one can be had
        for archive in (ROOT / "images").glob("*.t*gz"), (ROOT / "images").glob("*.tar"):
            for path in archive:
                (root / "images" / path.name).symlink_to(path)
        system = cls(root, stack)
        document = yaml.safe_load((root / "Pulumi.dev.yaml").read_text())
        (root / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(document))
        system.configure({**CHANGES, **(changes or {})})
        return system

    def configure(self, changes: dict[str, Any]) -> None:
        """Change the stack's settings; None removes one."""
        path = self.root / f"Pulumi.{self.stack}.yaml"
        document = yaml.safe_load(path.read_text())
        for key, value in changes.items():
            document["config"].pop(PREFIX + key, None)
            if value is not None:
                document["config"][PREFIX + key] = value
        path.write_text(yaml.safe_dump(document))

    def settings(self) -> dict[str, Any]:
        """The stack's settings, by key without namespace."""
        document = yaml.safe_load((self.root / f"Pulumi.{self.stack}.yaml").read_text())
        return {key.removeprefix(PREFIX): value for key, value in document["config"].items()}

    def environment(self) -> dict[str, str]:
        """Nothing of the person's own Pulumi; the copy's code; the kit, unless AIRGAP says otherwise."""
        own = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith("PULUMI_") or key == "PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES"
        }
        return own | {"PYTHONPATH": str(self.root), "COLUMNS": "200", "AIRGAP": os.environ.get("AIRGAP", "1")}

    def command(self, *words: str) -> list[str]:
        """The command line of `monitor WORDS` for this stack."""
        verb = 2 if words[0] in ("targets", "alerts", "services") else 1  # the others are one word
        return [sys.executable, "-m", "ops", *words[:verb], "--stack", self.stack, *words[verb:]]

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start `monitor WORDS` in a process group of its own and return at once."""
        return subprocess.Popen(
            self.command(*words),
            cwd=self.root,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def monitor(
        self, *words: str, seconds: float = 400, ok: bool = True, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `monitor WORDS`, with further variables; with `ok` it must succeed."""
        result = subprocess.run(
            self.command(*words),
            cwd=self.root,
            env=self.environment() | dict(env or {}),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert "Traceback" not in result.stdout + result.stderr, result.stdout + result.stderr
        if ok:
            assert result.returncode == 0, f"{' '.join(words)}:\n{result.stdout}\n{result.stderr}"
        return result

    def changes(self, *, refresh: bool = False) -> dict[str, int]:
        """What a preview would do, operation -> number of resources; nothing to do is an empty one."""
        options = ["--refresh"] if refresh else []
        result = self.monitor("pulumi", "--", "preview", "--json", *options)
        summary: dict[str, int] = json.loads(result.stdout)["changeSummary"]
        return {operation: count for operation, count in summary.items() if operation != "same"}

    def secret(self, key: str) -> str:
        """The value of a secret."""
        return self.monitor("pulumi", "--", "config", "get", key).stdout.strip()

    def health(self) -> dict[str, Any]:
        """`monitor health --json`."""
        loaded: dict[str, Any] = json.loads(self.monitor("health", "--json", ok=False).stdout)
        return loaded

    def problems(self) -> list[Any]:
        """What isn't well. A notification of some minutes ago may have failed, while everything was away."""
        return [problem for problem in self.health()["problems"] if problem["area"] != "notifications"]

    # Docker

    @property
    def docker(self) -> docker.DockerClient:
        return docker.from_env()

    @property
    def has_grafana(self) -> bool:
        """Whether the stack came up with a Grafana."""
        return "grafana" in self.containers()

    def containers(self) -> dict[str, Container]:
        """The stack's containers by part, those that never start too."""
        found = self.docker.containers.list(all=True, filters={"label": f"{LABEL}={self.stack}"}, ignore_removed=True)
        return {str(container.name).removeprefix(f"autonomica-{self.stack}-"): container for container in found}

    def ids(self) -> dict[str, str]:
        """Container ids by part, of those that run."""
        return {part: str(c.id) for part, c in self.containers().items() if c.status == "running"}

    def volumes(self) -> set[str]:
        """The stack's volumes."""
        found = self.docker.volumes.list(filters={"label": f"{LABEL}={self.stack}"})
        return {str(volume.name) for volume in found}

    def networks(self) -> set[str]:
        """The stack's networks."""
        found = self.docker.networks.list(filters={"label": f"{LABEL}={self.stack}"})
        return {str(network.name) for network in found}

    # What is monitored, and what it tells

    def url(self, server: str) -> str:
        ports = self.settings()
        port = {
            "prometheus": ports["prometheus"]["port"],
            "alertmanager": ports["alertmanager"]["port"],
            "grafana": ports["grafana"]["port"],
            "sink": ports["demoServices"]["sinkPort"],
        }[server]
        return f"http://127.0.0.1:{port}"

    def get(self, server: str, path: str, **parameters: Any) -> Any:
        """GET a JSON document of prometheus, alertmanager or sink."""
        response = requests.get(self.url(server) + path, params=parameters, timeout=10)
        response.raise_for_status()
        return response.json()

    def grafana(self, method: str, path: str, body: Any = None, params: dict[str, str] | None = None) -> Any:
        """Ask Grafana as its administrator, with the password that was right the last time."""
        key = "grafanaAdminPassword"
        if key not in self.known:
            self.known[key] = self.secret(key)
        ask = partial(requests.request, method, self.url("grafana") + path, json=body, params=params, timeout=30)
        response = ask(auth=("admin", self.known[key]))
        if response.status_code == 401:
            self.known[key] = self.secret(key)
            response = ask(auth=("admin", self.known[key]))
        assert response.ok, f"{method} {path}: {response.status_code} {response.text[:500]}"
        return response.json()

    def post(self, server: str, path: str, body: Any) -> Any:
        """POST JSON to prometheus, alertmanager or sink."""
        response = requests.post(self.url(server) + path, json=body, timeout=10)
        response.raise_for_status()
        return response.json()

    def query(self, expression: str) -> list[dict[str, Any]]:
        """An instant query's result."""
        result: list[dict[str, Any]] = self.get("prometheus", "/api/v1/query", query=expression)["data"]["result"]
        return result

    def rules(self, **parameters: str) -> list[dict[str, Any]]:
        """The rules in force; with `type="alert"` the alerts alone."""
        groups = self.get("prometheus", "/api/v1/rules", **parameters)["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def rule_queries(self) -> str:
        """The expressions of the rules in force; not their times, which hold any number now and then."""
        return "\n".join(rule["query"] for rule in self.rules())

    def limit_errors(self, percent: float) -> None:
        """Change a rule: the share of errors that ErrorRateHigh allows."""
        self.configure({"thresholds": {**CHANGES["thresholds"], "application": {"errorPercent": percent}}})

    def messages(self, channel: str, contains: str, since: float) -> list[dict[str, Any]]:
        """Notifications that arrived on a channel since then (seconds of the epoch) and contain a text."""
        found: list[dict[str, Any]] = self.get("sink", "/messages", channel=channel, contains=contains, since=since)
        return found

    def gaps(self, seconds: int) -> dict[str, float]:
        """The longest time between two scrapes of each target within the last seconds, by job and instance."""
        longest: dict[str, float] = {}
        for series in self.query(f"up[{seconds}s]"):
            times = [float(at) for at, _ in series["values"]]
            name = f"{series['metric']['job']} {series['metric']['instance']}"
            longest[name] = max((later - earlier for earlier, later in itertools.pairwise(times)), default=0)
        return longest
