"""The start script of the Grafana plugin: quick, from anywhere, light in a preview, and gone when the engine is."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.plugins.grafana_sites import FOLDER
from tests.plugins.start_script import SCRIPTS, start, start_with_a_bare_python

SCRIPT = SCRIPTS / "pulumi-resource-grafana"
_grpc: Any = grpc


def test_it_starts_quickly_through_a_symlink_from_anywhere(tmp_path: Path) -> None:
    link = tmp_path / "pulumi-resource-grafana"
    link.symlink_to(SCRIPT)
    took = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process, port = start(link, tmp_path)
        stub_class: Any = provider_pb2_grpc.ResourceProviderStub
        with _grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            answer = stub_class(channel).Check(provider_pb2.CheckRequest(urn=f"urn:pulumi:dev::p::{FOLDER}::x"))
        assert answer.failures[0].property == "title"
        process.send_signal(signal.SIGINT)
        assert process.wait(2) == 0, "the engine waits for this at the end of every run"
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(took) < 0.6, "processor seconds: a machine may be busy"


def test_a_preview_never_loads_the_http_library() -> None:
    code = (
        "import sys; from airgap.plugins.protocol import light_imports; light_imports.install()\n"
        "from airgap.plugins.grafana.plugin import grafana_plugin; import airgap.plugins.protocol.server\n"
        "plugin = grafana_plugin(); plugin.configure({'url': 'http://127.0.0.1:1', 'auth': 'admin:x'})\n"
        "plugin.resources['grafana:oss/folder:Folder'].preview({'title': 'x'}, {})\n"
        "assert not {'requests', 'urllib3', 'docker', 'pulumi.output'} & sys.modules.keys(), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=SCRIPT.parents[3])


def test_a_python_without_the_modules_is_told_apart(tmp_path: Path) -> None:
    result = start_with_a_bare_python(SCRIPT, tmp_path)
    assert result.returncode == 1
    assert "pulumi-resource-grafana: the Python first on PATH" in result.stderr
    assert "put the project's virtual environment first on PATH" in result.stderr
    assert "Traceback" not in result.stderr
