"""What only the engine's machine knows: found out, and not guessed where nobody answers."""

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from threading import Thread

import pytest

from ops.errors import OpsError
from ops.facts import find_facts, kept_facts, socket_group
from ops.health.docker_engine import DockerEngine

INFO = {"ServerVersion": "28.5.2", "NCPU": 1, "DockerRootDir": "/data/docker", "SecurityOptions": ["name=userns"]}


class Server(ThreadingMixIn, UnixStreamServer):
    """An engine's socket that gives one answer."""

    daemon_threads = True

    def __init__(self, path: Path, info: object) -> None:
        class Handler(BaseHTTPRequestHandler):
            def address_string(self) -> str:
                return "socket"

            def do_GET(self) -> None:
                version = {"ApiVersion": "1.41", "Version": "28.5.2"}
                body = json.dumps(version if self.path.endswith("/version") else info).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Silent."""

        super().__init__(str(path), Handler)
        Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture(autouse=True)
def _no_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.facts.daemon_exports_metrics", lambda: False)


def test_an_engine_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = tmp_path / "docker.sock"
    server = Server(socket, INFO)
    engine = DockerEngine(f"unix://{socket}")
    facts = {
        "dockerHost": f"unix://{socket}",
        "dockerSocketGroup": socket.stat().st_gid,
        "dockerVersion": "28.5.2",
        "dockerCpus": 1,
    }
    assert find_facts(engine, airgap=False) == facts
    monkeypatch.setattr("ops.facts.daemon_exports_metrics", lambda: True)
    assert find_facts(engine, airgap=True) == facts | {"imageRegistry": "airgap.local", "dockerMetricsPort": 9323}
    assert engine.info().data_root == "/data/docker"
    server.shutdown()


def test_of_an_engine_without_root_the_sockets_group_is_another_in_its_containers(tmp_path: Path) -> None:
    server = Server(
        tmp_path / "docker.sock", INFO | {"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}
    )
    facts = find_facts(DockerEngine(f"unix://{tmp_path}/docker.sock"), airgap=False)
    assert "dockerSocketGroup" not in facts
    assert facts["dockerVersion"] == "28.5.2"
    server.shutdown()


@pytest.mark.parametrize("info", [{}, {"ServerVersion": "28.5.2", "NCPU": 0}, {"NCPU": 2}])
def test_what_isnt_an_engines_answer_is_one_line(tmp_path: Path, info: object) -> None:
    server = Server(tmp_path / "docker.sock", info)
    with pytest.raises(OpsError, match=r"is no Docker engine: its `info` lacks (ServerVersion|NCPU)"):
        DockerEngine(f"unix://{tmp_path}/docker.sock").info()
    server.shutdown()


def test_without_an_engine_nothing_is_guessed() -> None:
    assert find_facts(DockerEngine("unix:///nowhere.sock"), airgap=False) == {"dockerHost": "unix:///nowhere.sock"}


def test_no_socket_no_group() -> None:
    assert socket_group("unix:///nowhere.sock") is None
    assert socket_group("ssh://host") is None


def test_a_stack_of_an_earlier_version_kept_nothing() -> None:
    assert kept_facts({"urls": {}}) is None
    assert kept_facts({"facts": "?"}) is None
    assert kept_facts({"facts": {}}) == {}
