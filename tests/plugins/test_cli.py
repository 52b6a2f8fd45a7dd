"""The plugin driven by the real Pulumi CLI, on a file backend."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.pulumi_stack import TOOLS, PulumiStack

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not (TOOLS / "pulumi").exists(), reason="the Pulumi CLI is not built yet"),
]

PROGRAM = """
import pulumi
import pulumi_docker as docker

config = pulumi.Config()
name = config.require("name")
host = docker.Provider("host", host="unix:///var/run/docker.sock")
options = pulumi.ResourceOptions(provider=host)
canary = config.require_secret("canary")

image = docker.RemoteImage("image", name=config.require("image"), keep_locally=True, opts=options)
network = docker.Network("network", name=f"{name}-net", internal=True, opts=options)
volume = docker.Volume("volume", name=f"{name}-vol", opts=options)
carrier = docker.Container(
    "carrier",
    name=f"{name}-carrier",
    image=image.image_id,
    start=False,
    must_run=False,
    read_only=True,
    network_mode="none",
    volumes=[docker.ContainerVolumeArgs(volume_name=volume.name, container_path="/cfg")],
    uploads=[
        docker.ContainerUploadArgs(file="/cfg/secret", content=canary, permissions="0600"),
        docker.ContainerUploadArgs(file="/cfg/page", content=config.get("page") or "one"),
    ],
    opts=options,
)
service = docker.Container(
    "service",
    name=f"{name}-service",
    image=image.image_id,
    command=["sleep", "3600"],
    envs=[canary.apply(lambda value: f"CANARY={value}")],
    memory=config.get_int("memory") or 64,
    networks_advanced=[docker.ContainerNetworksAdvancedArgs(name=network.name, aliases=["service"])],
    volumes=[docker.ContainerVolumeArgs(volume_name=volume.name, container_path="/cfg", read_only=True)],
    healthcheck=docker.ContainerHealthcheckArgs(
        tests=["CMD", "test", "-e", config.get("ready") or "/cfg/page"], interval=config.get("interval") or "1s"
    ),
    wait=True,
    wait_timeout=120,
    opts=pulumi.ResourceOptions(provider=host, depends_on=[carrier], replace_on_changes=["healthcheck"]),
)
pulumi.export("service", service.id)
"""


@pytest.fixture
def stack(tmp_path: Path, image: str, name: str) -> PulumiStack:
    made = PulumiStack(tmp_path)
    made.prepare(PROGRAM)
    made.set("canary", "canary-6b1f0c", secret=True)
    made.set("image", image)
    made.set("name", name)
    return made


def test_a_stack_from_up_to_destroy(stack: PulumiStack, engine: Any, name: str) -> None:
    outputs = [stack.up()]
    service = engine.containers.get(f"{name}-service")
    assert service.attrs["State"]["Health"]["Status"] == "healthy"

    # Nothing has changed, whoever asks.
    outputs.append(stack.pulumi("preview", "--expect-no-changes", "--diff"))
    outputs.append(stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes"))

    # A changed file replaces the carrier alone.
    stack.set("page", "two")
    assert set(stack.steps()) == {"carrier"}
    outputs.append(stack.pulumi("preview", "--diff"))
    assert '~ content: "one" => "two"' in outputs[-1]
    outputs.append(stack.up())
    assert engine.containers.get(f"{name}-service").id == service.id
    assert service.exec_run(["cat", "/cfg/page"]).output == b"two"

    # A limit changes in place, a health check by replacement.
    stack.set("memory", "96")
    assert stack.steps() == {"service": "update"}
    outputs.append(stack.up())
    assert engine.containers.get(service.id).attrs["HostConfig"]["Memory"] == 96 << 20
    stack.set("interval", "2s")
    outputs.append(stack.pulumi("preview", "--diff"))
    assert '~ interval: "1s" => "2s"' in outputs[-1]
    outputs.append(stack.up())
    replaced = engine.containers.get(f"{name}-service")
    assert replaced.id != service.id

    # What was done by hand is seen and put right.
    replaced.kill()
    engine.containers.get(f"{name}-carrier").remove()
    outputs.append(stack.up("--refresh"))
    assert engine.containers.get(replaced.id).status == "running"
    assert engine.containers.get(f"{name}-carrier").status == "created"
    outputs.append(stack.pulumi("preview", "--expect-no-changes"))

    # The secret is nowhere in the clear but in the container that was given it.
    for file in stack.folder.rglob("*"):
        if file.is_file():
            assert b"canary-6b1f0c" not in file.read_bytes(), file
    assert not any("canary-6b1f0c" in output for output in outputs)
    assert "CANARY=canary-6b1f0c" in replaced.attrs["Config"]["Env"]

    stack.pulumi("destroy", "--yes", "--skip-preview")
    assert engine.containers.list(all=True, filters={"name": name}, ignore_removed=True) == []
    assert engine.networks.list(filters={"name": name}) == []
    assert engine.volumes.list(filters={"name": name}) == []


def test_what_is_not_implemented_is_refused_before_anything_is_made(stack: PulumiStack) -> None:
    program = stack.folder / "program/__main__.py"
    program.write_text(PROGRAM.replace("wait_timeout=120,", 'gpus="all",'))
    output = stack.pulumi("preview", fails=True)
    assert "input 'gpus' is not implemented by the embedded Docker plugin; use the official plugin" in output


def test_an_error_is_one_clear_line_and_the_next_run_finishes(
    stack: PulumiStack, engine: Any, image: str, name: str
) -> None:
    other = engine.containers.create(image, name=f"{name}-service")
    output = stack.up(fails=True)
    assert f"the name is in use by container {other.short_id}" in output
    other.remove()
    stack.up()
    stack.pulumi("destroy", "--yes", "--skip-preview")


def test_ctrl_c_ends_a_wait_and_the_next_run_finishes(stack: PulumiStack, engine: Any, name: str) -> None:
    stack.set("ready", "/never")
    process = subprocess.Popen(
        ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"],
        cwd=stack.folder / "program",
        env=stack.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 60
    while (
        not engine.containers.list(filters={"name": f"{name}-service"}, ignore_removed=True)
        and time.monotonic() < deadline
    ):
        time.sleep(0.2)
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert time.monotonic() - asked < 10
    assert "was cancelled; run the update again to finish it" in output
    assert "Traceback" not in output

    stack.set("ready", "/cfg/page")
    stack.up()
    assert engine.containers.get(f"{name}-service").attrs["State"]["Health"]["Status"] == "healthy"
    stack.pulumi("destroy", "--yes", "--skip-preview")
    assert engine.containers.list(all=True, filters={"name": name}, ignore_removed=True) == []
