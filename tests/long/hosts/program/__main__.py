"""Containers as the stack's parts are: on networks, after one another, in the host's namespaces, with its socket."""

import sys
from pathlib import Path

import pulumi
import pulumi_docker as docker

sys.path.insert(0, str(Path(__file__).parents[4]))
from components.base.container import FILES_DIRECTORY, NOBODY, ContainerArgs, Limits, container
from components.base.files import File
from components.base.mounts import Mount
from components.base.networks import Networks, NetworksArgs
from components.base.stack import Stack
from config.settings.load import load

SOCKET = "/run/docker.sock"

settings, secrets, facts = load()
opts = pulumi.ResourceOptions(providers=[docker.Provider("docker", host=settings.docker_host)])


class Images:
    """One image for everything."""

    def image_id(self, _name: str) -> str:
        return pulumi.Config("server").require("image")


stack = Stack(settings=settings, secrets=secrets, images=Images())  # type: ignore[arg-type]
networks = Networks("networks", NetworksArgs(stack=stack), opts)
group = settings.docker_socket_group


def part(name: str, port: int, **further: object) -> docker.Container:
    """A server that shows its files."""
    args: dict[str, object] = {
        "stack": stack,
        "image": "server",
        "limits": Limits(memory_mb=32, cpus=settings.prometheus.cpus),
        "user": NOBODY,
        "command": ["serve", f":{port}"],
        "files": [File(path=f"{FILES_DIRECTORY}/index.html", content="hello", owner=NOBODY)],
        "health": ["CMD", "/server", "get", f"http://127.0.0.1:{port}/"],
    }
    return container(name, ContainerArgs(**(args | further)), pulumi.ResourceOptions(parent=networks))  # type: ignore[arg-type]


first = part("first", 8080, networks=[networks.monitoring("first"), networks.edge()])
part("second", 8080, networks=[networks.monitoring("second")], after=[first])
part("host", 18100, host_network=True, host_processes=True, mounts=[Mount(target="/host", host_path="/")])
part(
    "socket",
    8080,
    user=0 if group is None else NOBODY,
    groups=[] if group is None else [group],
    networks=[networks.monitoring("socket")],
    mounts=[Mount(target=SOCKET, host_path=settings.docker_host.removeprefix("unix://"))],
    health=["CMD", "/server", "socket", "http://docker/_ping", SOCKET],
)
pulumi.export("facts", facts)
