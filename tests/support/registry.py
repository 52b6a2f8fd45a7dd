"""An image registry for the tests, built from its Go module; on a port of 127.0.0.1 engines need no TLS."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
import yaml

from airgap.places import cache_dir
from tests.support.dockerd import CantBuildError, go
from tests.support.free_port import free_port

VERSION = "v3.1.2"
_PACKAGE = f"github.com/distribution/distribution/v3/cmd/registry@{VERSION}"
# user u, password p
_LOGIN = "u:$2b$05$abcdefghijklmnopqrstuuKJ6u6Zl1vVq7Cq2ZQ8m0Yq0q0q0q0q0"


def registry() -> Path:
    """The program; built where it isn't cached, which takes a minute or two on 2 cores.

    Raises:
        CantBuildError: no Go, no module, or the build fails.
    """
    program = cache_dir() / "tools" / f"registry-{VERSION}" / "registry"
    if not program.is_file():
        program.parent.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=program.parent.parent, prefix=".building-registry-") as scratch:
            go(["install", "-trimpath", _PACKAGE], Path(scratch), GOBIN=f"{scratch}/built")
            if not program.parent.exists():
                Path(scratch, "built").rename(program.parent)
    return program


@contextmanager
def running(data: Path, *, login: bool = False) -> Iterator[str]:
    """A registry that keeps its images in a folder; its address.

    Args:
        data: the folder; a second registry may serve what the first one was given.
        login: nobody gets anything without one.
    """
    address = f"127.0.0.1:{free_port()}"
    config: dict[str, object] = {
        "version": 0.1,
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(data)}, "delete": {"enabled": True}},
        "http": {"addr": address},
    }
    with tempfile.TemporaryDirectory() as folder:
        if login:
            Path(folder, "logins").write_text(f"{_LOGIN}\n")
            config["auth"] = {"htpasswd": {"realm": "tests", "path": f"{folder}/logins"}}
        Path(folder, "config.yml").write_text(yaml.safe_dump(config))
        command = [str(registry()), "serve", f"{folder}/config.yml"]
        environment = {"OTEL_TRACES_EXPORTER": "none"}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait(address)
            yield address
        finally:
            process.terminate()
            process.wait(10)


def _wait(address: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            requests.get(f"http://{address}/v2/", timeout=2)
        except requests.RequestException:
            if time.monotonic() > deadline:
                raise CantBuildError(f"the registry doesn't answer at {address}") from None
            time.sleep(0.1)
        else:
            return
