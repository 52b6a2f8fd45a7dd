"""What goes wrong with a real engine, or on the way to it, ends in one clear line."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from airgap.plugins.protocol.values import Secret
from tests.plugins.provider import CONTAINER, Provider, Refused, running_provider


@pytest.mark.parametrize("host", ["tcp://127.0.0.1:1", "unix:///nonexistent/docker.sock"], ids=["port", "socket"])
def test_an_engine_that_is_away(host: str) -> None:
    with running_provider(host) as provider, pytest.raises(Refused) as refused:
        provider.create("docker:index/volume:Volume", {"name": "v"})
    assert f"the Docker daemon isn't reachable at {host}; is it running?" in refused.value.message
    assert "\n" not in refused.value.message
    assert "Traceback" not in refused.value.message


def test_something_else_on_the_socket(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
        with running_provider(f"unix://{path}") as provider, pytest.raises(Refused) as refused:
            provider.create("docker:index/volume:Volume", {"name": "v"})
    assert f"the connection to the Docker daemon at unix://{path} was lost" in refused.value.message


@pytest.mark.engine
def test_a_name_that_is_taken(provider: Provider, engine: Any, image: str, name: str) -> None:
    other = engine.containers.create(image, name=name)
    with pytest.raises(Refused) as refused:
        provider.make(CONTAINER, name=name, image=image)
    message = refused.value.message
    assert f"the name is in use by container {other.short_id} (image {image}, created)" in message
    assert f"docker rm -f {name}" in message
    assert f"pulumi import {CONTAINER} NAME {other.short_id}" in message
    assert "Conflict. The container name" in message
    assert engine.containers.get(name).id == other.id, "the other one is not touched"


@pytest.mark.engine
@pytest.mark.parametrize("by", ["container", "program"])
def test_a_port_that_is_taken(provider: Provider, engine: Any, image: str, name: str, by: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        if by == "container":
            listener.close()
            published = {"80/tcp": ("127.0.0.1", port)}
            engine.containers.run(image, name=f"{name}-other", ports=published, detach=True)
        else:
            listener.listen()
        ports = [{"internal": 80, "external": port, "ip": "127.0.0.1"}]
        with pytest.raises(Refused) as refused:
            provider.make(CONTAINER, name=f"{name}-mine", image=image, ports=ports)
    message = refused.value.message
    taker = f"container '{name}-other'" if by == "container" else "another program on the host"
    assert f"port {port} on 127.0.0.1 is taken by {taker}" in message
    assert "choose another external port" in message
    assert engine.containers.list(all=True, filters={"name": f"{name}-mine"}, ignore_removed=True) == []


@pytest.mark.engine
def test_a_network_that_is_missing(provider: Provider, engine: Any, image: str, name: str) -> None:
    with pytest.raises(Refused) as refused:
        provider.make(CONTAINER, name=name, image=image, networksAdvanced=[{"name": f"{name}-none"}])
    assert f"to network '{name}-none': there is no such network; create it first" in refused.value.message
    assert engine.containers.list(all=True, filters={"name": name}, ignore_removed=True) == []


@pytest.mark.engine
def test_a_container_that_is_gone_when_it_is_to_be_changed(
    provider: Provider, engine: Any, image: str, name: str
) -> None:
    id, inputs, outputs = provider.make(CONTAINER, name=name, image=image, memory=64)
    engine.containers.get(id).remove(force=True)
    with pytest.raises(Refused, match=f"container '{name}' is gone; 'pulumi up --refresh' sees that"):
        provider.update(CONTAINER, id, outputs, inputs, {**inputs, "memory": 128})


@pytest.mark.engine
def test_an_image_that_is_missing(provider: Provider, engine: Any, name: str) -> None:
    missing = f"sha256:{'0' * 64}"
    with pytest.raises(Refused, match="the engine has no image with the id sha256:000"):
        provider.make(CONTAINER, name=name, image=missing)
    assert engine.containers.list(all=True, filters={"name": name}, ignore_removed=True) == []


@pytest.mark.engine
def test_a_command_that_does_not_exist(provider: Provider, engine: Any, image: str, name: str) -> None:
    with pytest.raises(Refused, match=f"can't start container '{name}': .* no such file or directory"):
        provider.make(CONTAINER, name=name, image=image, command=["/no/such"])
    assert engine.containers.list(all=True, filters={"name": name}, ignore_removed=True) == []


@pytest.mark.engine
def test_an_upload_into_a_read_only_root(provider: Provider, engine: Any, image: str, name: str) -> None:
    with pytest.raises(Refused, match=r"can't upload files to / of container .* read-only"):
        provider.make(CONTAINER, name=name, image=image, readOnly=True, uploads=[{"file": "/etc/x", "content": "a"}])
    assert engine.containers.list(all=True, filters={"name": name}, ignore_removed=True) == []


@pytest.mark.engine
def test_secrets_are_not_in_errors(provider: Provider, image: str, name: str) -> None:
    with pytest.raises(Refused) as refused:
        provider.make(
            CONTAINER,
            name=name,
            image=image,
            command=["sh", "-c", "echo using $PASSWORD; exit 1"],
            envs=[Secret("PASSWORD=canary-hunter2")],
        )
    assert "last log lines: using [secret]" in refused.value.message
    assert "hunter2" not in refused.value.message


@contextmanager
def _engine_that_dies(folder: Path, at: bytes) -> Iterator[str]:
    """The engine behind a socket that goes away for good when a request holds the bytes."""
    path = folder / "docker.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    dead = threading.Event()
    open_sockets: list[socket.socket] = []

    def die() -> None:
        dead.set()
        path.unlink(missing_ok=True)
        for one in [listener, *open_sockets]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def pump(source: socket.socket, target: socket.socket, watch: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if watch and at in data:
                    die()
                    return
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with suppress(OSError):
            while not dead.is_set():
                client, _ = listener.accept()
                upstream = socket.socket(socket.AF_UNIX)
                upstream.connect("/var/run/docker.sock")
                open_sockets.extend((client, upstream))
                threading.Thread(target=pump, args=(client, upstream, True), daemon=True).start()
                threading.Thread(target=pump, args=(upstream, client, False), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"unix://{path}"
    finally:
        if not dead.is_set():
            die()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.engine
def test_an_engine_that_stops_in_the_middle_orphans_nothing(engine: Any, image: str, name: str, tmp_path: Path) -> None:
    with _engine_that_dies(tmp_path, at=b"/start HTTP") as host, running_provider(host) as provider:
        inputs = provider.checked(CONTAINER, name=name, image=image)
        with pytest.raises(Refused) as refused:
            provider.create(CONTAINER, inputs)
    message = refused.value.message
    assert "the connection to the Docker daemon" in message or "isn't reachable" in message
    assert f"container '{name}' is left half made; the next update replaces it" in message
    kept = refused.value.kept
    assert kept.id == engine.containers.get(name).id

    from airgap.plugins.protocol.values import decode

    with running_provider() as provider:  # the engine is back
        outputs = decode(kept.properties)
        diff = provider.diff(CONTAINER, inputs, inputs, outputs=outputs)
        assert diff.replaces == ["name"]
        assert diff.delete_first
        provider.delete(CONTAINER, kept.id, inputs, outputs)
        provider.create(CONTAINER, inputs)
    assert engine.containers.get(name).status == "running"
