"""A preview without change, against the preview of an empty program: the least that Pulumi itself takes."""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from ops.backend import choose
from ops.environment import pulumi_environment
from ops.project import Project
from ops.pulumi_home import ensure_pulumi_home
from tests.e2e.system import System
from tools.bench.figure import Figure

PAIRS = 7


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
    empty = Path(tempfile.mkdtemp(prefix="empty-program-"))
    try:
        (empty / "Pulumi.yaml").write_text("name: empty\nruntime: python\n")
        (empty / "__main__.py").write_text("")
        _run(["stack", "init", "empty"], empty, environment)
        ours = ["preview", "--stack", system.stack, "--config-file", str(stack.config_file)]
        pairs = [
            (_run(["preview", "--stack", "empty"], empty, environment), _run(ours, system.root, environment))
            for _ in range(PAIRS)
        ]
        _run(["stack", "rm", "--yes", "--stack", "empty"], empty, environment)
    finally:
        shutil.rmtree(empty)
    ratio = statistics.median(mine / floor for floor, mine in pairs)
    floor, mine = (statistics.median(column) for column in zip(*pairs, strict=True))
    note = f"{mine:.2f} s against {floor:.2f} s of an empty program; medians of {PAIRS} pairs"
    return [Figure(name="preview_noop_ratio", value=ratio, target=1.5, note=note)]


def _run(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> float:
    begun = time.monotonic()
    subprocess.run(
        ["pulumi", "--non-interactive", *arguments],
        cwd=folder,
        env=dict(environment),
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.monotonic() - begun
