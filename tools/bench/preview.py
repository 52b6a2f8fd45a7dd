"""A preview without change, against that of a flat program with the same resources and the same provider alone."""

import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ops.backend import choose
from ops.environment import pulumi_environment
from ops.project import Project
from ops.pulumi_cli import Pulumi
from ops.pulumi_home import ensure_pulumi_home
from tests.e2e.system import System
from tools.bench.figure import Figure

PAIRS = 7
# declares what resources.json holds, as Pulumi's own examples do: no component, no setting, nothing computed
_FLAT = """
import json
from pathlib import Path

import pulumi

SECRET = "4dabf18193072939515e22adb298388d"


def value(of):
    if isinstance(of, dict) and SECRET in of:
        return pulumi.Output.secret(json.loads(of["plaintext"]))
    if isinstance(of, dict):
        return {key: value(one) for key, one in of.items()}
    return [value(one) for one in of] if isinstance(of, list) else of


providers = {}
for kind, name, inputs in json.loads(Path("resources.json").read_text()):
    if kind.startswith("pulumi:providers:"):
        providers[kind] = pulumi.ProviderResource(kind.removeprefix("pulumi:providers:"), name, value(inputs))
    else:
        provider = providers["pulumi:providers:" + kind.partition(":")[0]]
        pulumi.CustomResource(kind, name, value(inputs), pulumi.ResourceOptions(provider=provider))
"""


def preview(system: System) -> list[Figure]:
    """The median of the ratios of pairs, each measured one right after the other."""
    project = Project.load(system.root)
    stack = project.stack(system.stack)
    own = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")}
    airgap = (stack.folder / "mode").read_text().strip() == "airgap"
    backend = choose(project, own)
    environment = pulumi_environment(
        project,
        backend,
        own,
        airgap=airgap,
        passphrase_file=project.state / "passphrase",
        home=ensure_pulumi_home(project, backend, own, airgap=airgap),
    )
    folder = Path(tempfile.mkdtemp(prefix="flat-program-"))
    pulumi = Pulumi(stack, environment)
    ours = ["preview", "--expect-no-changes"]
    flat = [*ours, "--stack", "flat", "--config-file", str(folder / "Pulumi.flat.yaml")]
    try:
        _write_flat(json.loads(pulumi.run(["stack", "export", "--show-secrets"])), folder)
        pulumi.run(["stack", "init", "flat"], cwd=folder)
        pulumi.run(["stack", "import", "--file", "state.json", "--stack", "flat"], cwd=folder)
        pairs = [
            (_seconds(lambda: pulumi.run(flat, cwd=folder)), _seconds(lambda: pulumi.run(ours))) for _ in range(PAIRS)
        ]
        pulumi.run(["stack", "rm", "--yes", "--force", "--stack", "flat"], cwd=folder)
    finally:
        shutil.rmtree(folder)
    ratio = statistics.median(mine / floor for floor, mine in pairs)
    floor, mine = (statistics.median(column) for column in zip(*pairs, strict=True))
    note = f"{mine:.2f} s against {floor:.2f} s of a flat program with the same resources; medians of {PAIRS} pairs"
    return [Figure(name="preview_noop_ratio", value=ratio, target=1.3, note=note)]


def _write_flat(exported: dict[str, Any], folder: Path) -> None:
    """The flat program, and a state in which it has been deployed, made from the state of ours."""
    deployment = exported["deployment"]
    root = "urn:pulumi:flat::flat::pulumi:pulumi:Stack::flat-flat"
    urns: dict[str, str] = {}
    state: list[dict[str, Any]] = [{"urn": root, "custom": False, "type": "pulumi:pulumi:Stack"}]
    program = []
    for number, each in enumerate(one for one in deployment["resources"] if one.get("custom")):
        name = f"resource-{number}"
        urns[each["urn"]] = f"urn:pulumi:flat::flat::{each['type']}::{name}"
        kept = {key: each[key] for key in ("custom", "id", "type", "inputs", "outputs") if key in each}
        provider, _, identifier = str(each.get("provider", "")).rpartition("::")
        if provider in urns:
            kept["provider"] = f"{urns[provider]}::{identifier}"
        state.append({**kept, "urn": urns[each["urn"]], "parent": root})
        internal = ("__defaults", "__internal")
        inputs = {key: value for key, value in each.get("inputs", {}).items() if key not in internal}
        program.append((each["type"], name, inputs))
    deployment = {**deployment, "resources": state, "pending_operations": []}
    (folder / "state.json").write_text(json.dumps({"version": exported["version"], "deployment": deployment}))
    (folder / "resources.json").write_text(json.dumps(program))
    (folder / "__main__.py").write_text(_FLAT)
    (folder / "Pulumi.yaml").write_text("name: flat\nruntime: python\n")


def _seconds(run: Callable[[], object]) -> float:
    begun = time.monotonic()
    run()
    return time.monotonic() - begun
