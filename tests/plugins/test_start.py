"""The start script: quick, from anywhere, and gone when the engine is."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.plugins.provider import CONTAINER
from tests.plugins.start_script import SCRIPTS, environment, start, start_with_a_bare_python

SCRIPT = SCRIPTS / "pulumi-resource-docker"
_grpc: Any = grpc


def test_it_starts_quickly_through_a_symlink_from_anywhere(tmp_path: Path) -> None:
    link = tmp_path / "pulumi-resource-docker"
    link.symlink_to(SCRIPT)
    took = []
    for _ in range(3):
        began = time.perf_counter()
        process, port = start(link, tmp_path)
        took.append(time.perf_counter() - began)
        stub_class: Any = provider_pb2_grpc.ResourceProviderStub
        with _grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = stub_class(channel)
            urn = f"urn:pulumi:dev::p::{CONTAINER}::x"
            assert stub.Check(provider_pb2.CheckRequest(urn=urn)).failures[0].property == "image"
        process.send_signal(signal.SIGINT)
        assert process.wait(2) == 0, "the engine waits for this at the end of every run"
    assert min(took) < 0.4


def test_a_preview_never_loads_the_docker_sdk() -> None:
    code = (
        "import sys; from airgap.plugins.protocol import light_imports; light_imports.install()\n"
        "from airgap.plugins.docker.plugin import docker_plugin; import airgap.plugins.protocol.server\n"
        "plugin = docker_plugin(); plugin.configure({'host': 'tcp://127.0.0.1:1'})\n"
        "assert not {'docker', 'requests', 'pulumi.output'} & sys.modules.keys(), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=SCRIPT.parents[3])


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    starter = f"import subprocess, sys; p = subprocess.Popen([{str(SCRIPT)!r}]); print(p.pid, flush=True); input()"
    parent = subprocess.Popen(
        [sys.executable, "-c", starter],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(),
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.stdout.readline()  # the port
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 5
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_a_python_without_the_modules_is_told_apart(tmp_path: Path) -> None:
    result = start_with_a_bare_python(SCRIPT, tmp_path)
    assert result.returncode == 1
    assert "put the project's virtual environment first on PATH" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("argument", ["--logtostderr", ""])
def test_arguments_that_are_no_address_do_no_harm(argument: str) -> None:
    process = subprocess.Popen([SCRIPT, argument], stdout=subprocess.PIPE, text=True, env=environment())
    assert process.stdout is not None
    assert int(process.stdout.readline()) > 0
    process.terminate()
    process.wait(2)
