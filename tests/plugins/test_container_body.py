# ruff: noqa: S104 - the official default of a published port
"""Container inputs in the engine's form, where no engine is needed to see that they are right."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from airgap.plugins.docker.container import durations
from airgap.plugins.docker.container.body import creation_body
from airgap.plugins.docker.container.uploads import archives
from airgap.plugins.docker.failures import connection_problem
from airgap.plugins.docker.image import _split
from airgap.plugins.protocol.errors import PluginError

BASE = {"name": "c", "image": "i"}


def test_limits_are_megabytes_and_minus_one_stays() -> None:
    host = creation_body({**BASE, "memory": 64, "memorySwap": -1, "cpus": "1.5", "shmSize": 2}, (1, 41))["HostConfig"]
    assert host["Memory"] == 64 * 1024 * 1024
    assert host["MemorySwap"] == -1
    assert host["NanoCpus"] == 1_500_000_000
    assert host["ShmSize"] == 2 * 1024 * 1024


def test_what_is_not_given_is_not_sent() -> None:
    body = creation_body(BASE, (1, 41))
    assert body.keys() <= {"Image", "Labels", "ExposedPorts", "Volumes", "HostConfig"}


def test_ports_of_one_number_and_two_protocols() -> None:
    ports = [
        {"internal": 53, "external": 53, "protocol": "udp", "ip": "127.0.0.1"},
        {"internal": 53, "protocol": "tcp", "ip": "0.0.0.0"},
    ]
    body = creation_body({**BASE, "ports": ports}, (1, 41))
    assert body["ExposedPorts"] == {"53/udp": {}, "53/tcp": {}}
    assert body["HostConfig"]["PortBindings"] == {
        "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "53"}],
        "53/tcp": [{"HostIp": "0.0.0.0", "HostPort": ""}],
    }


@pytest.mark.parametrize(("version", "sent"), [((1, 41), False), ((1, 44), True)])
def test_start_interval_only_for_engines_that_know_it(version: tuple[int, int], sent: bool) -> None:
    check = {"tests": ["CMD", "a"], "interval": "1m30s", "startInterval": "1s"}
    health = creation_body({**BASE, "healthcheck": check}, version)["Healthcheck"]
    assert health["Interval"] == 90 * 10**9
    assert ("StartInterval" in health) is sent


@pytest.mark.parametrize(
    ("text", "number"),
    [("0s", 0), ("0", 0), ("500ms", 5 * 10**8), ("1.5s", 15 * 10**8), ("1h2m3s", 3723 * 10**9), ("10us", 10**4)],
)
def test_durations(text: str, number: int) -> None:
    assert durations.nanoseconds(text) == number


@pytest.mark.parametrize("text", ["", "5", "s", "1 s", "-1s"])
def test_what_is_no_duration(text: str) -> None:
    assert durations.problem(text) is not None


@pytest.mark.parametrize("number", [0, 5 * 10**8, 10**9, 90 * 10**9, 3723 * 10**9])
def test_a_written_duration_means_the_same(number: int) -> None:
    assert durations.nanoseconds(durations.written(number)) == number


def _unpacked(inputs: dict[str, Any]) -> dict[str, dict[str, tuple[int, bytes]]]:
    result: dict[str, dict[str, tuple[int, bytes]]] = {}
    for folder, archive in archives(inputs):
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            entries = {entry.name: (entry.mode, (files.extractfile(entry) or io.BytesIO()).read()) for entry in files}
        result[folder] = entries
    return result


def test_uploads_for_a_volume_are_unpacked_there() -> None:
    inputs = {
        "volumes": [
            {"containerPath": "/etc/app", "volumeName": "v"},
            {"containerPath": "/ro", "volumeName": "w", "readOnly": True},
        ],
        "uploads": [
            {"file": "/etc/app/sub/a", "content": "é", "permissions": "0600"},
            {"file": "/etc/application", "contentBase64": "/w==", "executable": True},
            {"file": "/ro/b", "content": "b"},
        ],
    }
    assert _unpacked(inputs) == {
        "/etc/app": {"sub/a": (0o600, "é".encode())},
        "/": {"etc/application": (0o744, b"\xff"), "ro/b": (0o644, b"b")},
    }


def test_a_source_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"bytes")
    assert _unpacked({"uploads": [{"file": "/f", "source": str(tmp_path / "f")}]})["/"]["f"] == (0o644, b"bytes")
    with pytest.raises(PluginError, match=r"can't read .*/missing, the source of the upload /f: No such file"):
        list(archives({"uploads": [{"file": "/f", "source": str(tmp_path / "missing")}]}))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("redis", ("redis", "latest")),
        ("redis:7", ("redis", "7")),
        ("host:5000/redis", ("host:5000/redis", "latest")),
        ("host:5000/a/redis:7", ("host:5000/a/redis", "7")),
        ("redis:7@sha256:ab", ("redis", "sha256:ab")),
        ("host:5000/redis@sha256:ab", ("host:5000/redis", "sha256:ab")),
    ],
)
def test_image_names(name: str, parts: tuple[str, str]) -> None:
    assert _split(name) == parts


def test_no_permission_says_what_to_do() -> None:
    nested = OSError("Connection aborted", PermissionError(13, "Permission denied"))
    message = connection_problem(nested, "unix:///var/run/docker.sock")
    assert message.startswith("no permission to use the Docker daemon at unix:///var/run/docker.sock; run as root or")
